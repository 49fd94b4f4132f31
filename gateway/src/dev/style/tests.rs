//! Inputs for the compiler, and what is refused in them.

use expect_test::{Expect, expect};

use super::*;

fn style() -> Style {
    Style {
        library: "daisyui".into(),
        themes: vec!["cupcake".into()],
        light: "emerald".into(),
        dark: "night".into(),
        disable_watcher: false,
        custom_themes: vec![],
    }
}

#[track_caller]
fn check(style: &Style, expected: Expect) {
    let text = input(&Inspection::default(), style, Path::new("/srv/app"));
    expected.assert_eq(&text.unwrap_or_else(|error| format!("refused: {error}")));
}

#[test]
fn tailwind_reads_templates_and_scripts() {
    let style = Style {
        library: "tailwindcss".into(),
        ..style()
    };
    check(
        &style,
        expect![[r#"
            @import "tailwindcss" source(none);
            @source "/srv/app/*.go.html";
            @source "/srv/app/base_templates/*.go.html";
            @source "/srv/app/static/*.js";
        "#]],
    );
}

#[test]
fn themes_are_marked_and_made() {
    let brand = vec![("--color-primary".into(), "oklch(98% 0.016 73.684)".into())];
    let style = Style {
        light: "brand".into(),
        custom_themes: vec![("brand".into(), brand)],
        ..style()
    };
    check(
        &style,
        expect![[r#"
            @import "tailwindcss" source(none);
            @source "/srv/app/*.go.html";
            @source "/srv/app/base_templates/*.go.html";
            @source "/srv/app/static/*.js";
            @plugin "daisyui" {
              themes: cupcake, night --prefersdark;
            }
            @plugin "daisyui/theme" {
              name: "brand";
              default: true;
              prefersdark: false;
              --color-primary: oklch(98% 0.016 73.684);
            }
        "#]],
    );
}

/// The compiler runs what its input names as a plugin, so an app must not be able to name one.
#[test]
fn an_app_cannot_add_rules_of_its_own() {
    let evil = "red; } @plugin \"./evil.js\"; x { y: z";
    let property = |name: &str, value: &str| Style {
        custom_themes: vec![("a".into(), vec![(name.into(), value.into())])],
        ..style()
    };
    for style in [
        property("--x", evil),
        property(evil, "red"),
        property("--x", "red/* "),
        property("--x", "a\nb"),
        Style {
            themes: vec![evil.into()],
            ..style()
        },
        Style {
            custom_themes: vec![(evil.into(), vec![])],
            ..style()
        },
    ] {
        assert!(input(&Inspection::default(), &style, Path::new("/srv/app")).is_err());
    }
    for location in [
        "../*.go.html",
        "/etc/*",
        "a\"; @plugin \"./evil.js\"; @source \"*.go.html",
    ] {
        let mut inspection = Inspection::default();
        inspection.settings.template_locations = vec![location.into()];
        assert!(
            input(&inspection, &style(), Path::new("/srv/app")).is_err(),
            "{location}"
        );
    }
}

#[test]
fn version_3_has_a_configuration() {
    let text = old_config(&Inspection::default(), &style(), Path::new("/srv/app"));
    expect![[r#"
        module.exports = {
          content: ["/srv/app/*.go.html","/srv/app/base_templates/*.go.html","/srv/app/static/*.js"],
          theme: { extend: {} },
          plugins: [require("daisyui")],
          daisyui: { themes: ["cupcake","emerald","night"] }
        };
    "#]]
    .assert_eq(&text.unwrap());
}
