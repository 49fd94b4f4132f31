//! How people sign in for an app: `auth`, and who may open an app to everybody.

use super::{noted, reason};
use crate::front::HELLO;
use crate::harness::{CONFIG, DEV, Server};
use crate::http::Ask;

const CORP: &str = "\n[login]\norigin = \"http://auth.localhost\"\n\n[oidc.corp]\nissuer = \"https://idp.example\"\nclient_id = \"sallyport\"\nclient_secret_file = \"corp.secret\"\n";

fn create(server: &Server, path: &str, auth: &str) -> crate::harness::Ran {
    let source = server.source(path, HELLO);
    let source = source.to_str().unwrap();
    server.cli(&["app", "create", source, path, "--auth", auth, "--approve"])
}

#[test]
fn an_app_can_be_open_to_everybody() {
    let server = Server::start();
    create(&server, "/open", "none").ok();
    assert_eq!(server.last("app.publish")["decision"], "allow");
    let reply = server.send(&Ask::get("/open"));
    assert_eq!(reply.status, 200, "{reply:?}");
    let record = server.last("app.access");
    assert_eq!(
        (&record["decision"], &record["principal"]["type"]),
        (&"allow".into(), &"Anonymous".into())
    );

    let closed = server
        .cli(&["app", "update", "/open", "--auth", "default"])
        .ok();
    assert!(closed.stderr.contains("auth `default`"), "{closed:?}");
    assert_eq!(server.refused(&Ask::get("/open")).0.status, 401);
    assert_eq!(server.get("/open").status, 200);
    let again = server
        .cli(&["app", "update", "/open", "--auth", "rbac:default"])
        .ok();
    assert!(again.stderr.contains("unchanged"), "{again:?}");
    assert_eq!(noted(&server, "change.auth").len(), 1);
}

/// Creating and updating an app is one question; opening it to everybody is another.
#[test]
fn publishing_is_asked_for_apart() {
    let server = Server::start();
    server.forbid("app.publish", "nothing is public here");
    let refused = create(&server, "/open", "none");
    assert_eq!(refused.code, 3, "{refused:?}");
    assert_eq!(server.last("app.publish")["decision"], "deny");
    assert_eq!(
        server.cli(&["app", "show", "/open"]).code,
        4,
        "nothing was made"
    );
    create(&server, "/open", "default").ok();
    let refused = server.cli(&["app", "update", "/open", "--auth", "none"]);
    assert_eq!(refused.code, 3, "{refused:?}");
    let dry = server
        .cli(&["app", "update", "/open", "--auth", "builtin", "--dry-run"])
        .ok();
    assert!(dry.stderr.contains("nothing was changed"), "{dry:?}");
    let shown = server.cli(&["app", "show", "/open"]).ok().stdout;
    assert!(
        shown.contains("auth      default") || shown.contains("default"),
        "{shown}"
    );
    assert_eq!(noted(&server, "change.auth").len(), 0);
}

#[test]
fn settings_that_mean_nothing_are_refused() {
    let server = Server::configured(&format!("{CONFIG}\n[login]\nauth_required = true\n"));
    for (auth, part) in [
        ("crop", "`default`, `none`, `builtin`"),
        ("rbac:crop", "no way to sign in is called `crop`"),
        ("system", "builtin"),
        ("none", "auth_required"),
        ("refused", "no way to sign in"),
    ] {
        let ran = create(&server, "/app", auth);
        assert!(
            ran.code == 2 && ran.stderr.contains(part),
            "{auth}: {ran:?}"
        );
    }
    let ran = create(&server, "auth.localhost:/app", "default");
    assert!(
        ran.code == 2 && ran.stderr.contains("people sign in"),
        "{ran:?}"
    );
    create(&server, "/app", "builtin").ok();
    assert_eq!(server.get("/app").status, 200);
    let ran = server.cli(&["app", "update", "/app", "--auth", "crop"]);
    assert_eq!(ran.code, 2, "{ran:?}");
}

/// A setting that the configuration no longer allows keeps everybody out, whoever they are.
#[test]
fn what_is_not_possible_any_more_is_refused() {
    let mut server = Server::start();
    create(&server, "/open", "none").ok();
    assert_eq!(server.send(&Ask::get("/open")).status, 200);
    let config = format!("{CONFIG}\n[login]\nauth_required = true\n");
    std::fs::write(server.home().join("sallyport.toml"), config).unwrap();
    server.restart();
    let said = std::fs::read_to_string(server.home().join("server.log")).unwrap();
    assert!(
        said.contains("app update") && said.contains("/open"),
        "{said}"
    );
    assert!(server.cli(&["app", "list"]).ok().stdout.contains("/open"));
    assert_eq!(server.refused(&Ask::get("/open")).0.status, 401);
    let (reply, record) = server.refused(&Ask::get("/open").basic(DEV.0, DEV.1));
    let reasons = record["reasons"].to_string();
    assert!(
        reply.status == 403 && reasons.contains("g.app-auth-refused"),
        "{record}"
    );
    server
        .cli(&["app", "update", "/open", "--auth", "default"])
        .ok();
    assert_eq!(server.get("/open").status, 200);
}

/// The people of one provider do not get into an app of another.
#[test]
fn an_app_of_a_provider_is_closed_to_other_people() {
    let mut server = Server::start();
    std::fs::write(server.home().join("corp.secret"), "not used").unwrap();
    let config = format!("{CONFIG}{CORP}");
    std::fs::write(server.home().join("sallyport.toml"), config).unwrap();
    server.restart();
    create(&server, "/corp", "corp").ok();
    create(&server, "/local", "builtin").ok();
    let (reply, record) = server.refused(&Ask::get("/corp").basic(DEV.0, DEV.1));
    assert_eq!((reply.status, reason(&record)), (403, "g.app-auth"));
    assert_eq!(server.get("/local").status, 200);
}
