//! Each way a file can be unsafe is tried against a real directory.

use std::os::unix::fs::{PermissionsExt as _, symlink};

use secrecy::ExposeSecret as _;
use tempfile::TempDir;

use super::read;

fn fixture() -> TempDir {
    let dir = TempDir::new().unwrap();
    let put = |name: &str, text: &[u8], mode: u32| {
        let path = dir.path().join(name);
        std::fs::create_dir_all(path.parent().unwrap()).unwrap();
        std::fs::write(&path, text).unwrap();
        std::fs::set_permissions(&path, std::fs::Permissions::from_mode(mode)).unwrap();
    };
    put("key", b"v4lue\n", 0o600);
    put("shop/db", b"two\n\n", 0o400);
    put("open", b"x", 0o644);
    put("empty", b"\n", 0o600);
    put("bytes", &[0xff, 0xfe], 0o600);
    put("long", &[b'a'; 64 * 1024 + 1], 0o600);
    put("run", b"x", 0o700);
    symlink(dir.path().join("key"), dir.path().join("link")).unwrap();
    symlink(dir.path().join("shop"), dir.path().join("door")).unwrap();
    std::fs::set_permissions(dir.path(), std::fs::Permissions::from_mode(0o700)).unwrap();
    dir
}

#[test]
fn only_private_regular_files_below_are_read() {
    let dir = fixture();
    let check = |path: &str, expected: &str| {
        let answer = match read(dir.path(), path) {
            Ok(value) => value.expose_secret().to_owned(),
            Err(error) => error.to_string(),
        };
        assert!(answer.contains(expected), "{path}: {answer}");
    };
    check("key", "v4lue");
    check("shop/db", "two\n");
    check("open", "chmod 600");
    check("run", "chmod 600");
    check("empty", "is empty");
    check("bytes", "UTF-8");
    check("long", "64 KiB");
    check("link", "symbolic link");
    check("door/db", "symbolic link");
    check("shop", "not a regular file");
    check("absent", "does not exist");
    check("/etc/passwd", "not allowed");
    check("../key", "not allowed");
    check("shop/../key", "not allowed");
    check("a b", "not allowed");
    check("", "not allowed");
}

#[test]
fn a_directory_others_can_write_is_refused() {
    let dir = fixture();
    std::fs::set_permissions(dir.path(), std::fs::Permissions::from_mode(0o777)).unwrap();
    assert!(
        read(dir.path(), "key")
            .unwrap_err()
            .to_string()
            .contains("chmod 700")
    );
}
