//! Cases 44, 45 and 48: cookies that somebody planted, made up, carried elsewhere or kept from before.

use rusqlite::Connection;

use super::site::{APPS, BINDING, COOKIE, Hostile, LOGIN, location, session, shown};
use super::{Variant, play};
use crate::front::HELLO;
use crate::http::Reply;
use crate::peer::agent::Agent;

const PLANTED: &[Variant<Hostile>] = &[
    ("made-up-session", |hostile| {
        let planted = "A".repeat(43);
        let mut agent = Agent::new();
        for host in [APPS, LOGIN] {
            agent.set_cookie(host, COOKIE, &planted);
        }
        let agent = hostile.at_the_door_with(agent, "alice", |_| {});
        for host in [APPS, LOGIN] {
            assert_ne!(session(&agent, host), planted);
        }
        app(hostile, &[&format!("{COOKIE}={planted}")])
    }),
    ("session-of-the-attacker", |hostile| {
        let eve = hostile.at_the_door("eve");
        let mut agent = Agent::new();
        for host in [APPS, LOGIN] {
            agent.set_cookie(host, COOKIE, &session(&eve, host));
        }
        let alice = hostile.at_the_door_with(agent, "alice", |_| {});
        for host in [APPS, LOGIN] {
            assert_ne!(session(&alice, host), session(&eve, host));
        }
        app(hostile, &[&shown(&eve, APPS)])
    }),
    ("session-of-the-one-before", |hostile| {
        let first = hostile.at_the_door("alice");
        let old = shown(&first, APPS);
        let second = hostile.at_the_door_with(first, "bob", |_| {});
        assert_ne!(shown(&second, APPS), old);
        app(hostile, &[&old])
    }),
    ("two-sessions", |hostile| {
        let alice = hostile.at_the_door("alice");
        app(
            hostile,
            &[&format!(
                "{}; {COOKIE}={}",
                shown(&alice, APPS),
                "A".repeat(43)
            )],
        )
    }),
    ("two-sessions-the-other-way", |hostile| {
        let alice = hostile.at_the_door("alice");
        app(
            hostile,
            &[&format!(
                "{COOKIE}={}; {}",
                "A".repeat(43),
                shown(&alice, APPS)
            )],
        )
    }),
    ("two-sessions-in-two-headers", |hostile| {
        let alice = hostile.at_the_door("alice");
        app(
            hostile,
            &[
                &shown(&alice, APPS),
                &format!("{COOKIE}={}", "A".repeat(43)),
            ],
        )
    }),
    ("two-people", |hostile| {
        let (alice, eve) = (hostile.at_the_door("alice"), hostile.at_the_door("eve"));
        app(
            hostile,
            &[&format!("{}; {}", shown(&eve, APPS), shown(&alice, APPS))],
        )
    }),
    ("session-of-the-login-host", |hostile| {
        let alice = hostile.at_the_door("alice");
        app(hostile, &[&shown(&alice, LOGIN)])
    }),
    ("session-of-another-app-host", |hostile| {
        let alice = hostile.at_the_door("alice");
        hostile.ask("two.localhost", "/", &[&shown(&alice, APPS)])
    }),
    ("name-for-tls-without-tls", |hostile| {
        let alice = hostile.at_the_door("alice");
        app(hostile, &[&format!("__Host-{}", shown(&alice, APPS))])
    }),
    ("name-in-capitals", |hostile| {
        let alice = hostile.at_the_door("alice");
        app(
            hostile,
            &[&format!(
                "{}={}",
                COOKIE.to_uppercase(),
                session(&alice, APPS)
            )],
        )
    }),
    ("name-behind-an-empty-one", |hostile| {
        let alice = hostile.at_the_door("alice");
        app(hostile, &[&format!("={}", shown(&alice, APPS))])
    }),
    ("binding-as-session", |hostile| {
        let alice = hostile.at_the_door("alice");
        let binding = alice.cookie(APPS, BINDING).unwrap();
        app(hostile, &[&format!("{COOKIE}={binding}")])
    }),
    ("binding-planted-at-the-app", |hostile| {
        // Alice's browser has Eve's binding at the app; Eve knows it, but not the way that is bound to it.
        let (mut eve, mut alice) = (Agent::new(), Agent::new());
        hostile.flow(&mut eve, "/open");
        alice.set_cookie(APPS, BINDING, &eve.cookie(APPS, BINDING).unwrap());
        let mut begun = hostile.begin(alice);
        hostile.ticket(&mut begun, "alice");
        let url = hostile
            .site
            .url(&format!("/_sallyport/session?ticket={}", "B".repeat(43)));
        eve.glance(&url).reply
    }),
    ("binding-planted-at-the-login", |hostile| {
        // Eve's answer from the provider, in Alice's browser that has Eve's binding of another sign-in.
        let (eve, other) = (hostile.begin(Agent::new()), hostile.begin(Agent::new()));
        let answer = hostile.answer(&eve, "mallory");
        let callback = hostile.callback(&eve, &answer);
        let planted = other.agent.cookie(LOGIN, BINDING).unwrap();
        hostile.open_with(&callback, &[&format!("{BINDING}={planted}")])
    }),
];

