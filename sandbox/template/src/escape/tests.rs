//! Templates against what a browser sees. What values must not do is checked in `hostile`, by decoders that know nothing of
//! the escapers; here stand one or two examples of every rule.

mod hostile;

use std::sync::Arc;

use crate::set::{Run, Set};
use crate::value::{Safe, Value};
use crate::{Error, Functions};

/// What a template prints for a dot; the first of several is executed.
fn render(templates: &[(&str, &str)], dot: Value) -> Result<String, Error> {
    let mut set = Set::html(Arc::new(Functions::new()));
    for (name, text) in templates {
        set.add(name, text)?;
    }
    let mut out = Vec::new();
    let name = templates.first().map_or("", |(name, _)| name);
    set.execute(name, dot, &mut out, &Run::default())?;
    Ok(String::from_utf8(out).unwrap())
}

fn check(template: &str, dot: impl Into<Value>, expected: &str) {
    let printed = render(&[("t", template)], dot.into());
    assert_eq!(printed.as_deref(), Ok(expected), "{template}");
}

fn check_safe(template: &str, safe: Safe, text: &str, expected: &str) {
    check(template, Value::Safe(safe, text.into()), expected);
}

fn refused(templates: &[(&str, &str)], expected: &str, words: &str) {
    match render(templates, Value::Nil) {
        Err(Error::Escape { class, message }) => {
            assert_eq!(class, expected, "{templates:?}");
            assert!(message.contains(words), "{message}");
        }
        other => panic!("{templates:?}: {other:?}"),
    }
}

#[test]
fn markup() {
    check("{{.}}", "<a b='c'>&+", "&lt;a b=&#39;c&#39;&gt;&amp;&#43;");
    check(
        "<p title=\"{{.}}\">",
        "\" x='",
        "<p title=\"&#34; x=&#39;\">",
    );
    check("<p title={{.}}>", "a b=c`", "<p title=a&#32;b&#61;c&#96;>");
    check("<p title={{.}}>", "", "<p title=ZgotmplZ>");
    check("<p {{.}}>", "Checked", "<p checked>");
    check("<p {{.}}>", "onclick", "<p ZgotmplZ>");
    check("<p {{.}}>", "a=b", "<p ZgotmplZ>");
    check(
        "<title>{{.}}</title>",
        "</title>",
        "<title>&lt;/title&gt;</title>",
    );
}

#[test]
fn comments_and_lone_angles_go() {
    check("a<!-- {{.}} -->b", "x", "ab");
    check("<{{.}}>", "script", "&lt;script>");
    check(
        "<script>a/* {{.}} */b// {{.}}\nc</script>",
        "x",
        "<script>a  b\nc</script>",
    );
    check("<style>a/* {{.}} */b</style>", "x", "<style>a  b</style>");
    check(
        "<script>x='<!-- </script'</script>",
        "",
        "<script>x='\\x3C!-- \\x3C/script'</script>",
    );
    check("<!DOCTYPE html><p>", "", "<!DOCTYPE html><p>");
}

#[test]
fn urls() {
    check("<a href='{{.}}'>", "javascript:x", "<a href='#ZgotmplZ'>");
    check(
        "<a href='{{.}}'>",
        "https://a/b c?d=&e",
        "<a href='https://a/b%20c?d=&amp;e'>",
    );
    check("<a href='/a/{{.}}'>", "b:c?d", "<a href='/a/b:c?d'>");
    check(
        "<a href='/a?b={{.}}'>",
        "c&d=é",
        "<a href='/a?b=c%26d%3d%c3%a9'>",
    );
    check(
        "<a hx-push-url='{{.}}'>",
        "data:x",
        "<a hx-push-url='#ZgotmplZ'>",
    );
    check("<a hx-get='{{.}}'>", "data:x", "<a hx-get='data:x'>");
    check(
        "<img srcset='{{.}}'>",
        "a.png 1x, data:x 2x",
        "<img srcset='a.png 1x,#ZgotmplZ'>",
    );
    check(
        "<meta content='0;url={{.}}'>",
        "data:x",
        "<meta content='0;url=#ZgotmplZ'>",
    );
    check(
        "<meta content='{{.}}'>",
        "data:x",
        "<meta content='data:x'>",
    );
}

#[test]
fn scripts() {
    check(
        "<script>x={{.}}</script>",
        "</script>'",
        "<script>x=\"\\u003c/script\\u003e'\"</script>",
    );
    check(
        "<script>x={{.}}/{{.}}</script>",
        Value::int(-1),
        "<script>x= -1 / -1 </script>",
    );
    check(
        "<script>x={{.}}</script>",
        Value::Missing,
        "<script>x= null </script>",
    );
    check(
        "<script>x={{.}}</script>",
        Value::float(f64::NAN),
        "<script>x= /* json: unsupported value: NaN */null </script>",
    );
    check(
        "<script>x='{{.}}'</script>",
        "'/",
        "<script>x='\\u0027\\/'</script>",
    );
    check(
        "<script>x=`a${b}{{.}}`</script>",
        "${c}",
        "<script>x=`a${b}\\u0024\\u007bc\\u007d`</script>",
    );
    check(
        "<script>x=/{{.}}/</script>",
        "a.b/",
        "<script>x=/a\\.b\\//</script>",
    );
    check(
        "<a onclick='f({{.}})'>",
        "\"",
        "<a onclick='f(&#34;\\&#34;&#34;)'>",
    );
    check(
        "<a onclick='f(&quot;{{.}}&quot;)'>",
        "\"",
        "<a onclick='f(&quot;\\u0022&quot;)'>",
    );
    check(
        "<script type='text/x'>{{.}}</script>",
        "\"",
        "<script type='text/x'>&#34;</script>",
    );
}

