//! `exec.in` with real programs: who may run what, with which surroundings, and how it ends.

use std::path::{Path, PathBuf};
use std::sync::Arc;
use std::time::Duration;

use policy::Acting;
use serde_json::json;

use super::output::Parse;
use super::process::{own_name, run};
use super::{Job, resolve_program};
use crate::plugin::Bounds;
use crate::plugin::tests::{Fixture, carrying, failed, permission, refused, value};

const TRUSTED: &[&str] = &["exec-allowed"];

#[tokio::test]
async fn an_approved_program_runs() {
    let fixture = Fixture::new(TRUSTED, &[permission("exec.in", "run", &["echo", "hello"])]);
    assert_eq!(
        value(
            fixture
                .call("exec.in", "run", json!(["echo", ["hello"]]), json!({}))
                .await
        ),
        json!(["hello"])
    );
    for arguments in [
        json!(["ls", ["hello"]]),
        json!(["echo", ["goodbye"]]),
        json!(["echo"]),
    ] {
        let message = refused(fixture.call("exec.in", "run", arguments, json!({})).await);
        assert!(
            message.contains("not permitted to call exec.in.run"),
            "{message}"
        );
    }
    assert!(fixture.records().contains("exec.in.run"));
}

#[tokio::test]
async fn a_person_and_the_set_are_needed() {
    let permissions = [permission("exec.in", "run", &["echo", "hello"])];
    let mut fixture = Fixture::new(TRUSTED, &permissions);
    fixture.acting = Arc::new(Acting {
        on_behalf_of: None,
        ..(*fixture.acting).clone()
    });
    let message = refused(
        fixture
            .call("exec.in", "run", json!(["echo", ["hello"]]), json!({}))
            .await,
    );
    assert_eq!(message, "plugin exec.in requires an authenticated user");
    assert!(fixture.records().contains("r.plugin.anonymous"));
    let fixture = Fixture::new(&[], &permissions);
    let message = refused(
        fixture
            .call("exec.in", "run", json!(["echo", ["hello"]]), json!({}))
            .await,
    );
    assert!(message.contains("exec-allowed"), "{message}");
}

#[tokio::test]
async fn a_secret_reaches_the_program_and_is_taken_out_of_its_output() {
    let mut fixture = Fixture::new(TRUSTED, &[carrying(permission("exec.in", "run", &["env"]))]);
    let token = fixture.hidden("{{secret \"key\"}}");
    let keyword = json!({"env": [format!("KEY={token}"), "LANG=C"]});
    let lines = value(
        fixture
            .call("exec.in", "run", json!(["env"]), keyword)
            .await,
    );
    let mut lines: Vec<&str> = lines
        .as_array()
        .unwrap()
        .iter()
        .filter_map(|line| line.as_str())
        .collect();
    lines.sort_unstable();
    assert_eq!(lines, ["KEY=[secret]", "LANG=C"]);
    for keyword in [
        json!({"env": ["LD_PRELOAD=/tmp/x.so"]}),
        json!({"cwd": token}),
        json!({"stream": true}),
    ] {
        failed(
            fixture
                .call("exec.in", "run", json!(["env"]), keyword)
                .await,
        );
    }
    assert!(!fixture.records().contains("canary"));
}

fn job(name: &str, args: &[&str]) -> Job {
    Job {
        name: name.to_owned(),
        args: args.iter().map(|arg| (*arg).to_owned()).collect(),
        env: Vec::new(),
        cwd: PathBuf::from("/"),
        parse: Parse::Lines,
        partial: false,
        merge: true,
    }
}

#[tokio::test]
async fn failures_and_output_are_told() {
    let check = async |script: &str, merge: bool, expected: (&str, Option<&str>)| {
        let job = Job {
            merge,
            ..job("sh", &["-c", script])
        };
        let bounds = Bounds {
            output: 20,
            ..Bounds::default()
        };
        let finished = run(&resolve_program("sh").unwrap(), &job, &bounds)
            .await
            .unwrap();
        assert_eq!(
            String::from_utf8_lossy(&finished.output),
            expected.0,
            "{script}"
        );
        assert_eq!(finished.failure().as_deref(), expected.1, "{script}");
    };
    check("echo a; echo b >&2", true, ("a\nb\n", None)).await;
    check(
        "echo a; echo b >&2; exit 3",
        false,
        ("a\n", Some("exit status 3: b")),
    )
    .await;
    check("exit 4", true, ("", Some("exit status 4"))).await;
    check("kill -9 $$", true, ("", Some("signal: killed"))).await;
    check(
        "echo 123456789012345678901234567890",
        true,
        ("12345678901234567890", None),
    )
    .await;
    check("cat; pwd; echo $HOME", true, ("/\n\n", None)).await;
}

#[test]
fn a_program_is_told_the_name_of_the_judged_file() {
    let check = |program: &str, given: &str, expected: &str| {
        assert_eq!(own_name(Path::new(program), given), Path::new(expected));
    };
    check("/usr/bin/du", "du", "du");
    check("/usr/bin/du", "/bin/du", "/bin/du");
    check("/usr/bin/busybox", "rm", "/usr/bin/busybox");
}

#[tokio::test]
async fn a_program_that_does_not_end_is_killed_with_its_children() {
    let bounds = Bounds {
        exec: Duration::from_millis(50),
        ..Bounds::default()
    };
    let job = job("sh", &["-c", "sleep 1000 & sleep 1000"]);
    let error = run(&resolve_program("sh").unwrap(), &job, &bounds)
        .await
        .err()
        .unwrap();
    assert!(error.contains("was killed"), "{error}");
}
