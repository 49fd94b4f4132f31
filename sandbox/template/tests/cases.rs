//! Runs the cases of `cases.json`, whose answers are Go's. Its format is the one of the example `conformance`.

#[path = "../examples/conformance/case.rs"]
mod case;
#[path = "../examples/conformance/data.rs"]
mod data;
#[path = "../examples/conformance/functions.rs"]
mod functions;
#[path = "../examples/conformance/json.rs"]
mod json;

#[test]
fn cases_are_answered_as_by_go() {
    let cases: json::Json =
        serde_json::from_str(include_str!("cases.json")).expect("the file is JSON");
    let cases = cases.field("cases").items();
    assert!(cases.len() > 100, "found the cases");
    let differences: Vec<String> = cases
        .iter()
        .filter_map(|case| {
            Some(format!(
                "{}\n{}",
                case.field("id").text(),
                case::differs(case)?
            ))
        })
        .collect();
    assert!(differences.is_empty(), "{}", differences.join("\n"));
}
