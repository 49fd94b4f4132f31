//! Sets, and the bounds that hold whatever a template says.

use super::*;
use crate::functions::Functions;

fn set(texts: &[(&str, &str)]) -> Result<Set, Error> {
    let mut set = Set::text(Arc::new(Functions::new()));
    for (name, text) in texts {
        set.add(name, text)?;
    }
    Ok(set)
}

fn rendered(texts: &[(&str, &str)], run: &Run) -> Result<String, Error> {
    let mut out = Vec::new();
    set(texts)?.execute("t", Value::Nil, &mut out, run)?;
    Ok(String::from_utf8_lossy(&out).into_owned())
}

/// Runs in a thread with as much stack as the worker's have.
fn on_a_small_stack<T: Send + 'static>(work: impl FnOnce() -> T + Send + 'static) -> T {
    let thread = std::thread::Builder::new().stack_size(2 << 20).spawn(work);
    thread
        .ok()
        .and_then(|thread| thread.join().ok())
        .expect("the thread ends without a crash")
}

#[test]
fn later_texts_replace_templates_that_print() {
    let run = Run::default();
    let check = |texts: &[(&str, &str)], expected: &str| {
        assert_eq!(rendered(texts, &run).as_deref(), Ok(expected))
    };
    check(&[("t", "  "), ("t", "{{/* nothing */}}")], "  ");
    check(&[("t", "first"), ("t", "second")], "second");
    check(&[("t", "first"), ("t", " {{/* nothing */}} ")], "first");
    check(
        &[
            ("t", "{{block \"b\" 1}}[{{.}}]{{end}}"),
            ("u", "{{define \"b\"}}<{{.}}>{{end}}"),
        ],
        "<1>",
    );
    check(&[("t", "{{define \"t\"}}inner{{end}} ")], "inner");
}

#[test]
fn a_copy_goes_its_own_way() {
    let base = set(&[("t", "{{block \"b\" .}}base{{end}}")]).unwrap();
    let mut page = base.copy();
    page.add("page", "{{define \"b\"}}page{{end}}").unwrap();
    let render = |set: &Set| {
        let mut out = Vec::new();
        set.execute("t", Value::Nil, &mut out, &Run::default())
            .unwrap();
        String::from_utf8(out).unwrap()
    };
    assert_eq!(
        (render(&base).as_str(), render(&page).as_str()),
        ("base", "page")
    );
    assert!(page.has("page") && !base.has("page"));
}

#[test]
fn an_html_set_is_closed_by_its_first_execution() {
    let mut set = Set::html(Arc::new(Functions::new()));
    set.add("t", "<p>{{.}}").unwrap();
    let mut out = Vec::new();
    set.execute("t", Value::text("<"), &mut out, &Run::default())
        .unwrap();
    assert_eq!(out, b"<p>&lt;");
    assert!(set.add("u", "x").is_err());
    assert!(set.copy().add("u", "x").is_ok());
    let missing = set.execute("nope", Value::Nil, &mut out, &Run::default());
    assert_eq!(
        missing.unwrap_err().to_string(),
        "html/template: \"nope\" is undefined"
    );
}

#[test]
fn runs_have_bounds() {
    let check = |text: &str, run: Run, expected: &str| {
        let error = rendered(&[("t", text)], &run).unwrap_err().to_string();
        assert!(error.contains(expected), "{error}");
    };
    check(
        "{{range 1000000}}{{range 1000000}}{{end}}{{end}}",
        Run {
            steps: 5000,
            ..Run::default()
        },
        "more than 5000 steps",
    );
    check(
        "{{range 1000}}123456789{{end}}",
        Run {
            output: 100,
            ..Run::default()
        },
        "longer than 100 bytes",
    );
    check(
        "{{range 100000000}}{{end}}",
        Run {
            steps: 5000,
            ..Run::default()
        },
        "more than 5000 steps",
    );
    check(
        "{{$x := \"ab\"}}{{range 100}}{{$x = print $x $x}}{{end}}",
        Run {
            output: 1 << 20,
            ..Run::default()
        },
        "longer than 1048576 bytes",
    );
    check(
        "{{template \"t\" .}}",
        Run::default(),
        "exceeded maximum template depth (1000)",
    );
}

#[test]
fn no_text_exhausts_the_stack() {
    let nested = |open: &str, close: &str, times: usize| {
        format!("{}{}", open.repeat(times), close.repeat(times))
    };
    for text in [
        nested("{{if 1}}", "{{end}}", 10_000),
        nested("{{range 1}}{{with 1}}", "{{end}}{{end}}", 10_000),
        format!("{{{{{}1{}}}}}", "(".repeat(10_000), ")".repeat(10_000)),
        format!("{{{{if 0}}}}{}{{{{end}}}}", "{{else if 0}}".repeat(10_000)),
        format!("{{{{print {}}}}}", "(print ".repeat(10_000)),
        nested("{{block \"b\" 1}}", "{{end}}", 10_000),
    ] {
        let error = on_a_small_stack(move || {
            rendered(&[("t", &text)], &Run::default())
                .unwrap_err()
                .to_string()
        });
        assert!(error.contains("levels deep"), "{error}");
    }
}

#[test]
fn what_the_parser_allows_fits_on_the_stack() {
    let times = 145;
    let nested = |open: &str, inner: &str, close: &str| {
        format!("{}{inner}{}", open.repeat(times), close.repeat(times))
    };
    for text in [
        nested("{{if 1}}", "x", "{{end}}"),
        nested("{{range 1}}<p>", "x", "{{end}}"),
        nested("{{with 1}}", "x", "{{else}}{{end}}"),
        format!("{{{{{}}}}}", nested("(", "1", ")")),
        format!("{{{{{}}}}}", nested("(print ", "1", " 2)")),
        format!("{{{{if 0}}}}{}x{{{{end}}}}", "{{else if 0}}".repeat(times)),
    ] {
        on_a_small_stack(move || {
            for mut set in [
                Set::text(Arc::new(Functions::new())),
                Set::html(Arc::new(Functions::new())),
            ] {
                set.add("t", &text).unwrap();
                set.template("t").unwrap().to_string();
                set.execute("t", Value::Nil, &mut Vec::new(), &Run::default())
                    .unwrap();
            }
        });
    }
}
