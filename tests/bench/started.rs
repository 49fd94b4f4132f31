//! Programs that the benchmarks start, and the password of their one person.

use std::io::{BufRead, BufReader};
use std::path::Path;
use std::process::{Child, Command, Stdio};

/// Of the one person.
pub const PASSWORD: &str = "correct horse battery";

/// A process that is ended when dropped.
pub struct Started {
    pub child: Child,
    pub url: String,
}

impl Drop for Started {
    fn drop(&mut self) {
        let _ = self.child.kill();
        let _ = self.child.wait();
    }
}

/// The program with a home.
pub fn sallyport(home: &Path) -> Command {
    let mut command = Command::new(env!("CARGO_BIN_EXE_sallyport-under-test"));
    command.env("SALLYPORT_HOME", home);
    command
}

/// Runs a command that must succeed.
pub fn run(command: &mut Command) {
    assert!(
        command
            .stdout(Stdio::null())
            .status()
            .expect("it runs")
            .success(),
        "{command:?}"
    );
}

/// A program that names its `http://` address on stderr.
pub fn listening(command: &mut Command) -> Started {
    let mut child = command.stderr(Stdio::piped()).spawn().expect("it starts");
    let mut lines = BufReader::new(child.stderr.take().expect("stderr"))
        .lines()
        .map_while(Result::ok);
    let url = lines.find_map(|line| {
        line.split_whitespace()
            .find(|word| word.starts_with("http://"))
            .map(str::to_owned)
    });
    std::thread::spawn(move || lines.count());
    let url = url.expect("a URL").trim_end_matches('/').to_owned();
    Started { child, url }
}
