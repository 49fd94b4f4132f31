//! The project's own examples, and OpenRun's when `OPENRUN_SAMPLES` names their folder.
#![expect(clippy::unwrap_used, reason = "tests")]

use std::path::{Path, PathBuf};

use sandbox::{Source, SourceLimits};

use tempfile::TempDir;

use crate::fixture::{Fixture, limits};

async fn install(folder: &Path) -> Fixture {
    let source = Source::read_dir(folder, SourceLimits::default()).unwrap();
    Fixture::install(source, limits()).await
}

fn examples() -> PathBuf {
    Path::new(env!("CARGO_MANIFEST_DIR")).join("../examples")
}

#[tokio::test]
async fn the_disk_usage_example_renders() {
    let folder = TempDir::new().unwrap();
    std::fs::create_dir(folder.path().join("sub")).unwrap();
    let root = folder.path().display().to_string();
    let source = Source::read_dir(&examples().join("disk_usage"), SourceLimits::default()).unwrap();
    let fixture = Fixture::with_params(source, &[("root", &root)], limits()).await;
    let page = fixture.get("/").await;
    assert!(page.starts_with("200 ") && page.contains("sub"), "{page}");
    let elsewhere = fixture.get("/?dir=/etc").await;
    assert!(
        elsewhere.starts_with("403 ") && elsewhere.contains("not permitted"),
        "{elsewhere}"
    );
}

#[tokio::test]
async fn openruns_samples_work_unchanged() {
    let Some(samples) = std::env::var_os("OPENRUN_SAMPLES").map(PathBuf::from) else {
        return;
    };
    let fixture = install(&samples.join("system/disk_usage")).await;
    std::fs::create_dir(fixture.dir.path().join("sub")).unwrap();
    let page = fixture
        .get(&format!("/?dir={}", fixture.dir.path().display()))
        .await;
    assert!(
        page.starts_with("200 <!DOCTYPE html>") && page.contains("/sub</a"),
        "{page}"
    );
    assert!(page.contains("/test/static/gen/lib/htmx-"), "{page}");
    let files = fixture
        .get(&format!("/files?dir={}", fixture.dir.path().display()))
        .await;
    assert!(files.starts_with("200 "), "{files}");
    let list = install(&samples.join("system/list_files")).await;
    assert_eq!(list.inspection.actions.len(), 1);
    assert_eq!(list.inspection.params.len(), 2);
    let memory = install(&samples.join("system/memory_usage")).await;
    assert_eq!(memory.inspection.loads, ["exec.in"]);
}
