//! One case: what Go answered, what the engine answers, and whether that is the same.

use std::sync::Arc;

use gotemplate::{Error, Functions, MissingKey, Run, Set, Value};

use crate::json::Json;
use crate::{data, functions};

/// What a case gave, for comparing: a stage and the output or the reason.
#[derive(PartialEq)]
struct Outcome {
    stage: &'static str,
    class: String,
    output: Vec<u8>,
    /// The words of an error, which need not be equal.
    words: String,
}

/// How a case differs from what is expected of it.
pub fn differs(case: &Json) -> Option<String> {
    let mut expected = expected(case.field("expect"));
    if expected.stage == "parsed" && !matches!(case.field("delims"), Json::Null) {
        expected.output.clear();
    }
    let got = outcome(case);
    let same_class = expected.stage != "escape" || expected.class == got.class;
    if expected.stage == got.stage && same_class && expected.output == got.output {
        return None;
    }
    let templates: Vec<String> = case
        .field("templates")
        .items()
        .iter()
        .map(|template| format!("{:?}", template.field("text").text()))
        .collect();
    Some(format!(
        "  template {}\n  want {}\n  got  {}",
        templates.join(" + "),
        shown(&expected),
        shown(&got)
    ))
}

fn shown(outcome: &Outcome) -> String {
    format!(
        "{} {} {:?} {}",
        outcome.stage,
        outcome.class,
        String::from_utf8_lossy(&outcome.output),
        outcome.words
    )
}

fn expected(expect: &Json) -> Outcome {
    let mut outcome = Outcome {
        stage: "output",
        class: String::new(),
        output: Vec::new(),
        words: String::new(),
    };
    let error = expect.field("error");
    if let Json::Object(_) = error {
        outcome.stage = match error.field("stage").text() {
            "parse" => "parse",
            "escape" => "escape",
            _ => "exec",
        };
        outcome.class = error.field("class").text().to_owned();
        outcome.words = error.field("message").text().to_owned();
    } else if let Json::Text(text) = expect.field("output_b64") {
        use base64::Engine;
        outcome.output = base64::engine::general_purpose::STANDARD
            .decode(text)
            .unwrap_or_default();
    } else if let Json::Bool(true) = expect.field("parsed") {
        outcome.stage = "parsed";
        outcome.output = expect.field("canonical").text().into();
    } else {
        outcome.output = expect.field("output").text().into();
    }
    outcome
}

fn outcome(case: &Json) -> Outcome {
    let mut output = Vec::new();
    let (stage, class, words) = match answer(case, &mut output) {
        Ok(stage) => (stage, String::new(), String::new()),
        Err(error) => {
            output.clear();
            let words = error.to_string();
            match error {
                Error::Parse(_) => ("parse", String::new(), words),
                Error::Escape { class, .. } => ("escape", class.to_owned(), words),
                Error::Execute(_) => ("exec", String::new(), words),
            }
        }
    };
    Outcome {
        stage,
        class,
        output,
        words,
    }
}

fn answer(case: &Json, output: &mut Vec<u8>) -> Result<&'static str, Error> {
    let set = set(case)?;
    if case.field("mode").text() == "parse" {
        let first = case
            .field("templates")
            .items()
            .first()
            .map(|template| template.field("name").text());
        // With other delimiters, Go's text has them too; ours has the usual ones.
        let usual = matches!(case.field("delims"), Json::Null);
        if let (true, Some(tree), Json::Text(_)) = (
            usual,
            first.and_then(|name| set.template(name)),
            case.field("expect").field("canonical"),
        ) {
            output.extend_from_slice(tree.to_string().as_bytes());
        }
        return Ok("parsed");
    }
    let dot: Value = data::value(case.field("data"));
    set.execute(case.field("exec").text(), dot, output, &Run::default())?;
    Ok("output")
}

fn set(case: &Json) -> Result<Set, Error> {
    let mut functions = Functions::new();
    for name in case.field("funcs").items() {
        functions::add(name.text(), &mut functions);
    }
    let functions = Arc::new(functions);
    let mut set = if case.field("suite").text() == "html" {
        Set::html(functions)
    } else {
        Set::text(functions)
    };
    if let [left, right] = case.field("delims").items() {
        set = set.with_delimiters(left.text(), right.text());
    }
    set = set.with_missing_key(match case.field("missingkey").text() {
        "zero" => MissingKey::Zero,
        "error" => MissingKey::Error,
        _ => MissingKey::Invalid,
    });
    for template in case.field("templates").items() {
        set.add(template.field("name").text(), template.field("text").text())?;
    }
    Ok(set)
}
