//! Users change: from the next request on, in every session, and on the record. Guessing locks a name.

use serde_json::Value;

use super::{noted, password, reason};
use crate::front::HELLO;
use crate::harness::{CONFIG, DEV, OPS, Server};
use crate::http::Ask;
use crate::proxy::{WEBSOCKET, holding, outcome, serve, upgrade};

fn hello() -> Server {
    let server = Server::start();
    server.approved("/hello", HELLO);
    server
}

fn session(server: &Server) -> Ask {
    Ask::get("/hello").header("Cookie", &server.session(DEV))
}

#[test]
fn a_disabled_user_is_nobody_from_the_next_request_on() {
    let server = hello();
    let with_session = session(&server);
    assert_eq!(server.send(&with_session).status, 200);
    assert_eq!(server.get("/hello").status, 200);
    let dry = server.cli(&["user", "disable", "dev", "--dry-run"]).ok();
    assert!(dry.stderr.contains("nothing was changed"), "{dry:?}");
    assert_eq!(server.get("/hello").status, 200);

    let done = server.cli(&["user", "disable", "dev"]).ok();
    assert!(done.stderr.contains("1 sign-in(s)"), "{done:?}");
    assert_eq!(server.last("user.update")["decision"], "allow");
    assert_eq!(noted(&server, "change.user-disabled").len(), 1);
    let (reply, record) = server.refused(&with_session);
    assert_eq!(
        (reply.status, &record["principal"]["type"]),
        (401, &"Anonymous".into())
    );
    let (reply, record) = server.refused(&Ask::get("/hello").basic(DEV.0, DEV.1));
    assert_eq!((reply.status, reason(&record)), (401, "r.login-failed"));
    let (page, _) = server.sign_in(DEV, "/hello");
    assert_eq!(page.reply.status, 401, "{page:?}");
    let again = server.cli(&["user", "disable", "dev"]).ok();
    assert!(again.stderr.contains("already"), "{again:?}");

    server.cli(&["user", "enable", "dev"]).ok();
    assert_eq!(server.get("/hello").status, 200);
    assert_eq!(
        server.send(&with_session).status,
        401,
        "the session does not come back"
    );
}

#[test]
fn a_new_password_ends_what_the_old_one_began() {
    let server = hello();
    let with_session = session(&server);
    assert_eq!(server.get("/hello").status, 200);
    assert_eq!(password(&server, "dev", "short").code, 2);
    assert_eq!(server.send(&with_session).status, 200);
    password(&server, "dev", "a better password").ok();
    assert_eq!(server.send(&with_session).status, 401);
    assert_eq!(server.get("/hello").status, 401);
    let new = Ask::get("/hello").basic("dev", "a better password");
    assert_eq!(server.send(&new).status, 200);
    let noted = noted(&server, "change.user-password");
    assert!(noted.len() == 1 && !noted[0].to_string().contains("better"));
    let missing = password(&server, "nobody", "long enough");
    assert!(
        missing.code == 4 && missing.stderr.contains("user list"),
        "{missing:?}"
    );
}

#[test]
fn other_groups_count_at_once() {
    let server = hello();
    let guardrail = "@id(\"g.ops\") @reason(\"only operators\")\nforbid (principal, action == Sallyport::Action::\"app.access\", resource)\nunless { principal in Sallyport::Group::\"local:operators\" };\n";
    std::fs::write(server.home().join("policy/guardrails/ops.cedar"), guardrail).unwrap();
    server.cli(&["policy", "reload"]).ok();
    let with_session = session(&server);
    assert_eq!(server.send(&with_session).status, 403);
    assert_eq!(server.get("/hello").status, 403);
    server
        .cli(&["user", "groups", "dev", "--groups", "users,operators"])
        .ok();
    assert_eq!(
        server.send(&with_session).status,
        200,
        "the session goes on"
    );
    assert_eq!(server.get("/hello").status, 200);
    server.cli(&["user", "groups", "dev", "--groups", ""]).ok();
    assert_eq!(server.send(&with_session).status, 403);
    let changes = noted(&server, "change.user-groups");
    assert_eq!(changes.len(), 2);
    let wrong = server.cli(&["user", "groups", "dev", "--groups", "a b"]);
    assert!(
        wrong.code == 2 && wrong.stderr.contains("group `a b`"),
        "{wrong:?}"
    );
}

#[test]
fn long_answers_end_with_the_account() {
    let service = holding();
    let server = serve(&service.url(), "");
    let (answer, listener) = upgrade(&server, "/front/ws", WEBSOCKET);
    assert!(answer.starts_with("HTTP/1.1 101 "), "{answer}");
    server.cli(&["user", "disable", "dev"]).ok();
    assert_eq!(listener.rest(), "", "it ends");
    assert_eq!(outcome(&server)["error_class"], "revoked");
}

