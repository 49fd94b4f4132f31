//! Runs every `examples/*/console.md`: the commands a reader would type, and what they print.
//!
//! In a ```` ```console ```` block a line that starts with `$ ` is run by `sh`; the lines below it are what it
//! prints. `[..]` stands for anything within a line, a line `...` for any lines. `$URL` is the server,
//! `$EXAMPLES` the folder, `$UPSTREAM` a weather service that wants the key in `X-Api-Key`.

use std::os::unix::fs::PermissionsExt as _;
use std::path::Path;
use std::process::Command;

use crate::harness::Server;
use crate::upstream::Upstream;
use crate::wildcard::matches;

#[test]
fn addressbook() {
    play("addressbook");
}

#[test]
fn disk_usage() {
    play("disk_usage");
}

#[test]
fn weather() {
    play("weather");
}

#[test]
fn denied() {
    play("denied");
}

fn play(name: &str) {
    let examples = Path::new(env!("CARGO_MANIFEST_DIR"))
        .join("../examples")
        .canonicalize()
        .unwrap();
    let text = std::fs::read_to_string(examples.join(name).join("console.md")).unwrap();
    let server = Server::start();
    let upstream = Upstream::start(|head| {
        let known = head
            .to_ascii_lowercase()
            .contains("x-api-key: s3cret-of-the-weather");
        let status = if known { "200 OK" } else { "401 Unauthorized" };
        (
            status.into(),
            "Content-Type: application/json\r\n".into(),
            r#"{"city":"Lisbon","sky":"clear","celsius":21}"#.into(),
        )
    });
    let tools = tools(server.home());
    let mut steps = 0;
    for (command, expected) in steps_of(&text) {
        let output = Command::new("sh")
            .args(["-c", &format!("{command} 2>&1")])
            .env(
                "PATH",
                format!("{}:{}", tools.display(), std::env::var("PATH").unwrap()),
            )
            .env("SALLYPORT_HOME", server.home())
            .env("URL", format!("http://{}", server.http))
            .env("EXAMPLES", &examples)
            .env("UPSTREAM", upstream.url())
            .env("NO_COLOR", "1")
            .output()
            .unwrap();
        let printed = String::from_utf8_lossy(&output.stdout).into_owned();
        assert!(
            matches(&expected, &printed),
            "{name}: $ {command}\n--- expected\n{expected}\n--- printed\n{printed}"
        );
        steps += 1;
    }
    assert!(steps > 3, "{name} has commands");
    server.cli(&["audit", "verify"]).ok();
}

/// A folder whose `sallyport` is the binary under test.
pub fn tools(home: &Path) -> std::path::PathBuf {
    let tools = home.join("tools");
    std::fs::create_dir_all(&tools).unwrap();
    let script = tools.join("sallyport");
    std::fs::write(
        &script,
        format!(
            "#!/bin/sh\nexec {} \"$@\"\n",
            env!("CARGO_BIN_EXE_sallyport-under-test")
        ),
    )
    .unwrap();
    std::fs::set_permissions(&script, std::fs::Permissions::from_mode(0o755)).unwrap();
    tools
}

/// The commands of a text, and what each prints.
pub fn steps_of(text: &str) -> Vec<(String, String)> {
    let mut steps: Vec<(String, String)> = Vec::new();
    for block in text.split("```console\n").skip(1) {
        let mut open = false;
        for line in block.split("```").next().unwrap().lines() {
            if let Some(command) = line.strip_prefix("$ ") {
                steps.push((command.to_owned(), String::new()));
                open = true;
            } else if open {
                let (_, expected) = steps.last_mut().unwrap();
                expected.push_str(line);
                expected.push('\n');
            }
        }
    }
    steps
}
