//! Runs `examples/portal/console.md` as it stands there, from an empty folder: with a provider and a gateway that its own
//! commands start, so everything a reader needs is in it.

use std::path::Path;
use std::process::Command;

use tempfile::TempDir;

use crate::examples::{steps_of, tools};
use crate::harness::cli;
use crate::peer::{Process, installed, port, shipped};
use crate::wildcard::matches;

#[test]
fn portal() {
    let examples = Path::new(env!("CARGO_MANIFEST_DIR")).join("../examples");
    let examples = examples.canonicalize().unwrap();
    let text = std::fs::read_to_string(examples.join("portal/console.md")).unwrap();
    let home = TempDir::new().unwrap();
    let path = format!(
        "{}:{}",
        tools(home.path()).display(),
        std::env::var("PATH").unwrap()
    );
    let (gateway, provider) = (port().to_string(), port().to_string());
    let shell = |command: &str| {
        let mut shell = Command::new("sh");
        shell
            .args(["-c", command])
            .env("PATH", &path)
            .env("SALLYPORT_HOME", home.path())
            .env("EXAMPLES", &examples)
            .env("PROVIDER", shipped("oidc-provider"))
            .env("MODULES", installed("oidc-provider"))
            .env("PORT", &gateway)
            .env("PROVIDER_PORT", &provider)
            .env("NO_COLOR", "1");
        shell
    };
    let mut started = Vec::new();
    for (command, expected) in steps_of(&text) {
        if let Some(command) = command.strip_suffix(" &") {
            let log = home.path().join(format!("started-{}.log", started.len()));
            started.push(Process::start(&log, &mut shell(&format!("exec {command}"))));
            continue;
        }
        let output = shell(&format!("{command} 2>&1")).output().unwrap();
        let printed = String::from_utf8_lossy(&output.stdout).into_owned();
        assert!(
            matches(&expected, &printed),
            "$ {command}\n--- expected\n{expected}\n--- printed\n{printed}\n--- started\n{}",
            started.iter().map(Process::said).collect::<String>()
        );
    }
    assert_eq!(started.len(), 2, "the provider and the gateway");
    cli(home.path(), &["audit", "verify"]).ok();
}
