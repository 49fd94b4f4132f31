//! Runs a file of cases that were answered by Go and says which are answered differently here:
//! `cargo run -p sallyport-template --example conformance -- FILE.json [--verbose] [ID-PREFIX]`.

mod case;
mod data;
mod functions;
mod json;

use std::collections::BTreeMap;
use std::process::ExitCode;

use case::differs;
use json::Json;

fn main() -> ExitCode {
    let arguments: Vec<String> = std::env::args().skip(1).collect();
    let verbose = arguments.iter().any(|argument| argument == "--verbose");
    let mut plain = arguments
        .iter()
        .filter(|argument| !argument.starts_with("--"));
    let Some(file) = plain.next() else {
        eprintln!("name a file of cases");
        return ExitCode::FAILURE;
    };
    let prefix = plain.next().cloned().unwrap_or_default();
    let text = match std::fs::read_to_string(file) {
        Ok(text) => text,
        Err(error) => {
            eprintln!("cannot read `{file}`: {error}");
            return ExitCode::FAILURE;
        }
    };
    match serde_json::from_str::<Json>(&text) {
        Ok(cases) => run(&cases, &prefix, verbose),
        Err(error) => {
            eprintln!("`{file}` is no file of cases: {error}");
            ExitCode::FAILURE
        }
    }
}

fn run(file: &Json, prefix: &str, verbose: bool) -> ExitCode {
    let (mut passed, mut failed) = (0, 0);
    let mut groups: BTreeMap<String, u32> = BTreeMap::new();
    for case in file.field("cases").items() {
        let id = case.field("id").text();
        if !id.starts_with(prefix) {
            continue;
        }
        match differs(case) {
            None => passed += 1,
            Some(difference) => {
                failed += 1;
                *groups
                    .entry(id.rsplit_once('/').unwrap_or((id, "")).0.to_owned())
                    .or_default() += 1;
                println!("{id}");
                if verbose {
                    println!("{difference}");
                }
            }
        }
    }
    if verbose {
        groups
            .iter()
            .for_each(|(group, count)| println!("{count:5} {group}"));
    }
    println!("{passed} passed, {failed} failed");
    if failed == 0 {
        ExitCode::SUCCESS
    } else {
        ExitCode::FAILURE
    }
}
