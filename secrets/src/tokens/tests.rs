//! What counts as a reference, and that tokens survive what apps do to text.

use super::Tokens;

/// Hides `text` and shows it again: the canonical references must be where `expected` has them.
fn check(text: &str, expected: &str) {
    let mut tokens = Tokens::new();
    let hidden = tokens.hide(text);
    assert_eq!(tokens.show(&hidden), expected);
    let found = tokens.find(&hidden).len();
    assert_eq!(found, expected.matches("{{secret").count(), "{hidden}");
}

/// `text` is no reference and stays as it is.
fn plain(text: &str) {
    let mut tokens = Tokens::new();
    assert_eq!(tokens.hide(text), text);
    assert!(tokens.references().is_empty());
}

#[test]
fn literals_are_references() {
    check(r#"x = '{{secret "K"}}'"#, r#"x = '{{secret "K"}}'"#);
    check(r#"{{ secret  "A"   "B" }}"#, r#"{{secret "A" "B"}}"#);
    check(r#""{{secret \"K\"}}""#, r#""{{secret "K"}}""#);
    check("{{secret `K`}}", r#"{{secret "K"}}"#);
    check(r#"a {{- secret "K" -}} b"#, r#"a{{secret "K"}}b"#);
    check(
        r#"{{ secret_from "v" "a/b" "c" }}"#,
        r#"{{secret_from "v" "a/b" "c"}}"#,
    );
    check("{{\n secret\n \"K\"\n}}", r#"{{secret "K"}}"#);
    check(
        r#"{{secret "A"}}{{secret "B"}}"#,
        r#"{{secret "A"}}{{secret "B"}}"#,
    );
}

#[test]
fn everything_else_is_text() {
    plain(r#"{{ secret "K" | b64enc }}"#);
    plain("{{ secret .Key }}");
    plain(r#"{{ secret_from "v" }}"#);
    plain(r#"{{ secrets "K" }}"#);
    plain(r#"{{ secret"K" }}"#);
    plain(r#"{{ secret "" }}"#);
    plain(r#"{{-secret "K"}}"#);
    plain("spsecret00000000000000000000000000000000");
}

#[test]
fn one_reference_has_one_token() {
    let mut tokens = Tokens::new();
    let one = tokens.hide(r#"{{secret "K"}}"#);
    assert_eq!(one, tokens.hide("{{ secret `K` }}"));
    assert_ne!(one, tokens.hide(r#"{{secret "L"}}"#));
    assert_ne!(one, Tokens::new().hide(r#"{{secret "K"}}"#));
    assert_eq!(one.len(), 40);
}

#[test]
fn tokens_are_found_in_any_case_and_unknown_ones_are_not() {
    let mut tokens = Tokens::new();
    let token = tokens.hide(r#"{{secret "K"}}"#);
    let text = format!("k={}&x=spsecret{:032x}", token.to_uppercase(), 7);
    let found = tokens.find(&text);
    assert_eq!(found.len(), 1);
    assert_eq!(&text[found[0].0.clone()], token.to_uppercase());
    assert_eq!(found.first().unwrap().1.keys, ["K"]);
}

#[test]
fn debug_shows_no_token() {
    let mut tokens = Tokens::new();
    tokens.hide(r#"{{secret "K"}}"#);
    assert_eq!(format!("{tokens:?}"), "Tokens(1)");
}