/// Tries so often that the name would be locked, with limits per minute out of the way.
fn guess(server: &Server, name: &str, times: usize) -> Vec<u16> {
    let ask = Ask::get("/hello").basic(name, "a wrong password");
    (0..times).map(|_| server.send(&ask).status).collect()
}

fn strict() -> Server {
    let server = Server::configured(&format!(
        "{CONFIG}\n[login]\nattempts = 1000\nlock_after = 3\nlock_time = \"10m\"\n"
    ));
    server.approved("/hello", HELLO);
    server
}

/// Case 52: names that there are and names that there are not lock alike, and answer alike.
#[test]
fn guessing_locks_a_name_whether_or_not_there_is_one() {
    let server = strict();
    for name in ["dev", "nobody"] {
        assert_eq!(guess(&server, name, 4), [401, 401, 401, 429], "{name}");
    }
    let answers = ["dev", "nobody", " DEV "].map(|name| {
        let right = Ask::get("/hello").basic(name, DEV.1);
        let (reply, record) = server.refused(&right);
        assert_eq!(
            (reply.status, reason(&record)),
            (429, "r.login-locked"),
            "{name}"
        );
        let wait: u64 = reply.header("retry-after").unwrap().parse().unwrap();
        assert!((500..=600).contains(&wait), "{wait}");
        let id = record["id"].as_str().unwrap().to_owned();
        reply.body.replace(&id, "")
    });
    assert!(
        answers.windows(2).all(|pair| pair[0] == pair[1]),
        "{answers:?}"
    );
    let (page, _) = server.sign_in(DEV, "/hello");
    assert_eq!(page.reply.status, 429);
    assert!(page.reply.body.contains("Too many attempts"), "{page:?}");
    let ops = Ask::get("/hello").basic(OPS.0, OPS.1);
    assert_eq!(server.send(&ops).status, 200, "others are not locked");
}

#[test]
fn a_lock_outlives_a_restart_and_ends_by_an_operator() {
    let mut server = strict();
    guess(&server, "dev", 3);
    server.restart();
    let (reply, record) = server.refused(&Ask::get("/hello").basic(DEV.0, DEV.1));
    assert_eq!((reply.status, reason(&record)), (429, "r.login-locked"));
    let listed = server.cli(&["user", "list", "-o", "json"]).ok();
    let users: Value = serde_json::from_str(&listed.stdout).unwrap();
    let locked = |name: &str| {
        let users = users.as_array().unwrap();
        let user = users.iter().find(|user| user["name"] == name).unwrap();
        user["locked"].is_string()
    };
    assert!(locked("dev") && !locked("ops"), "{users}");
    server.cli(&["user", "unlock", "dev"]).ok();
    assert_eq!(server.get("/hello").status, 200);
    assert_eq!(noted(&server, "change.user-unlocked").len(), 1);
    assert!(
        server
            .cli(&["user", "unlock", "dev"])
            .ok()
            .stderr
            .contains("already")
    );
}

#[test]
fn a_right_password_forgets_wrong_ones() {
    let server = strict();
    for _ in 0..3 {
        assert_eq!(guess(&server, "dev", 2), [401, 401]);
        let (page, _) = server.sign_in(DEV, "/hello");
        assert_eq!(page.reply.status, 200, "{page:?}");
    }
    for file in ["metadata.db", "metadata.db-wal"] {
        let bytes = std::fs::read(server.home().join(file)).unwrap();
        assert!(!bytes.windows(8).any(|part| part == b"a wrong "), "{file}");
    }
}

#[test]
fn sessions_end_by_user_by_id_and_all_of_them() {
    let server = hello();
    let revoke = |arguments: &[&str]| {
        let all: Vec<&str> = ["session", "revoke"]
            .iter()
            .chain(arguments)
            .copied()
            .collect();
        server.cli(&all)
    };
    let with_session = session(&server);
    assert!(
        revoke(&["--all", "--dry-run"])
            .ok()
            .stderr
            .contains("1 sign-in(s)")
    );
    assert_eq!(server.send(&with_session).status, 200);
    revoke(&["--all"]).ok();
    assert_eq!(server.send(&with_session).status, 401);
    let with_session = session(&server);
    let listed = server.cli(&["session", "list", "-o", "json"]).ok();
    let listed: Value = serde_json::from_str(&listed.stdout).unwrap();
    revoke(&["--user", listed[0]["id"].as_str().unwrap()]).ok();
    assert_eq!(server.send(&with_session).status, 401);
    assert_eq!(revoke(&["--user", "corp:nobody"]).code, 4);
    assert_eq!(revoke(&["--user", "dev", "--all"]).code, 2);
}
