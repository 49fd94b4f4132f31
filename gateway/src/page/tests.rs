//! What holds for every page.

use http::StatusCode;
use policy::StepUp;

use super::*;
use crate::signin::Way;

fn ways(flow: &str) -> login::Ways<'_> {
    login::Ways {
        flow,
        password: true,
        providers: vec![Way {
            name: "corp",
            title: "<script>\"'&",
            protocol: "oidc",
        }],
        wish: StepUp::parse("mfa,15m"),
    }
}

fn portal(evil: &str) -> home::Portal {
    home::Portal {
        person: Some(home::Person {
            name: evil.into(),
            id: evil.into(),
            groups: vec![evil.into()],
            way: evil.into(),
            mfa: true,
            since: jiff::Timestamp::UNIX_EPOCH,
            leaves: true,
        }),
        action: "/".into(),
        wanted: evil.into(),
        groups: vec![home::Group {
            title: Some(evil.into()),
            apps: vec![home::Entry {
                name: evil.into(),
                address: evil.into(),
                href: evil.into(),
                wish: None,
            }],
        }],
        cut: false,
    }
}

#[test]
fn text_is_escaped_everywhere() {
    let evil = "<script>\"'&";
    let pages = [
        login::choices(&ways(evil), Some(evil)),
        login::code(evil, evil, Some(evil)),
        logout::ask(evil),
        denied::denied(&[evil.to_owned()], evil),
        denied::rejected(StatusCode::BAD_REQUEST, evil),
        home::home(&portal(evil)),
    ];
    for page in pages {
        assert!(!page.contains("<script>"), "{page}");
        assert!(page.contains("&lt;script&gt;&quot;&#39;&amp;"), "{page}");
        assert!(page.contains("<html lang=\"en\">") && page.contains("<title>"));
        assert_eq!(page.matches("<h1").count(), 1, "{page}");
        assert_eq!(page.matches("<main").count(), 1, "{page}");
        assert!(!page.contains(" style="), "our policy forbids it: {page}");
    }
}

#[test]
fn errors_are_announced_and_fields_have_labels() {
    for (page, fields) in [
        (
            login::choices(&ways("f"), Some("wrong")),
            &["name", "password"][..],
        ),
        (login::code("f", "ann", Some("wrong")), &["code"]),
    ] {
        assert!(page.contains("role=\"alert\" id=\"problem\""), "{page}");
        for field in fields {
            let label = format!("<label for=\"{field}\">");
            let input = format!("<input id=\"{field}\" name=\"{field}\"");
            assert!(page.contains(&label) && page.contains(&input), "{page}");
        }
        assert_eq!(page.matches("aria-invalid=\"true\"").count(), fields.len());
        assert_eq!(page.matches("problem\"").count(), fields.len() + 1);
    }
    for page in [
        login::choices(&ways("f"), None),
        login::code("f", "ann", None),
    ] {
        assert!(
            !page.contains("alert") && !page.contains("problem"),
            "{page}"
        );
    }
}

#[test]
fn only_known_assets_exist() {
    assert!(asset(STYLE).is_some());
    assert!(asset("/_sallyport/asset/").is_none());
    assert!(asset("/_sallyport/asset/../page.rs").is_none());
}
