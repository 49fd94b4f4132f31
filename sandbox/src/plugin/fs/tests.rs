//! `fs.in` on real directories: what is seen, and that no link leads outside.

use std::os::unix::fs::symlink;
use std::path::Path;
use std::sync::Arc;

use serde_json::{Value, json};
use tempfile::TempDir;

use super::walk::{Walk, open};
use super::{place, real_path};
use crate::plugin::Bounds;
use crate::plugin::message::CallAnswer;
use crate::plugin::tests::{Fixture, failed, permission, refused, value};
use crate::served::Taken;

fn tree() -> (TempDir, String) {
    let dir = TempDir::new().unwrap();
    let root = std::fs::canonicalize(dir.path())
        .unwrap()
        .display()
        .to_string();
    std::fs::create_dir_all(dir.path().join("in/sub")).unwrap();
    std::fs::create_dir_all(dir.path().join("inside-not")).unwrap();
    std::fs::write(dir.path().join("in/a.log"), "a").unwrap();
    std::fs::write(dir.path().join("in/sub/b.log"), vec![0; 5000]).unwrap();
    std::fs::write(dir.path().join("in/sub/c.txt"), vec![0; 9000]).unwrap();
    std::fs::write(dir.path().join("inside-not/secret.log"), "s").unwrap();
    symlink("../inside-not", dir.path().join("in/out")).unwrap();
    (dir, root)
}

fn names(value: &Value) -> Vec<String> {
    let names = value
        .as_array()
        .unwrap()
        .iter()
        .map(|entry| entry["name"].as_str().unwrap().to_owned());
    let mut names: Vec<String> = names.collect();
    names.sort();
    names
}

fn size(value: &Value, name: &str) -> u64 {
    let entry = value
        .as_array()
        .unwrap()
        .iter()
        .find(|entry| entry["name"] == name);
    entry.unwrap()["size"].as_u64().unwrap()
}

#[test]
fn real_paths_have_one_spelling() {
    let (_dir, root) = tree();
    let check = |path: &str, expected: &str| {
        assert_eq!(
            real_path(&format!("{root}{path}")),
            Path::new(&format!("{root}{expected}")),
            "{path}"
        );
    };
    check("/in/a.log", "/in/a.log");
    check("/in/./sub//../a.log", "/in/a.log");
    check("/in/out", "/inside-not");
    check("/in/out/new/file", "/inside-not/new/file");
    check("/in/out/../x", "/x");
    check("/none/../in/out", "/inside-not");
    check("/none/none", "/none/none");
    assert_eq!(real_path("/"), Path::new("/"));
    assert_eq!(real_path("x"), std::env::current_dir().unwrap().join("x"));
    assert_eq!(place::absolute("/a/./../b/../../c"), Path::new("/c"));
}

#[tokio::test]
async fn a_directory_is_listed_with_its_total() {
    let (_dir, root) = tree();
    let fixture = Fixture::new(
        &[],
        &[permission("fs.in", "list", &[&format!("{root}/in/*")])],
    );
    let path = format!("{root}/in");
    let plain = value(
        fixture
            .call("fs.in", "list", json!([path]), json!({}))
            .await,
    );
    assert_eq!(
        names(&plain),
        [
            path.clone(),
            format!("{path}/a.log"),
            format!("{path}/out"),
            format!("{path}/sub")
        ]
    );
    assert_eq!(size(&plain, &format!("{path}/a.log")), 4096);
    let deep = value(
        fixture
            .call(
                "fs.in",
                "list",
                json!([path]),
                json!({"recursive_size": true}),
            )
            .await,
    );
    assert_eq!(size(&deep, &format!("{path}/sub")), 8192 + 12288);
    assert_eq!(deep.as_array().unwrap().last().unwrap()["name"], path);
    assert_eq!(size(&deep, &path), 4096 + 4096 + 8192 + 12288);
}

#[tokio::test]
async fn files_are_found_by_name_and_size() {
    let (_dir, root) = tree();
    let fixture = Fixture::new(&[], &[permission("fs.in", "find", &[&format!("{root}/*")])]);
    let find = async |keyword: Value| {
        names(&value(
            fixture
                .call("fs.in", "find", json!([format!("{root}/in")]), keyword)
                .await,
        ))
    };
    assert_eq!(
        find(json!({"name": "*.log"})).await,
        [format!("{root}/in/a.log"), format!("{root}/in/sub/b.log")]
    );
    assert_eq!(
        find(json!({"min_size": 6000})).await,
        [format!("{root}/in/sub/c.txt")]
    );
    assert_eq!(
        find(json!({"limit": 1})).await,
        [format!("{root}/in/sub/c.txt")]
    );
    let answer = fixture
        .call("fs.in", "find", json!([root, "", 100_001]), json!({}))
        .await;
    assert_eq!(failed(answer), "file limit 100001 exceeds max limit 100000");
}

