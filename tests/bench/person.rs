//! People who are signed in, written into a database as the server would, and one who signs in with the form.

use std::path::Path;
use std::process::Command;
use std::time::{SystemTime, UNIX_EPOCH};

use base64::{Engine as _, prelude::BASE64_URL_SAFE_NO_PAD};
use sha2::{Digest, Sha256};

/// The cookie of a person by number.
pub fn cookie(number: usize) -> String {
    BASE64_URL_SAFE_NO_PAD.encode(Sha256::digest(format!("person {number}")))
}

/// SQL for so many people with 20 groups each, signed in at `localhost`; the cookie behind the last one is of another host.
pub fn rows(people: usize) -> String {
    let now = SystemTime::now()
        .duration_since(UNIX_EPOCH)
        .expect("a clock")
        .as_nanos();
    let later = now + 86_400_000_000_000;
    let mut sql = "BEGIN;\n".to_owned();
    for number in 0..people {
        let id = format!("local:0192f0c4-a7b8-7c3e-9d1f-{number:012}");
        let hash = format!("{:x}", Sha256::digest(cookie(number)));
        let signed = format!(
            "{{\"name\":\"person{number}\",\"subject\":\"0192f0c4-a7b8-7c3e-9d1f-{number:012}\",\"email\":null,\"groups\":[],\
             \"method\":\"password\",\"mfa\":false,\"amr\":[\"pwd\"],\"acr\":\"\",\"at\":{now}}}"
        );
        sql += &format!(
            "INSERT INTO users (id, name, hash, created) VALUES ('{id}', 'person{number}', 'x', {now});\n\
             INSERT INTO sign_ins VALUES ('0192f0c4-ffff-7c3e-9d1f-{number:012}', '{id}', 'local', '{signed}', NULL, {now}, {now}, {later}, {now}, NULL);\n\
             INSERT INTO sessions VALUES ('{hash}', '0192f0c4-ffff-7c3e-9d1f-{number:012}', 'localhost', {now});\n\
             INSERT INTO members VALUES ('{id}', 'users');\n"
        );
        for group in 0..19 {
            let group = (number * 7 + group) % 400;
            sql +=
                &format!("INSERT INTO members VALUES ('{id}', 'department-of-things-{group}');\n");
        }
    }
    // A living session that counts nowhere here: its request is looked up in full and answered as nobody's.
    sql += &format!(
        "INSERT INTO sessions VALUES ('{:x}', '0192f0c4-ffff-7c3e-9d1f-000000000001', 'elsewhere.example', {now});\n",
        Sha256::digest(cookie(people))
    );
    sql + "COMMIT;\n"
}

/// Signs in with the form on the way to an app.
pub fn sign_in(url: &str, jar: &Path) {
    let _ = std::fs::remove_file(jar);
    let port = url.rsplit(':').next().expect("a port");
    let form = curl(
        jar,
        &[&format!(
            "http://localhost:{port}/_sallyport/login?next=/closed/static/hello.html"
        )],
    );
    let flow = form
        .split("name=\"flow\" value=\"")
        .nth(1)
        .and_then(|rest| rest.split('"').next());
    let flow = format!("flow={}", flow.expect("a form"));
    let password = format!("password={}", crate::started::PASSWORD);
    let login = format!("http://auth.localhost:{port}/_sallyport/login");
    let origin = format!("Origin: http://auth.localhost:{port}");
    let fields = [
        "--data-urlencode",
        &flow,
        "--data-urlencode",
        "name=dev",
        "--data-urlencode",
        &password,
    ];
    let page = curl(jar, &[&fields[..], &["-H", &origin, &login]].concat());
    assert!(
        page.contains("<h1>Hello</h1>"),
        "it leads back to the app: {page}"
    );
}

fn curl(jar: &Path, arguments: &[&str]) -> String {
    let mut curl = Command::new("curl");
    curl.args(["-sL", "-H", "Accept: text/html", "-b"])
        .arg(jar)
        .arg("-c")
        .arg(jar)
        .args(arguments);
    let output = curl.output().expect("curl");
    String::from_utf8(output.stdout).expect("text")
}
