//! The second factor: asked for after the password, never taken twice, and not to be gone round.

use jiff::Timestamp;
use serde_json::Value;
use totp_rs::{Builder, Secret, Totp};

use super::{noted, reason};
use crate::front::HELLO;
use crate::harness::{CONFIG, DEV, Server};
use crate::http::Ask;
use crate::peer::agent::{Agent, Page};

fn server(login: &str) -> Server {
    let server = Server::configured(&format!("{CONFIG}\n[login]\nattempts = 1000\n{login}"));
    server.approved("/hello", HELLO);
    server
}

/// Gives `dev` a second factor, as an authenticator app has it.
fn enrol(server: &Server) -> Totp {
    let told = server.cli(&["user", "otp", "dev"]).ok().stdout;
    let (uri, secret) = told.trim().split_once('\n').unwrap();
    assert!(uri.starts_with("otpauth://totp/Sallyport:dev?"), "{uri}");
    let secret = Secret::try_from_base32(secret).unwrap();
    Builder::new().with_secret(secret).build().unwrap()
}

fn code(totp: &Totp, steps: i64) -> String {
    let now = Timestamp::now().as_second() + steps * 30;
    totp.generate(now.try_into().unwrap()).to_string()
}

/// Signs in as far as the page that asks for a code.
#[track_caller]
fn half(server: &Server) -> (Page, Agent) {
    let (page, agent) = server.sign_in(DEV, "/hello");
    assert_eq!(page.reply.status, 200);
    assert!(page.asks("code"), "{page:?}");
    assert_eq!(
        agent.cookie("localhost", "sallyport"),
        None,
        "no session yet"
    );
    (page, agent)
}

#[test]
fn a_password_and_a_code_sign_in() {
    let server = server("");
    let (_, old) = server.sign_in(DEV, "/hello");
    let old = old.cookie("localhost", "sallyport").unwrap();
    let totp = enrol(&server);
    let old = Ask::get("/hello").header("Cookie", &format!("sallyport={old}"));
    assert_eq!(server.send(&old).status, 401, "sign-ins without it end");

    let (page, mut agent) = half(&server);
    let done = agent.submit(&page, &[("code", &code(&totp, 0))]);
    assert_eq!(done.reply.status, 200, "{done:?}");
    assert!(done.reply.body.contains("\"method\": \"GET\"") || done.reply.body.contains("GET"));
    let listed = server.cli(&["session", "list", "-o", "json"]).ok();
    let listed: Value = serde_json::from_str(&listed.stdout).unwrap();
    assert_eq!(
        (&listed[0]["method"], &listed[0]["mfa"]),
        (&"otp".into(), &true.into())
    );
    let noted = noted(&server, "change.user-otp");
    assert_eq!(noted.len(), 1);
    let secret = totp.secret().to_base32();
    let log = server
        .records()
        .iter()
        .map(Value::to_string)
        .collect::<String>();
    assert!(!log.contains(&secret));
}

/// Case 52: a code that was used is wrong, in another sign-in too.
#[test]
fn a_code_is_taken_once() {
    let server = server("");
    let totp = enrol(&server);
    let once = code(&totp, 0);
    let (page, mut agent) = half(&server);
    assert_eq!(agent.submit(&page, &[("code", &once)]).reply.status, 200);
    let (page, mut other) = half(&server);
    let before = server.newest();
    let again = other.submit(&page, &[("code", &once)]);
    assert_eq!(again.reply.status, 401, "{again:?}");
    assert!(
        again.asks("code") && again.reply.body.contains("used already"),
        "{again:?}"
    );
    let since = server.since(before);
    assert!(
        since
            .iter()
            .any(|record| reason(record) == "r.login-code-used"),
        "{since:?}"
    );
    // The step after it is still good, and takes the one before with it.
    let next = other.submit(&again, &[("code", &code(&totp, 1))]);
    assert_eq!(next.reply.status, 200, "{next:?}");
}

