//! One form for each value, and no form that lies to its reader.
use serde_json::json;

use super::*;

#[test]
fn every_value_has_one_form() {
    let check = |value: Value, expected: &str| {
        let text = text(&value);
        assert_eq!(text, expected);
        let again: Value = serde_json::from_str(&text).unwrap();
        assert_eq!(
            self::text(&again),
            text,
            "reading and writing again changes nothing"
        );
    };
    check(
        json!({"b": 1, "a": [true, null, -2]}),
        r#"{"a":[true,null,-2],"b":1}"#,
    );
    check(json!(1.5), r#""1.5""#);
    check(json!(u64::MAX), "18446744073709551615");
    check(json!("a\nb\u{1b}[2K"), r#""a\nb\u001b[2K""#);
    check(json!("\u{202e}evil\u{2066}"), r#""\u202eevil\u2066""#);
    check(json!("\u{85}\u{7f}\u{2028}"), r#""\u0085\u007f\u2028""#);
    check(json!("\u{e0041}"), r#""\udb40\udc41""#);
    check(json!("grüße \"x\" \\"), r#""grüße \"x\" \\""#);
    check(
        json!({"\u{ffff}": 1, "\u{10000}": 2}),
        "{\"\u{10000}\":2,\"\u{ffff}\":1}",
    );
}

#[test]
fn depth_ends() {
    let deep = (0..200).fold(json!(1), |value, _| json!([value]));
    assert!(text(&deep).contains("[too deep]"));
}

#[test]
fn what_is_too_long_is_cut_and_named_by_its_hash() {
    let limits = Limits { text: 8, items: 2 };
    let check = |mut value: Value, starts: &str| {
        let whole = value.clone();
        shrink(&mut value, limits);
        assert_eq!(within(&whole, limits), whole == value, "{whole}");
        let text = text(&value);
        assert!(text.starts_with(starts), "{text}");
    };
    check(json!("12345678"), r#""12345678""#);
    check(
        json!("123456789"),
        r#""12345678…[cut: 9 bytes, sha256 15e2b0d3c33891ebb0f1ef609ec4194"#,
    );
    check(json!("\u{1b}\u{1b}"), r#""\u001b…[cut: 2 bytes"#);
    check(json!(["a", "b", "c"]), r#"["a","b","…[cut: "#);
    check(
        json!({"a": 1, "b": 2, "c": 3}),
        r#"{"a":1,"b":2,"…":"…[cut: "#,
    );
}
