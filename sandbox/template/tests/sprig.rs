//! Functions print what sprig's print. `sprig.txt` was made by running sprig 3.3.0 in Go 1.26; a line is a call, the next
//! one its output as a quoted string.
#![expect(clippy::unwrap_used, reason = "a test fails by panicking")]

use std::sync::Arc;

use gotemplate::{Functions, Run, Set, Value};

/// What prints otherwise here, and why.
const OTHERWISE: &[(&str, &str)] = &[
    (
        "duration 95",
        "sprig takes an int for nothing; here it is seconds, as an int64 is there",
    ),
    ("durationRound 7200000000000", "the same, in nanoseconds"),
];

#[test]
fn every_call_prints_as_in_go() {
    let text = include_str!("sprig.txt");
    let lines: Vec<&str> = text
        .lines()
        .filter(|line| !line.starts_with("# "))
        .collect();
    let functions = Arc::new(Functions::for_apps());
    let mut wrong = Vec::new();
    for pair in lines.chunks(2) {
        let [call, expected] = pair else {
            panic!("{pair:?}")
        };
        let expected: String =
            serde_json::from_str(&expected.trim().replace("\\x00", "\\u0000")).unwrap();
        let printed = print(&functions, call);
        let known = OTHERWISE.iter().any(|(otherwise, _)| otherwise == call);
        if (printed != expected) != known {
            wrong.push(format!(
                "{{{{ {call} }}}}\n  expected {expected:?}\n  printed  {printed:?}"
            ));
        }
    }
    assert!(
        wrong.is_empty(),
        "{} of {}:\n{}",
        wrong.len(),
        lines.len() / 2,
        wrong.join("\n")
    );
}

fn print(functions: &Arc<Functions>, call: &str) -> String {
    let mut set = Set::text(Arc::clone(functions));
    let mut out = Vec::new();
    let done = set
        .add("t", &format!("{{{{ {call} }}}}"))
        .and_then(|()| set.execute("t", Value::Nil, &mut out, &Run::default()));
    match done {
        Ok(()) => String::from_utf8(out).unwrap(),
        Err(error) if std::env::var_os("WHY").is_some() => format!("ERROR {error}"),
        Err(_) => "ERROR".to_owned(),
    }
}
