//! Go's own answers for html templates, when `GOTEMPLATE_CASES` names the file that holds them.
//!
//! Cases that need typed data or options of Go's API are left out. What still differs is the
//! engine's; the bound is there so that mending it never makes things worse.

use std::collections::BTreeMap;
use std::sync::Arc;

use serde_json::Value as Json;

use crate::template::functions::Functions;
use crate::template::set::Set;

/// Share of cases that must agree, in percent.
const AT_LEAST: usize = 93;

#[test]
fn agrees_with_go() {
    let Some(path) = std::env::var_os("GOTEMPLATE_CASES") else {
        return;
    };
    let text = std::fs::read_to_string(path).unwrap();
    let all: Json = serde_json::from_str(&text).unwrap();
    let plain = |case: &&Json| {
        let special = ["needs", "delims", "missingkey", "funcs"];
        case["suite"] == "html"
            && case["mode"] == "render"
            && special.iter().all(|name| case.get(name).is_none())
    };
    let cases: Vec<&Json> = all["cases"]
        .as_array()
        .unwrap()
        .iter()
        .filter(plain)
        .collect();
    let (same, other): (Vec<&Json>, Vec<&Json>) = cases.iter().partition(|case| agrees(case));
    for case in &other {
        println!(
            "{} {} {:?}",
            case["id"],
            case["templates"][0]["text"],
            answer(case)
        );
    }
    println!("{} of {} cases agree", same.len(), cases.len());
    assert!(same.len() * 100 >= cases.len() * AT_LEAST);
}

fn agrees(case: &Json) -> bool {
    match (answer(case), case["expect"].get("output")) {
        (Ok(found), Some(expected)) => expected.as_str() == Some(found.as_str()),
        (Err(_), None) => true,
        _ => false,
    }
}

fn answer(case: &Json) -> Result<String, String> {
    let mut set = Set::new(Arc::new(Functions::new(&BTreeMap::new(), "")));
    for template in case["templates"].as_array().unwrap() {
        set.add(
            template["name"].as_str().unwrap(),
            template["text"].as_str().unwrap(),
        )?;
    }
    set.execute(case["exec"].as_str().unwrap(), &case["data"], 1 << 20)
}
