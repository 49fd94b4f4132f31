//! Texts and the places where they end.

use super::*;
use crate::escape::context::{Attribute, Part, Slash};

fn check(text: &str, expected: Context) {
    let walked = walk(&Context::default(), text).map_err(|(problem, _)| problem);
    assert_eq!(walked.map(|walked| walked.context), Ok(expected), "{text}");
}

fn state(state: State) -> Context {
    Context::default().at(state)
}

fn script(js: Js, slash: Slash) -> Context {
    Context {
        slash,
        element: Element::Script,
        ..state(State::Js(js))
    }
}

#[test]
fn tags_and_names() {
    check("a <b", Context::in_tag(Element::Other));
    check("<script ", Context::in_tag(Element::Script));
    check("</script ", Context::in_tag(Element::Other));
    check("<b>", Context::default());
    check("< b", Context::default());
    check("<!-- <b>", state(State::Comment));
    check(
        "<title><b>",
        Context {
            element: Element::Title,
            ..state(State::Rcdata)
        },
    );
    check("<title></title>", Context::default());
    check(
        "<title></titles>",
        Context {
            element: Element::Title,
            ..state(State::Rcdata)
        },
    );
}

#[test]
fn values() {
    let url = |delimiter, part| Context {
        delimiter,
        part,
        attribute: Attribute::Url,
        ..state(State::Url)
    };
    check("<a HREF=\"", url(Delimiter::Double, Part::Start));
    check("<a href = ' ", url(Delimiter::Single, Part::Start));
    check("<a href='/a", url(Delimiter::Single, Part::Path));
    check("<a href='/a&#63;", url(Delimiter::Single, Part::Query));
    check("<a href=/a", url(Delimiter::Space, Part::Path));
    check("<a href=/a ", Context::in_tag(Element::Other));
    let click = Context {
        delimiter: Delimiter::Double,
        attribute: Attribute::Script,
        ..state(State::Js(Js::Single))
    };
    check("<a onclick=\"f(&apos;", click.clone());
    check("<a onclick=\"f('", click);
}

#[test]
fn scripts() {
    check("<script>", script(Js::Code, Slash::Regexp));
    check("<script>x ", script(Js::Code, Slash::Division));
    check("<script>'\\'", script(Js::Single, Slash::Regexp));
    check("<script>'</script>", script(Js::Single, Slash::Regexp));
    check("<script>''</script>", Context::default());
    check("<script>x=/[/]", script(Js::Regexp, Slash::Regexp));
    check("<script>// '", script(Js::Line, Slash::Regexp));
    check("<script>// '\n", script(Js::Code, Slash::Regexp));
    check("<script>a <!-- '", script(Js::Open, Slash::Division));
    let braces = |js, braces: &[u32]| Context {
        braces: braces.to_vec(),
        ..script(js, Slash::Regexp)
    };
    check("<script>`${", braces(Js::Code, &[0]));
    check("<script>`${{`${", braces(Js::Code, &[1, 0]));
    check("<script>`${{}}", braces(Js::Template, &[]));
    check("<script type=importmap>", Context::default());
}

#[test]
fn long_scripts_are_read_once() {
    let text = format!("<script>{}", "'a'+`${b}`;{}".repeat(20_000));
    check(&text, script(Js::Code, Slash::Regexp));
    let text = format!("<script>{}x", "-- ".repeat(100_000));
    check(&text, script(Js::Code, Slash::Division));
}