#[test]
fn codes_alone_or_of_another_time_are_nothing() {
    let server = server("");
    let totp = enrol(&server);
    for steps in [-3, 3] {
        let (page, mut agent) = half(&server);
        let wrong = agent.submit(&page, &[("code", &code(&totp, steps))]);
        assert_eq!(wrong.reply.status, 401, "{steps}");
        assert!(wrong.asks("code"));
    }
    // Without a password before it.
    let mut agent = Agent::new();
    let form = agent.open(&server.url("/_sallyport/login?next=/hello"));
    let flow = form.field("flow");
    let address = form.url.join("/_sallyport/login").unwrap();
    let alone = agent.post(
        address.as_str(),
        &[("flow", &flow), ("code", &code(&totp, 0))],
    );
    assert_eq!(alone.reply.status, 401, "{alone:?}");
    // With somebody else's browser.
    let (page, _) = half(&server);
    let stolen = Agent::new().post(
        address.as_str(),
        &[("flow", &page.field("flow")), ("code", &code(&totp, 0))],
    );
    assert_eq!(stolen.reply.status, 400, "{stolen:?}");
}

#[test]
fn wrong_codes_lock_the_name_and_the_right_password_does_not_help() {
    let server = server("lock_after = 3\nlock_time = \"10m\"\n");
    enrol(&server);
    for _ in 0..3 {
        let (page, mut agent) = half(&server);
        let wrong = agent.submit(&page, &[("code", "000000")]);
        assert_eq!(wrong.reply.status, 401);
    }
    let before = server.newest();
    let (page, _) = server.sign_in(DEV, "/hello");
    assert_eq!(page.reply.status, 429, "{page:?}");
    let since = server.since(before);
    assert!(
        since
            .iter()
            .any(|record| reason(record) == "r.login-locked"),
        "{since:?}"
    );
}

#[test]
fn a_password_alone_is_not_enough_elsewhere() {
    let server = server("");
    assert_eq!(server.get("/hello").status, 200);
    enrol(&server);
    let (reply, record) = server.refused(&Ask::get("/hello").basic(DEV.0, DEV.1));
    assert_eq!(
        (reply.status, reason(&record)),
        (403, "r.login-second-factor")
    );
    assert!(reply.body.contains("Sign in with a browser"), "{reply:?}");
    let (reply, record) = server.refused(&Ask::get("/hello").basic(DEV.0, "a wrong password"));
    assert_eq!((reply.status, reason(&record)), (401, "r.login-failed"));

    assert_eq!(
        server.cli(&["user", "otp", "dev", "--remove"]).code,
        2,
        "asks first"
    );
    server
        .cli(&["user", "otp", "dev", "--remove", "--yes"])
        .ok();
    assert_eq!(server.get("/hello").status, 200);
    assert_eq!(noted(&server, "change.user-otp-removed").len(), 1);
}

/// A policy that wants a second factor sends people to sign in with it.
#[test]
fn a_stronger_sign_in_is_asked_for() {
    let server = server("");
    let rule = "@id(\"g.mfa\") @reason(\"a second factor is needed\") @stepup(\"mfa\")\nforbid (principal is Sallyport::User, action == Sallyport::Action::\"app.access\", resource)\nunless { context has auth && context.auth.mfa };\n";
    std::fs::write(server.home().join("policy/guardrails/mfa.cedar"), rule).unwrap();
    server.cli(&["policy", "reload"]).ok();
    let (page, _) = server.sign_in(DEV, "/hello");
    assert!(
        page.reply.body.contains("from an operator"),
        "says how to get one: {page:?}"
    );
    let totp = enrol(&server);
    let (page, mut agent) = half(&server);
    let done = agent.submit(&page, &[("code", &code(&totp, 0))]);
    assert_eq!(done.reply.status, 200, "{done:?}");
    assert_eq!(done.url.path(), "/hello");
}
