//! The command reference, rendered from the commands themselves.

use std::fmt::Write;

use clap::{Command, CommandFactory};

use super::command::{CODES, Line};

/// The reference as Markdown (`docs/cli.md`).
pub fn commands() -> String {
    let mut root = Line::command().disable_help_flag(true);
    root.build();
    let mut out = format!("# Commands\n\n```text\n{CODES}\n```\n\nEvery command takes:\n\n");
    options(&mut out, &root, true);
    for noun in shown(&root) {
        match shown(noun).next() {
            None => section(&mut out, "sallyport", noun),
            Some(_) => shown(noun).for_each(|verb| {
                section(&mut out, &format!("sallyport {}", noun.get_name()), verb)
            }),
        }
    }
    out
}

fn shown(command: &Command) -> impl Iterator<Item = &Command> {
    command
        .get_subcommands()
        .filter(|command| !command.is_hide_set())
}

fn section(out: &mut String, before: &str, command: &Command) {
    let places = command.get_positionals().map(|place| {
        let name = place.get_id().as_str().to_uppercase();
        if place.is_required_set() {
            format!(" <{name}>")
        } else {
            format!(" [{name}]")
        }
    });
    let places: String = places.collect();
    let about = command
        .get_about()
        .map(ToString::to_string)
        .unwrap_or_default();
    let _ = write!(
        out,
        "\n## `{before} {}{places}`\n\n{about}\n",
        command.get_name()
    );
    let mut list = String::new();
    for place in command.get_positionals() {
        let help = place
            .get_help()
            .map(ToString::to_string)
            .unwrap_or_default();
        let _ = writeln!(
            list,
            "* `{}`: {help}",
            place.get_id().as_str().to_uppercase()
        );
    }
    options(&mut list, command, false);
    if !list.is_empty() {
        let _ = write!(out, "\n{list}");
    }
}

fn options(out: &mut String, command: &Command, global: bool) {
    let own = command.get_opts().chain(
        command
            .get_arguments()
            .filter(|a| !a.is_positional() && !a.get_action().takes_values()),
    );
    for option in own.filter(|option| option.is_global_set() == global && !option.is_hide_set()) {
        let Some(long) = option.get_long() else {
            continue;
        };
        if matches!(long, "help" | "version") {
            continue;
        }
        let short = option
            .get_short()
            .map(|short| format!("-{short}, "))
            .unwrap_or_default();
        let value = match option.get_action().takes_values() {
            true => option
                .get_value_names()
                .and_then(<[_]>::first)
                .map(|name| format!(" <{name}>"))
                .unwrap_or_default(),
            false => String::new(),
        };
        let help = option
            .get_help()
            .map(ToString::to_string)
            .unwrap_or_default();
        let _ = writeln!(out, "* `{short}--{long}{value}`: {help}");
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn every_command_is_there() {
        let text = commands();
        for expected in [
            "## `sallyport app create <SOURCE> <PATH>`",
            "`-a, --approve`",
            "`--since <TIME>`",
            "`--home <DIR>`",
        ] {
            assert!(text.contains(expected), "{expected}: {text}");
        }
        assert!(!text.contains("worker"));
    }

    /// `UPDATE_EXPECT=1` renews the file.
    #[test]
    fn the_reference_is_fresh() {
        expect_test::expect_file!["../../../docs/cli.md"].assert_eq(&commands());
    }

    #[test]
    fn options_do_not_clash() {
        Line::command().debug_assert();
    }
}
