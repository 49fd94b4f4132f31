//! Case 36: states, flows and tickets that are missing, made up, used or another browser's.

use super::*;

pub const FLOW: &[Variant<Hostile>] = &[
    ("state-missing", |hostile| without(hostile, "state")),
    ("state-unknown", |hostile| {
        with(hostile, "state", &"A".repeat(43))
    }),
    ("state-empty", |hostile| with(hostile, "state", "")),
    ("state-of-a-flow", |hostile| {
        let flow = hostile.flow(&mut Agent::new(), "/open");
        with(hostile, "state", &flow)
    }),
    ("state-twice", |hostile| {
        hostile.bent(|answer| answer.query.push(("state".into(), "A".repeat(43))))
    }),
    ("state-reused", |hostile| {
        let mut begun = hostile.begin(Agent::new());
        let answer = hostile.answer(&begun, "mallory");
        let callback = hostile.callback(&begun, &answer);
        begun.agent.stop_before(&hostile.site.url(""));
        begun.agent.open(&callback);
        begun.agent.glance(&callback).reply
    }),
    ("state-of-another-login", |hostile| {
        let victim = hostile.begin(Agent::new());
        let mut begun = hostile.begin(Agent::new());
        let answer = hostile.answer(&victim, "mallory");
        let callback = hostile.callback(&victim, &answer);
        begun.agent.glance(&callback).reply
    }),
    ("state-at-another-provider", |hostile| {
        let mut begun = hostile.begin(Agent::new());
        let answer = hostile.answer(&begun, "mallory");
        let callback = hostile
            .callback(&begun, &answer)
            .replace("/oidc/corp/", "/oidc/other/");
        begun.agent.glance(&callback).reply
    }),
    ("another-browser", |hostile| {
        let begun = hostile.begin(Agent::new());
        let answer = hostile.answer(&begun, "mallory");
        Agent::new()
            .glance(&hostile.callback(&begun, &answer))
            .reply
    }),
    ("no-cookie", |hostile| {
        let begun = hostile.begin(Agent::new());
        let answer = hostile.answer(&begun, "mallory");
        hostile.open_with(&hostile.callback(&begun, &answer), &[])
    }),
    ("two-bindings", |hostile| {
        let begun = hostile.begin(Agent::new());
        let answer = hostile.answer(&begun, "mallory");
        let own = begun.agent.cookie(LOGIN, BINDING).unwrap();
        let two = format!("{BINDING}={own}; {BINDING}={}", "A".repeat(43));
        hostile.open_with(&hostile.callback(&begun, &answer), &[&two])
    }),
    ("provider-says-no", |hostile| {
        hostile.bent(|answer| answer.query[0] = ("error".into(), "access_denied".into()))
    }),
    ("code-twice", |hostile| {
        hostile.bent(|answer| answer.query.push(("code".into(), "other".into())))
    }),
    ("code-refused", |hostile| {
        let mut begun = hostile.begin(Agent::new());
        let answer = hostile.answer(&begun, "mallory");
        hostile
            .provider
            .change(|world| world.token = (400, json!({ "error": "invalid_grant" })));
        begun
            .agent
            .glance(&hostile.bare_callback(&begun, &answer))
            .reply
    }),
    ("flow-unknown", |hostile| {
        let url = hostile.login(&format!("/_sallyport/login?flow={}", "A".repeat(43)));
        Agent::new().glance(&url).reply
    }),
    ("flow-of-another-browser", |hostile| {
        let mut agent = Agent::new();
        let flow = hostile.flow(&mut agent, "/open");
        let url = hostile.login(&format!("/_sallyport/login?flow={flow}"));
        agent.glance(&url);
        Agent::new().glance(&url).reply
    }),
    ("flow-led-through", |hostile| {
        // Eve begins, Alice goes on and proves who she is; what comes of it belongs to Eve's browser at the app.
        let flow = hostile.flow(&mut Agent::new(), "/open");
        let mut alice = Agent::new();
        let page =
            alice.glance(&hostile.login(&format!("/_sallyport/oidc/corp/start?flow={flow}")));
        let begun = Begun {
            agent: alice,
            tenant: "corp",
            asked: location(&page),
        };
        ended(hostile, begun)
    }),
    ("flow-of-a-signed-in-person", |hostile| {
        let flow = hostile.flow(&mut Agent::new(), "/open");
        let mut alice = hostile.at_the_door("alice");
        alice
            .open(&hostile.login(&format!("/_sallyport/login?flow={flow}")))
            .reply
    }),
    ("ticket-in-another-browser", |hostile| {
        let ticket = hostile.ticket(&mut hostile.begin(Agent::new()), "mallory");
        Agent::new().glance(&ticket).reply
    }),
    ("ticket-without-cookie", |hostile| {
        let ticket = hostile.ticket(&mut hostile.begin(Agent::new()), "mallory");
        hostile.open_with(&ticket, &[])
    }),
    ("ticket-with-two-bindings", |hostile| {
        let mut begun = hostile.begin(Agent::new());
        let ticket = hostile.ticket(&mut begun, "mallory");
        let own = begun.agent.cookie(APPS, BINDING).unwrap();
        let two = [
            format!("{BINDING}={}", "A".repeat(43)),
            format!("{BINDING}={own}"),
        ];
        hostile.open_with(&ticket, &[&two[0], &two[1]])
    }),
    ("ticket-reused", |hostile| {
        let mut begun = hostile.begin(Agent::new());
        let ticket = hostile.ticket(&mut begun, "mallory");
        begun.agent.glance(&ticket);
        begun.agent.glance(&ticket).reply
    }),
    ("ticket-at-another-host", |hostile| {
        let mut begun = hostile.begin(Agent::new());
        let ticket = hostile.ticket(&mut begun, "mallory");
        let binding = format!("{BINDING}={}", begun.agent.cookie(APPS, BINDING).unwrap());
        hostile.open_with(
            &ticket.replace("//localhost", "//two.localhost"),
            &[&binding],
        )
    }),
    ("ticket-unknown", |hostile| {
        let url = hostile
            .site
            .url(&format!("/_sallyport/session?ticket={}", "A".repeat(43)));
        Agent::new().glance(&url).reply
    }),
];

/// Goes to the end of a sign-in in its browser.
fn ended(hostile: &Hostile, mut begun: Begun) -> Reply {
    let answer = hostile.answer(&begun, "mallory");
    let callback = hostile.callback(&begun, &answer);
    begun.agent.open(&callback).reply
}
