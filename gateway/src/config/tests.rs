//! Configuration: what is accepted, and how mistakes are shown.
#![expect(clippy::unwrap_used, reason = "tests")]

use expect_test::{Expect, expect};
use miette::{GraphicalReportHandler, GraphicalTheme};

use super::{Config, reference::SECTIONS};

fn check(text: &str, expected: Expect) {
    let error = Config::parse("sallyport.toml", text).unwrap_err();
    let mut shown = String::new();
    GraphicalReportHandler::new_themed(GraphicalTheme::none()).render_report(&mut shown, &error).unwrap();
    expected.assert_eq(&shown);
}

#[test]
fn unknown_key() {
    check("[http]\nprot = 80\n", expect![[""]]);
}

#[test]
fn unknown_section() {
    check("[htps]\nport = 80\n", expect![[""]]);
}

#[test]
fn number_out_of_bounds() {
    check("[apps]\nconcurrent = 0\n", expect![[""]]);
}

#[test]
fn lone_cert() {
    check("[https]\ncert = \"a.pem\"\n", expect![[""]]);
}

#[test]
fn period_without_unit() {
    check("[login]\nsession_idle = \"30\"\n", expect![[""]]);
}

#[test]
fn defaults_are_as_documented() {
    let text: String = SECTIONS
        .iter()
        .map(|(name, _, fields)| {
            let keys: String = fields
                .iter()
                .filter(|field| !field.default.is_empty())
                .map(|field| format!("{} = {}\n", field.key, field.default))
                .collect();
            format!("[{name}]\n{keys}\n")
        })
        .collect();
    let documented = Config::parse("reference", &text).unwrap();
    assert_eq!(toml::to_string(&documented).unwrap(), toml::to_string(&Config::default()).unwrap());
    assert_eq!(text.trim(), toml::to_string(&Config::default()).unwrap().trim());
}
