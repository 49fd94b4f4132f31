//! Which arguments fit a function, and in whose words the others are refused.

use serde_json::json;

use super::*;

fn check(positional: Value, keyword: Value, expected: Result<(&str, Value), &str>) {
    let positional = positional.as_array().unwrap().clone();
    let keyword = keyword.as_object().unwrap().clone().into_iter().collect();
    match (bind("http.in", "get", positional, keyword), expected) {
        (Ok(bound), Ok((name, value))) => assert_eq!(*bound.value(name), value),
        (Err(error), Err(text)) => assert_eq!(error.to_string(), text),
        (bound, expected) => panic!("{bound:?} instead of {expected:?}"),
    }
}

#[test]
fn arguments_are_bound_by_place_and_by_name() {
    check(json!(["u"]), json!({}), Ok(("url", json!("u"))));
    check(json!([]), json!({"url": "u"}), Ok(("url", json!("u"))));
    check(json!(["u"]), json!({}), Ok(("timeout", json!(300))));
    check(json!(["u", null]), json!({}), Ok(("params", json!({}))));
    check(
        json!(["u"]),
        json!({"json_body": [1]}),
        Ok(("json_body", json!([1]))),
    );
}

#[test]
fn what_does_not_fit_is_refused() {
    check(json!([]), json!({}), Err("get: missing argument for url"));
    check(
        json!(["u"]),
        json!({"x": 1}),
        Err("get: unexpected keyword argument \"x\""),
    );
    check(
        json!(["u"]),
        json!({"url": "v"}),
        Err("get: got multiple values for parameter \"url\""),
    );
    check(
        json!([1]),
        json!({}),
        Err("get: for parameter url: got int64, want string"),
    );
    check(
        json!([["u"]]),
        json!({}),
        Err("get: for parameter url: got list, want string"),
    );
    check(
        json!(["u"]),
        json!({"timeout": 1.5}),
        Err("get: for parameter timeout: got float64, want int"),
    );
    check(
        json!(vec!["u"; 12]),
        json!({}),
        Err("get: got 12 arguments, want at most 11"),
    );
    assert_eq!(
        bind("container.in", "config", vec![], vec![])
            .unwrap_err()
            .to_string(),
        "container.in.config is not available in this version"
    );
}

#[test]
fn documents_are_told_from_dicts() {
    let note = json!({"$entry": {"type": "note", "fields": {"text": "x"}}});
    let insert = |entry: &Value| {
        let bound = bind(
            "store.in",
            "insert",
            vec![json!("note"), entry.clone()],
            vec![],
        );
        bound.map(drop).map_err(|error| error.to_string())
    };
    assert_eq!(insert(&note), Ok(()));
    for (other, kind) in [
        (json!({"text": "x"}), "dict"),
        (json!({"$entry": {"type": "note"}}), "dict"),
        (json!({"$entry": {"type": 1, "fields": {}}}), "dict"),
        (
            json!({"$entry": {"type": "note", "fields": {}}, "x": 1}),
            "dict",
        ),
        (json!(null), "NoneType"),
    ] {
        let text = format!("insert: for parameter entry: got {kind}, want typed entry");
        assert_eq!(insert(&other), Err(text));
    }
    check(
        json!(["u", note]),
        json!({}),
        Err("get: for parameter params: got typed entry, want dict"),
    );
}

#[test]
fn a_filter_is_required_and_may_be_none() {
    let select = |positional| bind("store.in", "select", positional, vec![]);
    assert_eq!(
        select(vec![json!("note")]).unwrap_err().to_string(),
        "select: missing argument for filter"
    );
    let bound = select(vec![json!("note"), json!(null)]).unwrap();
    assert_eq!(*bound.value("filter"), json!(null));
}

#[test]
fn accounts_follow_a_hash() {
    assert_eq!(account("http.in"), ("http.in", ""));
    assert_eq!(account("http.in#work"), ("http.in", "work"));
    assert_eq!(account("http.in#a#b"), ("http.in", "a#b"));
}

/// Case 62: a string is not the list that prints alike.
#[test]
fn strings_are_told_from_lists() {
    let printed = |value: Value| {
        let bound = bind(
            "http.in",
            "post",
            vec![json!("u")],
            vec![("json_body".into(), value)],
        );
        bound.unwrap().subjects().remove(6)
    };
    assert_eq!(printed(json!(["du"])), (6, r#"["du"]"#.to_owned()));
    assert_eq!(printed(json!("[\"du\"]")), (6, r#""[\"du\"]""#.to_owned()));
}

#[test]
fn subjects_are_printed_as_starlark_does() {
    let bound = bind(
        "exec.in",
        "run",
        vec![json!("du"), json!(["-s\"b"])],
        vec![],
    )
    .unwrap();
    assert_eq!(
        bound.subjects().get(..3).unwrap(),
        [
            (0, "du".into()),
            (1, "[\"-s\\\"b\"]".into()),
            (2, "[]".into())
        ]
    );
}