const GARBAGE: &[Variant<Hostile>] = &[
    ("empty", |hostile| garbage(hostile, |_| String::new())),
    ("one-letter", |hostile| garbage(hostile, |_| "x".into())),
    ("unknown", |hostile| garbage(hostile, |_| "A".repeat(43))),
    ("truncated", |hostile| {
        garbage(hostile, |good| good[..42].into())
    }),
    ("extended", |hostile| {
        garbage(hostile, |good| format!("{good}A"))
    }),
    ("padded", |hostile| {
        garbage(hostile, |good| format!("{good}="))
    }),
    ("one-letter-changed", |hostile| {
        garbage(hostile, |good| {
            let other = if good.starts_with('A') { "B" } else { "A" };
            format!("{other}{}", &good[1..])
        })
    }),
    ("last-bits-changed", |hostile| {
        // The last letter holds two bits that belong to no byte.
        garbage(hostile, |good| {
            let letters = "ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789-_";
            let last = letters.find(&good[42..]).unwrap();
            format!("{}{}", &good[..42], &letters[last ^ 1..][..1])
        })
    }),
    ("quoted", |hostile| {
        garbage(hostile, |good| format!("\"{good}\""))
    }),
    ("stars", |hostile| garbage(hostile, |_| "*".repeat(43))),
    ("other-case", |hostile| {
        garbage(hostile, |good| {
            let lower = good.to_lowercase();
            if lower == good {
                good.to_uppercase()
            } else {
                lower
            }
        })
    }),
    ("its-hash", |hostile| {
        garbage(hostile, |good| {
            use sha2::Digest;
            format!("{:x}", sha2::Sha256::digest(good))
        })
    }),
    ("bytes", |hostile| {
        garbage(hostile, |_| "\u{fc}\u{2028}\u{1f512}".into())
    }),
    ("sql", |hostile| garbage(hostile, |_| "' OR 1=1 --".into())),
    ("nine-thousand-letters", |hostile| {
        garbage(hostile, |_| "A".repeat(9000))
    }),
    ("sixty-thousand-letters", |hostile| {
        garbage(hostile, |_| "A".repeat(60_000))
    }),
    ("a-thousand-cookies", |hostile| {
        garbage(hostile, |_| {
            format!("A{}", format!("; {COOKIE}=A").repeat(1000))
        })
    }),
    ("garbage-in-a-browser", |hostile| {
        let mut agent = Agent::new();
        agent.set_cookie(APPS, COOKIE, "garbage");
        agent.glance(&hostile.site.url("/open")).reply
    }),
    ("unreadable-store", |hostile| {
        let alice = hostile.at_the_door("alice");
        without_table(hostile, "sessions", || {
            app(hostile, &[&shown(&alice, APPS)])
        })
    }),
    ("unreadable-sign-ins", |hostile| {
        let alice = hostile.at_the_door("alice");
        without_table(hostile, "sign_ins", || {
            app(hostile, &[&shown(&alice, APPS)])
        })
    }),
    ("unreadable-store-while-signing-in", |hostile| {
        let mut begun = hostile.begin(Agent::new());
        let answer = hostile.answer(&begun, "mallory");
        let callback = hostile.callback(&begun, &answer);
        without_table(hostile, "sign_ins", || begun.agent.glance(&callback).reply)
    }),
    ("unreadable-store-at-the-last-step", |hostile| {
        let mut begun = hostile.begin(Agent::new());
        let ticket = hostile.ticket(&mut begun, "mallory");
        without_table(hostile, "sessions", || begun.agent.glance(&ticket).reply)
    }),
];

