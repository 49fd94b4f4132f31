//! `exec.in` with real programs: who may run what, with which surroundings, and how it ends.

use std::os::unix::fs::PermissionsExt as _;
use std::path::{Path, PathBuf};
use std::sync::Arc;
use std::time::Duration;

use policy::Acting;
use serde_json::{Value, json};

use super::output::Parse;
use super::process::{Running, own_name};
use super::{Form, Job, resolve_program, whole};
use crate::plugin::Bounds;
use crate::plugin::carried::Revealed;
use crate::plugin::message::CallAnswer;
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
        json!({"parse": "yaml"}),
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
        form: Form::Whole,
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
        let mut running = Running::start(&resolve_program("sh").unwrap(), &job, None).unwrap();
        let (output, ended) = whole(&mut running, 20).await.unwrap();
        assert_eq!(String::from_utf8_lossy(&output), expected.0, "{script}");
        assert_eq!(ended.failure().as_deref(), expected.1, "{script}");
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
    let mut fixture = Fixture::new(TRUSTED, &[permission("exec.in", "run", &["sh"])]);
    fixture.plugins = fixture.plugins.bounded(Bounds {
        exec: Duration::from_millis(50),
        ..Bounds::default()
    });
    let arguments = json!(["sh", ["-c", "sleep 1000 & sleep 1000"]]);
    let error = failed(fixture.call("exec.in", "run", arguments, json!({})).await);
    assert!(error.contains("was killed"), "{error}");
}

async fn items(fixture: &Fixture, script: &str, keyword: Value) -> Vec<String> {
    let arguments = json!(["sh", ["-c", script]]);
    let stream = match fixture.call("exec.in", "run", arguments, keyword).await {
        CallAnswer::Stream { stream } => stream,
        other => return vec![failed(other)],
    };
    let mut items = fixture.session.take_stream(stream).unwrap();
    let mut all = Vec::new();
    while let Some(item) = items.next().await {
        all.push(item.map_or_else(|error| format!("error: {error}"), |item| item.to_string()));
    }
    all
}

#[tokio::test]
async fn lines_stream_as_they_are_written() {
    let fixture = Fixture::new(TRUSTED, &[permission("exec.in", "run", &["sh"])]);
    let check = async |script: &str, more: Value, expected: &[&str]| {
        let mut keyword = json!({"stream": true});
        let more = more.as_object().unwrap().clone();
        keyword.as_object_mut().unwrap().extend(more);
        assert_eq!(items(&fixture, script, keyword).await, expected, "{script}");
    };
    let plain = json!({});
    check(
        "echo a; echo; echo b >&2",
        plain.clone(),
        &[r#""a""#, r#""""#, r#""b""#],
    )
    .await;
    check(r"printf 'a\nb'", plain.clone(), &[r#""a""#, r#""b""#]).await;
    check(
        "echo a; exit 3",
        plain.clone(),
        &[r#""a""#, "error: exit status 3"],
    )
    .await;
    let long = "head -c 70000 /dev/zero | tr '\\0' x";
    check(long, plain, &["error: bufio.Scanner: token too long"]).await;
    let partial = json!({"process_partial": true});
    check("echo a; exit 3", partial.clone(), &[r#""a""#]).await;
    check("exit 3", partial, &["error: exit status 3"]).await;
    let apart = json!({"include_stderr": false});
    check(
        "echo a; echo b >&2; exit 3",
        apart,
        &[r#""a""#, "error: exit status 3: b"],
    )
    .await;
    let objects = json!({"parse": "jsonlines"});
    check(
        r#"echo '{"a":1}'; echo; echo '{}'"#,
        objects.clone(),
        &[r#"{"a":1}"#, "{}"],
    )
    .await;
    let wrong = "error: error parsing JSON output: it is not an object";
    check("echo 1; echo '{}'", objects, &[wrong]).await;
    let whole = "stream response is not supported for JSON output";
    check("true", json!({"parse": "json"}), &[whole]).await;
    let both = "stream and stdout_file cannot be used together";
    check("true", json!({"stdout_file": true}), &[both]).await;
}

#[tokio::test]
async fn a_stream_that_is_dropped_ends_its_program_and_its_record() {
    let fixture = Fixture::new(TRUSTED, &[permission("exec.in", "run", &["sh"])]);
    let arguments = json!(["sh", ["-c", "echo $$; sleep 1000; true"]]);
    let keyword = json!({"stream": true});
    let answer = fixture.call("exec.in", "run", arguments, keyword).await;
    let CallAnswer::Stream { stream } = answer else {
        panic!("{answer:?}")
    };
    let mut items = fixture.session.take_stream(stream).unwrap();
    let first = items.next().await.unwrap().unwrap();
    let alive = Path::new("/proc").join(first.as_str().unwrap());
    drop(items);
    for _ in 0..500 {
        if !alive.exists() {
            break;
        }
        tokio::time::sleep(Duration::from_millis(10)).await;
    }
    assert!(!alive.exists());
    assert!(fixture.records().contains("exec.cut"));
}

#[tokio::test]
async fn output_goes_to_a_file_for_the_length_of_the_request() {
    let mut fixture = Fixture::new(TRUSTED, &[carrying(permission("exec.in", "run", &["sh"]))]);
    let token = fixture.hidden(r#"{{secret "key"}}"#);
    let arguments = json!(["sh", ["-c", r"printf 'a\0\377b\n'; echo $KEY"]]);
    let keyword = json!({"stdout_file": true, "env": [format!("KEY={token}")]});
    let path = value(fixture.call("exec.in", "run", arguments, keyword).await);
    let path = PathBuf::from(path.as_str().unwrap());
    let name = path.file_name().unwrap().to_str().unwrap();
    assert!(name.starts_with("openrun-exec-stdout-"), "{name}");
    assert_eq!(std::fs::read(&path).unwrap(), b"a\0\xffb\n[secret]\n");
    let mode = std::fs::metadata(&path).unwrap().permissions().mode();
    assert_eq!(mode & 0o777, 0o600);
    let arguments = json!(["sh", ["-c", "echo a; exit 3"]]);
    let keyword = json!({"stdout_file": true});
    let error = failed(fixture.call("exec.in", "run", arguments, keyword).await);
    assert_eq!(error, "exit status 3");
    fixture.session.end().await;
    let left = std::fs::read_dir(path.parent().unwrap()).unwrap();
    assert_eq!(left.count(), 0);
}

#[test]
fn lines_of_a_secret_are_taken_out_one_by_one() {
    let mut tokens = secrets::Tokens::new();
    tokens.hide(r#"{{secret "key"}}"#);
    let mut revealed = Revealed::default();
    let value = "-----BEGIN-----\nabcdefghij\n".into();
    revealed.add(tokens.references().pop().unwrap(), value);
    let line = b"x abcdefghij \xff y\n";
    assert_eq!(&*revealed.redact_line(line), b"x [secret] \xff y\n");
}