#[test]
fn a_slash_is_read_as_javascript_reads_it() {
    for (before, divides) in [
        ("x", true),
        ("x ", true),
        (")", true),
        ("x++", true),
        ("`a`", true),
        ("'a'", true),
        ("x.in", true),
        ("x?.typeof", true),
        ("this.#new", true),
        ("5.", true),
        ("x-", false),
        ("x<", false),
        ("x---", false),
        ("--", false),
        ("", false),
        ("return", false),
        ("...typeof", false),
        ("{", false),
        ("}", false),
        ("`${", false),
    ] {
        let template = format!("<script>{before}/{{{{.}}}}/\n</script>");
        let printed = render(&[("t", &template)], ".".into());
        let expected = if divides { "/\".\"/" } else { "/\\./" };
        let all = match &printed {
            Ok(text) => text.clone(),
            Err(error) => error.to_string(),
        };
        // An open `${` ends the page inside the script, which is told only behind the slash.
        assert!(all.contains(expected) || before == "`${", "{before}: {all}");
    }
    refused(
        &[("t", "<script>await /a/</script>")],
        "ErrSlashAmbig",
        "t:1:8",
    );
}

#[test]
fn styles() {
    check(
        "<p style='width: {{.}}'>",
        "12px",
        "<p style='width: 12px'>",
    );
    check(
        "<p style='width: {{.}}'>",
        "a;b:c",
        "<p style='width: ZgotmplZ'>",
    );
    check(
        "<p style='width: {{.}}'>",
        "expres\\73ion",
        "<p style='width: ZgotmplZ'>",
    );
    check(
        "<style>p{a:'{{.}}'}</style>",
        "'}</",
        "<style>p{a:'\\27\\7d\\3c\\2f '}</style>",
    );
    check(
        "<style>p{a:url({{.}})}</style>",
        "data:x",
        "<style>p{a:url(#ZgotmplZ)}</style>",
    );
    check(
        "<style>p{a:url('/x{{.}}')}</style>",
        "a'b",
        "<style>p{a:url('/xa%27b')}</style>",
    );
}

#[test]
fn vouched_content() {
    check_safe("{{.}}", Safe::Html, "<b>&amp;</b>", "<b>&amp;</b>");
    check_safe(
        "<p t='{{.}}'>",
        Safe::Html,
        "<b t='>'>&amp;\"</b>",
        "<p t='&amp;&#34;'>",
    );
    check_safe(
        "<title>{{.}}</title>",
        Safe::Html,
        "<b>&amp;",
        "<title>&lt;b&gt;&amp;</title>",
    );
    check_safe(
        "<script>{{.}}</script>",
        Safe::Js,
        "f()",
        "<script>f()</script>",
    );
    check_safe(
        "<script>'{{.}}'</script>",
        Safe::JsStr,
        "\\n'",
        "<script>'\\n\\u0027'</script>",
    );
    check_safe(
        "<a href='{{.}}'>",
        Safe::Url,
        "data:a b",
        "<a href='data:a%20b'>",
    );
    check_safe(
        "<a {{.}}>",
        Safe::HtmlAttr,
        "onclick=\"f()\"",
        "<a onclick=\"f()\">",
    );
    check_safe(
        "<p style='{{.}}'>",
        Safe::Css,
        "a:url('b')",
        "<p style='a:url(&#39;b&#39;)'>",
    );
    check_safe(
        "<img srcset='{{.}}'>",
        Safe::Srcset,
        "data:x 1.5x",
        "<img srcset='data:x 1.5x'>",
    );
    check_safe(
        "<a href='{{.}}'>",
        Safe::Html,
        "data:x",
        "<a href='#ZgotmplZ'>",
    );
}

#[test]
fn escapers_of_the_author() {
    check("{{. | html}}", "<+", "&lt;+");
    check("{{html . .}}", "<", "&lt;&lt;");
    check(
        "<a href='/?{{. | urlquery}}'>",
        "a b",
        "<a href='/?a&#43;b'>",
    );
    check("<a href='{{. | html}}'>", "data:x", "<a href='#ZgotmplZ'>");
    check(
        "<a onclick='f({{. | html}})'>",
        "\"",
        "<a onclick='f(&#34;\\&#34;&#34;)'>",
    );
    refused(
        &[("t", "{{. | html | print}}")],
        "ErrPredefinedEscaper",
        "t:1:2: ",
    );
    refused(
        &[("t", "<p t={{. | html}}>")],
        "ErrPredefinedEscaper",
        "\"html\"",
    );
}

