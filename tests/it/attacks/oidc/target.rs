//! Case 43: where a sign-in leads.

use super::*;

/// Return targets that lead home instead.
pub const TARGETS: &[Variant<Hostile>] = &[
    ("two-slashes", |hostile| led(hostile, "//evil.test/")),
    ("three-slashes", |hostile| led(hostile, "///evil.test/")),
    ("backslash", |hostile| led(hostile, "/\\evil.test")),
    ("two-backslashes", |hostile| led(hostile, "\\\\evil.test")),
    ("scheme-without-slashes", |hostile| {
        led(hostile, "https:evil.test")
    }),
    ("whole-address", |hostile| {
        led(hostile, "https://evil.test/")
    }),
    ("tab", |hostile| led(hostile, "/\t/evil.test")),
    ("escaped-tab", |hostile| led(hostile, "/%09/evil.test")),
    ("line-break", |hostile| {
        led(hostile, "/\r\nLocation: https://evil.test")
    }),
    ("javascript", |hostile| led(hostile, "javascript:alert(1)")),
    ("data", |hostile| led(hostile, "data:text/html,x")),
    ("user-of-another-host", |hostile| {
        led(hostile, "https://localhost@evil.test/")
    }),
    ("at-sign", |hostile| led(hostile, "@evil.test/")),
    ("dots", |hostile| {
        led_to(hostile, "/..//evil.test", "/evil.test")
    }),
    ("escaped-slash", |hostile| led(hostile, "/%2fevil.test")),
    ("escaped-backslash", |hostile| led(hostile, "/%5cevil.test")),
    ("fragment", |hostile| led(hostile, "/#//evil.test")),
    ("round-and-round", |hostile| {
        led(hostile, "/_sallyport/logout")
    }),
    ("in-the-flow", |hostile| {
        led_by(hostile, |flow| format!("{flow}&next=//evil.test/"))
    }),
    ("in-the-start", |hostile| {
        led_by(hostile, |flow| {
            format!("{flow}&redirect_uri=//evil.test/&rd=//evil.test/")
        })
    }),
    ("in-the-answer", |hostile| {
        home(hostile, "/", |answer| {
            answer.query.push(("next".into(), "//evil.test/".into()));
            answer
                .query
                .push(("redirect_uri".into(), "https://evil.test/".into()));
        })
    }),
    ("in-the-ticket", |hostile| {
        let mut begun = hostile.begin_at(Agent::new(), "corp", "/");
        let ticket = hostile.ticket(&mut begun, "mallory");
        let page = begun.agent.glance(&format!("{ticket}&next=//evil.test/"));
        is_home(hostile, &page);
        begun.agent.open(location(&page).as_str()).reply
    }),
];

/// Hosts and forms that a sign-in does not begin from.
pub const ELSEWHERE: &[Variant<Hostile>] = &[
    ("host-nobody-serves", |hostile| {
        hostile.ask("evil.test", "/_sallyport/login?next=/open", &[])
    }),
    ("callback-at-an-app-host", |hostile| {
        let begun = hostile.begin(Agent::new());
        let answer = hostile.answer(&begun, "mallory");
        hostile.open_with(
            &hostile
                .callback(&begun, &answer)
                .replace("//auth.localhost", "//localhost"),
            &[],
        )
    }),
];

/// Where a sign-in with this target ends, which is the first page of the host.
fn led(hostile: &Hostile, next: &str) -> Reply {
    home(hostile, next, |_| {})
}

/// What looks like another host and is a path of ours.
fn led_to(hostile: &Hostile, next: &str, path: &str) -> Reply {
    let begun = hostile.begin_at(Agent::new(), "corp", next);
    let (mut agent, page) = joined(hostile, begun, |_| {});
    leads_to(hostile, &page, path);
    agent.open(&hostile.site.url("/")).reply
}

fn home(hostile: &Hostile, next: &str, bend: impl FnOnce(&mut Answer)) -> Reply {
    let begun = hostile.begin_at(Agent::new(), "corp", next);
    finished(hostile, begun, bend)
}

/// The same, with more in the addresses between.
fn led_by(hostile: &Hostile, more: impl Fn(&str) -> String) -> Reply {
    let mut agent = Agent::new();
    let flow = hostile.flow(&mut agent, "/");
    agent.glance(&hostile.login(&format!("/_sallyport/login?flow={}", more(&flow))));
    let page =
        agent.glance(&hostile.login(&format!("/_sallyport/oidc/corp/start?flow={}", more(&flow))));
    let begun = Begun {
        agent,
        tenant: "corp",
        asked: location(&page),
    };
    finished(hostile, begun, |_| {})
}

fn finished(hostile: &Hostile, begun: Begun, bend: impl FnOnce(&mut Answer)) -> Reply {
    let (mut agent, page) = joined(hostile, begun, bend);
    is_home(hostile, &page);
    agent.open(location(&page).as_str()).reply
}

/// The last step of a sign-in, before anybody goes where it leads.
fn joined(hostile: &Hostile, mut begun: Begun, bend: impl FnOnce(&mut Answer)) -> (Agent, Page) {
    let mut answer = hostile.answer(&begun, "mallory");
    bend(&mut answer);
    let callback = hostile.callback(&begun, &answer);
    let session = hostile.site.url("/_sallyport/session");
    begun.agent.stop_before(&session);
    let ticket = location(&begun.agent.open(&callback));
    begun.agent.go_on();
    let page = begun.agent.glance(ticket.as_str());
    (begun.agent, page)
}

#[track_caller]
fn is_home(hostile: &Hostile, page: &Page) {
    leads_to(hostile, page, "/");
}

/// The last step leads to that path of the host that asked.
#[track_caller]
fn leads_to(hostile: &Hostile, page: &Page, path: &str) {
    assert_eq!(page.reply.status, 303, "{page:?}");
    assert_eq!(page.reply.header("location"), Some(path), "{page:?}");
    assert_eq!(location(page).as_str(), hostile.site.url(path));
}
