//! Where a new user's password comes from: a file, the terminal, or chance.

use std::{
    io::{BufRead, IsTerminal},
    os::fd::AsFd,
    path::Path,
};

use rustix::termios::{LocalModes, OptionalActions, tcgetattr, tcsetattr};
use secrecy::{ExposeSecret, SecretString};

use super::terminal::Failure;
use crate::wire::Password;

/// A password, and whether its owner still has to be told.
pub struct Chosen {
    password: SecretString,
    made: bool,
}

impl Chosen {
    /// The password, to be sent.
    pub fn password(&self) -> Password {
        Password(self.password.clone())
    }

    /// The password when it was made here, to be shown once.
    pub fn made(&self) -> Option<&str> {
        self.made.then(|| self.password.expose_secret())
    }
}

/// Reads the password from `file` (`-`: standard input), else asks at a terminal, else makes one.
pub fn choose(file: Option<&Path>, random: bool) -> Result<Chosen, Failure> {
    let password = match file {
        Some(file) if file == Path::new("-") => first_line(std::io::stdin().lock())?,
        Some(file) => {
            let open = std::fs::File::open(file);
            let open = open.map_err(|error| {
                Failure::new(1, format!("cannot read `{}`: {error}", file.display()))
            })?;
            first_line(std::io::BufReader::new(open))?
        }
        None if !random && std::io::stdin().is_terminal() => ask()?,
        None => {
            return Ok(Chosen {
                password: random_password()?,
                made: true,
            });
        }
    };
    Ok(Chosen {
        password,
        made: false,
    })
}

/// 20 characters without the ones that look alike: 114 bits.
pub fn random_password() -> Result<SecretString, Failure> {
    const LETTERS: &[u8] = b"abcdefghijkmnpqrstuvwxyzABCDEFGHJKLMNPQRSTUVWXYZ23456789";
    let mut text = String::new();
    while text.len() < 20 {
        let mut bytes = [0u8; 32];
        getrandom::fill(&mut bytes)
            .map_err(|error| Failure::new(1, format!("no random numbers: {error}")))?;
        // Bytes past a multiple of the alphabet are left out, so that every letter is equally likely.
        let fair = bytes
            .iter()
            .filter(|byte| usize::from(**byte) < 256 / LETTERS.len() * LETTERS.len());
        let letters = fair.filter_map(|byte| LETTERS.get(usize::from(*byte) % LETTERS.len()));
        text.extend(
            letters
                .take(20 - text.len())
                .map(|letter| char::from(*letter)),
        );
    }
    Ok(text.into())
}

fn first_line(reader: impl BufRead) -> Result<SecretString, Failure> {
    let mut line = String::new();
    reader.take(4096).read_line(&mut line)?;
    Ok(line.trim_end_matches(['\r', '\n']).into())
}

fn ask() -> Result<SecretString, Failure> {
    let stdin = std::io::stdin();
    let fail = |error: rustix::io::Errno| {
        Failure::new(1, format!("cannot read from the terminal: {error}"))
    };
    let before = tcgetattr(stdin.as_fd()).map_err(fail)?;
    let mut silent = before.clone();
    silent.local_modes.remove(LocalModes::ECHO);
    let read = |prompt: &str| {
        eprint!("{prompt}");
        let line = first_line(stdin.lock());
        eprintln!();
        line
    };
    tcsetattr(stdin.as_fd(), OptionalActions::Now, &silent).map_err(fail)?;
    let answers = read("password: ").and_then(|first| Ok((first, read("again: ")?)));
    tcsetattr(stdin.as_fd(), OptionalActions::Now, &before).map_err(fail)?;
    let (first, second) = answers?;
    if first.expose_secret() != second.expose_secret() {
        return Err(Failure::new(2, "the two passwords differ"));
    }
    Ok(first)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn random_passwords_differ() {
        let (one, two) = (random_password().unwrap(), random_password().unwrap());
        assert_eq!(one.expose_secret().len(), 20);
        assert_ne!(one.expose_secret(), two.expose_secret());
    }

    #[test]
    fn only_the_first_line_counts() {
        assert_eq!(
            first_line(&b"pass word\r\nrest"[..])
                .unwrap()
                .expose_secret(),
            "pass word"
        );
    }
}