#[test]
fn branches() {
    check("<p {{if .}}a{{end}}>", "x", "<p a>");
    check("<p t={{if .}}{{.}}{{end}}>", "a b", "<p t=a&#32;b>");
    check(
        "<a href='{{if .}}/a{{else}}/b{{end}}'>",
        "",
        "<a href='/b'>",
    );
    refused(
        &[("t", "\n{{if .}}<a{{end}}")],
        "ErrBranchEnd",
        "t:2:5: {{if}} branches end in different contexts: ",
    );
    refused(
        &[("t", "<a href='{{if .}}?{{end}}{{.}}'>")],
        "ErrAmbigContext",
        "t:1:27: {{.}} appears",
    );
    refused(
        &[("t", "<script>{{if .}}a{{end}}/b/</script>")],
        "ErrSlashAmbig",
        "division or regexp",
    );
}

#[test]
fn loops() {
    let list = || Value::texts(["a", "b"]);
    check("<p {{range .}} {{.}}{{end}}>", list(), "<p  a b>");
    check(
        "{{range .}}<b>{{if .}}{{continue}}{{end}}</b>{{end}}",
        list(),
        "<b><b>",
    );
    check(
        "<script>[{{range .}}{{.}},{{end}}]</script>",
        list(),
        "<script>[\"a\",\"b\",]</script>",
    );
    refused(
        &[("t", "{{range .}}<a{{end}}")],
        "ErrBadHTML",
        "on range loop re-entry",
    );
    refused(
        &[("t", "{{range .}}<a{{if .}}{{break}}{{end}}>{{end}}")],
        "ErrBranchEnd",
        "at range loop break",
    );
}

#[test]
fn calls() {
    let value = ("v", "{{.}}");
    let page = "{{template \"v\" .}}<a href='{{template \"v\" .}}' onclick='{{template \"v\" .}}'>";
    let printed = render(&[("t", page), value], "a:<".into());
    assert_eq!(
        printed.as_deref(),
        Ok("a:&lt;<a href='#ZgotmplZ' onclick='&#34;a:\\u003c&#34;'>")
    );
    let parts = [("t", "<p {{template \"a\"}}b'>{{.}}"), ("a", "t='")];
    assert_eq!(render(&parts, "<".into()).as_deref(), Ok("<p t='b'>&lt;"));
    let twice = [
        ("t", "{{template \"a\"}}{{.}}'>{{template \"a\"}}{{.}}'>"),
        ("a", "<a href='"),
    ];
    let printed = render(&twice, "data:x".into());
    assert_eq!(
        printed.as_deref(),
        Ok("<a href='#ZgotmplZ'><a href='#ZgotmplZ'>")
    );
    refused(
        &[("t", "<p>\n {{template \"x\"}}")],
        "ErrNoSuchTemplate",
        "t:2:12: no such template \"x\"",
    );
    refused(
        &[("t", "{{template \"a\"}}"), ("a", "<a href='")],
        "ErrEndContext",
        "t: ends in a non-text context: URL",
    );
}

#[test]
fn templates_that_call_themselves() {
    let tree = "{{define \"x\"}}{{if .}}<li>{{template \"x\"}}</li>{{end}}{{end}}<ul>{{template \"x\" .}}</ul>";
    check(tree, "a", "<ul><li></li></ul>");
    let ends_elsewhere = [
        ("t", "<script>x={{template \"x\" .}}/{{.}}</script>"),
        ("x", "{{if .}}{{template \"x\"}}{{end}}a"),
    ];
    let printed = render(&ends_elsewhere, Value::int(2));
    assert_eq!(printed.as_deref(), Ok("<script>x=aa/ 2 </script>"));
    refused(
        &[
            ("t", "<script>{{template \"x\"}}</script>"),
            ("x", "{{if .}}{{template \"x\"}}{{end}}{{.}}\","),
        ],
        "ErrOutputContext",
        "template x",
    );
    refused(
        &[
            ("t", "<script>{{template \"x\"}}"),
            ("x", "`${ {{template \"x\"}}"),
        ],
        "ErrOutputContext",
        "",
    );
}

#[test]
fn what_cannot_be_read_is_refused() {
    for (template, class) in [
        ("<p =a>", "ErrBadHTML"),
        ("<p \"a\">", "ErrBadHTML"),
        ("<p a=b\"c>", "ErrBadHTML"),
        ("<script>x", "ErrEndContext"),
        ("<!-- x", "ErrEndContext"),
        ("<p a='", "ErrEndContext"),
        ("<script>'\\", "ErrPartialEscape"),
        ("<style>'\\", "ErrPartialEscape"),
        ("<script>x=/[", "ErrPartialCharset"),
    ] {
        refused(&[("t", template)], class, "html/template:t");
    }
}