#[tokio::test]
async fn only_the_approved_directory_is_seen() {
    let (_dir, root) = tree();
    let mut fixture = Fixture::new(
        &[],
        &[permission("fs.in", "list", &[&format!("{root}/in/*")])],
    );
    for path in [
        "/inside-not",
        "/in/out",
        "/in/../inside-not",
        "",
        "/in/none/../../inside-not",
    ] {
        let message = refused(
            fixture
                .call("fs.in", "list", json!([format!("{root}{path}")]), json!({}))
                .await,
        );
        assert!(
            message.contains("not permitted to call fs.in.list"),
            "{message}"
        );
    }
    refused(
        fixture
            .call("fs.in", "list", json!([]), json!({"path": "/etc"}))
            .await,
    );
    let token = fixture.hidden("{{secret \"key\"}}");
    failed(
        fixture
            .call(
                "fs.in",
                "list",
                json!([format!("{root}/in/{token}")]),
                json!({}),
            )
            .await,
    );
    let error = failed(
        fixture
            .call(
                "fs.in",
                "list",
                json!([format!("{root}/in/absent")]),
                json!({}),
            )
            .await,
    );
    assert!(error.contains("absent"), "{error}");
}

#[test]
fn a_link_put_in_the_way_is_not_followed() {
    let (dir, root) = tree();
    let judged = real_path(&format!("{root}/in/sub"));
    std::fs::rename(dir.path().join("in"), dir.path().join("moved")).unwrap();
    symlink("moved", dir.path().join("in")).unwrap();
    assert!(open(&judged, "in/sub").is_err());
}

#[test]
fn walks_end_at_their_bounds() {
    let (_dir, root) = tree();
    let bounds = Bounds {
        entries: 3,
        ..Bounds::default()
    };
    let mut walk = Walk::new(&bounds, Arc::default());
    let opened = open(Path::new(&root), &root).unwrap();
    let error = walk.find(&opened, &root, 10, &|_, _| true).unwrap_err();
    assert!(error.to_string().contains("too many files"), "{error}");
}

async fn served(fixture: &Fixture, path: &str, keyword: Value) -> Result<Value, String> {
    let answer = fixture
        .call("fs.in", "serve_tmp_file", json!([path]), keyword)
        .await;
    match answer {
        CallAnswer::Ok(value) => Ok(value),
        other => Err(failed(other)),
    }
}

fn taken(fixture: &Fixture, id: &Value, user: &str) -> Taken {
    let instance = &fixture.acting.instance.id;
    let served = &fixture.plugins.premises.served;
    served
        .take(
            id.as_str().unwrap(),
            instance,
            user,
            crate::testing::moment().now,
        )
        .unwrap()
}

#[tokio::test]
async fn a_file_is_served_to_whom_it_is_for() {
    let (_dir, root) = tree();
    let fixture = Fixture::new(&[], &[permission("fs.in", "serve_tmp_file", &[])]);
    let path = format!("{root}/in/a.log");
    let user = fixture.acting.on_behalf_of.as_ref().unwrap().id.to_string();
    let first = served(&fixture, &path, json!({})).await.unwrap();
    let id = first["id"].as_str().unwrap();
    assert!(id.starts_with("usr_file_") && id.len() == 41, "{id}");
    assert_eq!(first["url"], format!("/test/_openrun_app/file/{id}"));
    assert_eq!(first["name"], "a.log");
    assert_eq!(taken(&fixture, &first["id"], "other"), Taken::Forbidden);
    let Taken::File(file) = taken(&fixture, &first["id"], &user) else {
        panic!("it is not there")
    };
    assert_eq!(file.open().unwrap().1, 1);
    assert_eq!(taken(&fixture, &first["id"], &user), Taken::Missing);
    let keyword =
        json!({"visibility": "app", "name": "b.csv", "single_access": false, "expiry_minutes": 0});
    let second = served(&fixture, &path, keyword).await.unwrap();
    assert_eq!(second["name"], "b.csv");
    for user in ["other", "anonymous"] {
        assert!(matches!(
            taken(&fixture, &second["id"], user),
            Taken::File(_)
        ));
    }
    for keyword in [
        json!({"visibility": "private"}),
        json!({"name": "../x"}),
        json!({"mime_type": "text/x\r\nA: b"}),
    ] {
        served(&fixture, &path, keyword).await.unwrap_err();
    }
}

#[tokio::test]
async fn only_shared_folders_and_temporary_files_are_served() {
    let (_dir, root) = tree();
    let programs = permission("exec.in", "run", &["echo"]);
    let files = permission("fs.in", "serve_tmp_file", &[]);
    let fixture = Fixture::new(&["exec-allowed"], &[files, programs]);
    let error = served(&fixture, "/etc/hostname", json!({}))
        .await
        .unwrap_err();
    assert_eq!(error, "file access denied for /etc/hostname");
    symlink("/etc/hostname", Path::new(&root).join("link")).unwrap();
    let error = served(&fixture, &format!("{root}/link"), json!({}))
        .await
        .unwrap_err();
    assert!(error.starts_with("file access denied"), "{error}");
    served(&fixture, &format!("{root}/in"), json!({}))
        .await
        .unwrap_err();
    let keyword = json!({"stdout_file": true});
    let path = value(
        fixture
            .call("exec.in", "run", json!(["echo", ["x"]]), keyword)
            .await,
    );
    let path = path.as_str().unwrap();
    let own = served(&fixture, path, json!({"visibility": "app"}))
        .await
        .unwrap();
    fixture.session.end().await;
    assert!(!Path::new(path).exists());
    let Taken::File(file) = taken(&fixture, &own["id"], "any") else {
        panic!("it is not there")
    };
    assert_eq!(std::fs::read_to_string(&file.path).unwrap(), "x\n");
    file.discard();
    assert!(!file.path.exists());
    assert!(fixture.records().contains("r.plugin.place"));
}
