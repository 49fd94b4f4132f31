//! A process that is killed in a transaction leaves nothing half-done.

use std::io::{BufRead, BufReader};
use std::process::{Command, Stdio};

use serde_json::json;

use crate::bench::{BY, each, note};

#[test]
fn a_killed_process_leaves_nothing_half_done() {
    each(async |bench| {
        bench
            .session()
            .insert("note", note("before", json!(1)), BY)
            .await
            .unwrap();
        let example = std::env::current_exe().unwrap();
        let example = example
            .parent()
            .unwrap()
            .parent()
            .unwrap()
            .join("examples/halfway");
        let mut child = Command::new(example)
            .args([
                &bench.address,
                bench.folder.path().to_str().unwrap(),
                &bench.app,
            ])
            .stdout(Stdio::piped())
            .spawn()
            .unwrap();
        let mut said = String::new();
        let mut output = BufReader::new(child.stdout.take().unwrap());
        output.read_line(&mut said).unwrap();
        assert_eq!(said, "committed 20, began 20\n");
        child.kill().unwrap();
        child.wait().unwrap();
        let session = bench.session();
        let count = async |title: &str| {
            session
                .count("note", &json!({"title": {"$like": title}}), BY)
                .await
                .unwrap()
        };
        assert_eq!(count("committed%").await, 20);
        assert_eq!(count("half%").await, 0);
        assert_eq!(count("before").await, 1);
        session
            .insert("note", note("after", json!(1)), BY)
            .await
            .unwrap();
    });
}