const REPLAY: &[Variant<Hostile>] = &[
    ("app-host", |hostile| {
        let old = signed_out(hostile);
        app(hostile, &[&shown(&old, APPS)])
    }),
    ("app-host-in-a-browser", |hostile| {
        signed_out(hostile).glance(&hostile.site.url("/open")).reply
    }),
    ("second-app-host", |hostile| {
        let old = signed_out(hostile);
        hostile.ask("two.localhost", "/", &[&shown(&old, "two.localhost")])
    }),
    ("login-host", |hostile| {
        // The old session does not shorten a new sign-in: the provider is asked.
        let mut old = signed_out(hostile);
        let flow = hostile.flow(&mut old, "/open");
        old.stop_before(&hostile.provider.url());
        let page = old.open(&hostile.login(&format!("/_sallyport/login?flow={flow}")));
        assert!(
            location(&page)
                .as_str()
                .starts_with(&hostile.provider.url()),
            "{page:?}"
        );
        page.reply
    }),
    ("ticket-from-before", |hostile| {
        // A way back to the app that was not used before the sign-in ended.
        let mut begun = hostile.begin(Agent::new());
        let first = hostile.ticket(&mut begun, "mallory");
        let mut second = begun.agent;
        let flow = hostile.flow(&mut second, "/open");
        let page = second.glance(&hostile.login(&format!("/_sallyport/login?flow={flow}")));
        let unused = location(&page);
        second.glance(&first);
        hostile.site.sign_out(&mut second);
        let page = second.glance(unused.as_str());
        let session = second.cookie(APPS, COOKIE).unwrap_or_default();
        assert!(
            page.reply.status != 303
                || app(hostile, &[&format!("{COOKIE}={session}")]).status == 401
        );
        page.reply
    }),
];

#[test]
fn planted_cookies_are_nobodys() {
    let hostile = Hostile::start("");
    hostile.site.server.approved("two.localhost:/", HELLO);
    play(&hostile, "planted", PLANTED);
}

#[test]
fn garbage_and_a_broken_store_are_nobody() {
    let hostile = Hostile::start("");
    play(&hostile, "garbage", GARBAGE);
}

#[test]
fn cookies_of_the_past_are_dead() {
    let hostile = Hostile::start("");
    hostile.site.server.approved("two.localhost:/", HELLO);
    play(&hostile, "replay", REPLAY);
}

fn app(hostile: &Hostile, cookies: &[&str]) -> Reply {
    hostile.ask(APPS, "/open", cookies)
}

fn garbage(hostile: &Hostile, made: impl FnOnce(&str) -> String) -> Reply {
    let alice = hostile.at_the_door("alice");
    app(
        hostile,
        &[&format!("{COOKIE}={}", made(&session(&alice, APPS)))],
    )
}

/// Does something while a table of the running server cannot be read.
fn without_table<T>(hostile: &Hostile, table: &str, act: impl FnOnce() -> T) -> T {
    let file = hostile.site.server.home().join("metadata.db");
    let rename = |from: &str, to: &str| {
        let store = Connection::open(&file).unwrap();
        store
            .busy_timeout(std::time::Duration::from_secs(10))
            .unwrap();
        // References of other tables keep their old name.
        store
            .pragma_update(None, "legacy_alter_table", true)
            .unwrap();
        store
            .execute_batch(&format!("ALTER TABLE {from} RENAME TO {to}"))
            .unwrap();
    };
    rename(table, "elsewhere");
    let done = act();
    rename("elsewhere", table);
    done
}

/// Somebody who has signed out, whose browser shows the sessions of before all the same.
fn signed_out(hostile: &Hostile) -> Agent {
    let mut agent = hostile.at_the_door("alice");
    let port = hostile.site.port;
    let flow = agent.glance(&format!(
        "http://two.localhost:{port}/_sallyport/login?next=/open"
    ));
    let ticket = agent.glance(location(&flow).as_str());
    agent.glance(location(&ticket).as_str());
    let hosts = [APPS, LOGIN, "two.localhost"];
    let before: Vec<String> = hosts.iter().map(|host| session(&agent, host)).collect();
    hostile.site.sign_out(&mut agent);
    for (host, old) in hosts.iter().zip(&before) {
        agent.set_cookie(host, COOKIE, old);
    }
    agent
}
