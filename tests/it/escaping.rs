//! Hostile data in a real browser: whatever the context, it is shown as data and nothing of it runs.

use serde_json::{Value, json};

use crate::browser::Browser;
use crate::harness::{DEV, Server};

/// Each would set `window.owned` where its context lets it out.
const HOSTILE: &[&str] = &[
    "<script>owned=1</script>",
    "<img src=x onerror=owned=1>",
    "\" onmouseover=\"owned=1\" autofocus onfocus=\"owned=1",
    "' onfocus='owned=1' autofocus x='",
    " onfocus=owned=1 autofocus tabindex=0",
    "javascript:owned=1",
    "JaVa\tScript:owned=1",
    "data:text/html,<script>parent.owned=1</script>",
    "');owned=1;('",
    "\");owned=1;(\"",
    "`;owned=1;`",
    "${owned=1}",
    "</script><script>owned=1</script>",
    "</style><script>owned=1</script>",
    "</textarea><script>owned=1</script>",
    "</title><script>owned=1</script>",
    "--><script>owned=1</script>",
    "\\'-(owned=1)-'",
    "\u{2028}owned=1\u{2029}",
    "red;background:url(javascript:owned=1)",
    "expression(owned=1)",
    "x}*{background:red}",
    "a.png 1x, javascript:owned=1 2x",
    "]]><script>owned=1</script>",
    "\u{0}<script>owned=1</script>",
    "{{ .AppName }}",
];

const APP: &str = r#"
HOSTILE = $HOSTILE

app = ace.app("Escaping", custom_layout=True, routes=[
    ace.html("/", handler=lambda req: {"value": HOSTILE[int(req.Query["n"][0])]}),
])
"#;

const PAGE: &str = r##"<!DOCTYPE html>
<html lang="en">
<head><title>{{ .Data.value }}</title><link rel="icon" href="data:,">
<style>#css { color: {{ .Data.value }} } #font { font-family: "{{ .Data.value }}" }</style></head>
<body>
<p id="text">{{ .Data.value }}</p>
<textarea id="area">{{ .Data.value }}</textarea>
<p id="quoted" title="{{ .Data.value }}">a</p>
<p id="single" title='{{ .Data.value }}'>b</p>
<p id="bare" title={{ .Data.value }}>c</p>
<p id="style" style="width: {{ .Data.value }}">d</p>
<a id="href" href="{{ .Data.value }}">e</a>
<a id="path" href="/x/{{ .Data.value }}">f</a>
<a id="query" href="/x?q={{ .Data.value }}">g</a>
<img id="srcset" alt="" srcset="{{ .Data.value }}">
<button id="handler" type="button" onclick="window.said = {{ .Data.value }}">h</button>
<div id="plain" hx-get="{{ .Data.value }}" data-x="{{ .Data.value }}">i</div>
<!-- {{ .Data.value }} -->
<script>
  window.value = {{ .Data.value }};
  window.single = '{{ .Data.value }}';
  window.doubled = "{{ .Data.value }}";
  window.literal = `{{ .Data.value }}`;
  window.object = {{ .Data }};
</script>
</body></html>
"##;

#[test]
fn hostile_data_stays_data_in_every_context() {
    let server = Server::start();
    let app = APP.replace("$HOSTILE", &starlark(HOSTILE));
    server.approved("/e", &[("app.star", app.as_str()), ("index.go.html", PAGE)]);
    let browser = Browser::signed_in(&server, DEV);
    for (at, hostile) in HOSTILE.iter().enumerate() {
        browser.goto(&server, &format!("/e/?n={at}"));
        for id in ["quoted", "single", "bare", "href", "handler"] {
            browser.run(&format!(
                "const e = document.getElementById('{id}'); e.dispatchEvent(new MouseEvent('mouseover')); e.focus()"
            ));
        }
        browser.run("document.getElementById('handler').click()");
        check(&browser, hostile);
    }
    assert_eq!(server.last("app.access")["decision"], "allow");
}

fn check(browser: &Browser, hostile: &str) {
    let seen = browser.run(
        "const at = id => document.getElementById(id);
         return {owned: window.owned ?? null, scripts: document.scripts.length,
           text: at('text').textContent, area: at('area').value, title: document.title,
           attributes: ['quoted', 'single', 'bare'].map(id => at(id).title),
           names: ['quoted', 'single', 'bare'].map(id => at(id).attributes.length),
           plain: [at('plain').getAttribute('hx-get'), at('plain').dataset.x],
           href: at('href').protocol, path: new URL(at('path').href).pathname.startsWith('/x/'),
           query: new URL(at('query').href).searchParams.get('q'),
           srcset: at('srcset').srcset, style: at('style').getAttribute('style'),
           strings: [window.value, window.single, window.doubled, window.literal, window.object.value, window.said],
           rules: document.styleSheets[0].cssRules.length}",
    );
    // HTML has no NUL: a browser reads U+FFFD where one was.
    let shown = hostile.replace('\0', "\u{fffd}");
    let same = |value: &Value| value.as_str() == Some(&shown);
    assert_eq!(seen["owned"], Value::Null, "{hostile:?}: {seen}");
    assert_eq!(seen["scripts"], json!(1), "{hostile:?}: {seen}");
    assert_eq!(seen["names"], json!([2, 2, 2]), "{hostile:?}: {seen}");
    assert!(
        same(&seen["text"]) && same(&seen["area"]),
        "{hostile:?}: {seen}"
    );
    for value in ["attributes", "plain"] {
        let all = seen[value].as_array().unwrap();
        assert!(all.iter().all(same), "{hostile:?} {value}: {seen}");
    }
    let strings = seen["strings"].as_array().unwrap();
    let whole = |value: &Value| [Some(hostile), Some(shown.as_str())].contains(&value.as_str());
    assert!(strings.iter().all(whole), "{hostile:?} strings: {seen}");
    assert!(
        seen["href"] != "javascript:" && seen["href"] != "data:",
        "{hostile:?}: {seen}"
    );
    assert_eq!(seen["path"], json!(true), "{hostile:?}: {seen}");
    assert!(
        seen["query"]
            .as_str()
            .is_some_and(|query| query == hostile || query == shown),
        "{hostile:?}: {seen}"
    );
    assert!(
        !seen["srcset"].as_str().unwrap().contains("javascript:"),
        "{hostile:?}: {seen}"
    );
    assert!(
        !seen["style"].as_str().unwrap().contains("background"),
        "{hostile:?}: {seen}"
    );
    assert_eq!(seen["rules"], json!(2), "{hostile:?}: {seen}");
}

/// A list of texts as Starlark reads it.
fn starlark(texts: &[&str]) -> String {
    let quoted = |text: &&str| {
        let letters = text.chars().map(|letter| match letter {
            '"' | '\\' => format!("\\{letter}"),
            letter if letter.is_control() || letter > '~' => {
                format!("\\u{:04x}", u32::from(letter))
            }
            letter => letter.to_string(),
        });
        format!("\"{}\"", letters.collect::<String>())
    };
    format!(
        "[{}]",
        texts.iter().map(quoted).collect::<Vec<_>>().join(", ")
    )
}
