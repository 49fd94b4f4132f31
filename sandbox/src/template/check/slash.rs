//! Refuses scripts in which the engine cannot tell a division from a regular expression.
//!
//! It decides by the token before the slash, and is wrong after `}`, after `yield`, after `{`
//! inside a template literal, and after a property named like a keyword (`traffic.in / 1024`).
//! Being wrong means escaping the values that follow for the wrong place, which lets data become
//! code. So such a template does not load.

/// Words before which the engine expects a regular expression.
const KEYWORDS: [&str; 12] = [
    "break",
    "case",
    "continue",
    "delete",
    "do",
    "else",
    "finally",
    "in",
    "instanceof",
    "return",
    "throw",
    "typeof",
];

/// Checks every `<script>` of a file that has an action after a doubtful slash.
pub fn clear(name: &str, text: &str) -> Result<(), String> {
    let lower = text.to_ascii_lowercase();
    let mut from = 0;
    while let Some(start) = lower
        .get(from..)
        .and_then(|rest| rest.find("<script"))
        .map(|at| from + at)
    {
        let rest = lower.get(start..).unwrap_or("");
        let end = rest
            .find("</script")
            .map_or(text.len(), |length| start + length);
        let script = text.get(start..end).unwrap_or("");
        if let Some(at) = doubtful(script) {
            let line = text.get(..start + at).unwrap_or("").matches('\n').count() + 1;
            return Err(format!(
                "template: {name}:{line}: '/' could start a division or regexp; put the value into a variable \
                 before it, or parentheses around what stands before the slash"
            ));
        }
        from = end.max(start + 1);
    }
    Ok(())
}

/// Where a doubtful slash with an action after it is.
fn doubtful(script: &str) -> Option<usize> {
    let last_action = script.rfind("{{")?;
    let slashes = script
        .match_indices('/')
        .map(|(at, _)| at)
        .filter(|at| *at < last_action);
    slashes.into_iter().find(|at| is_doubtful(script, *at))
}

fn is_doubtful(script: &str, at: usize) -> bool {
    let (before, after) = (
        script.get(..at).unwrap_or(""),
        script.get(at + 1..).unwrap_or(""),
    );
    let comment = after.starts_with(['/', '*']) || before.ends_with(['/', '*', '<']);
    let before = before.trim_end();
    if comment || before.ends_with("}}") {
        return false;
    }
    let word_at = before
        .rfind(|c: char| !c.is_ascii_alphanumeric() && c != '_' && c != '$')
        .map_or(0, |at| at + 1);
    let (rest, word) = before.split_at_checked(word_at).unwrap_or((before, ""));
    let inside_literal = before.ends_with('{') && before.matches('`').count() % 2 == 1;
    before.ends_with('}')
        || inside_literal
        || word == "yield"
        || (KEYWORDS.contains(&word) && rest.ends_with(['.', '#']))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn only_doubtful_slashes_before_an_action_are_refused() {
        let check =
            |text: &str, expected: bool| assert_eq!(clear("t", text).is_ok(), expected, "{text}");
        check("<script>x = (a + b) / 2; y = {{.}};</script>", true);
        check("<script>f(){} // comment\ny = {{.}};</script>", true);
        check("<script>x = {{.a}} / {{.b}};</script>", true);
        check("<script src=\"/a.js\"></script><p>} / {{.}}</p>", true);
        check("<script>x = {} / 2</script>{{.}}", true);
        check("<script>if (a) {b()}/{{.}}/g.test(x)</script>", false);
        check(
            "<script>const kb = traffic.in / 1024; const user = {{.}};</script>",
            false,
        );
        check("<script>`${(function(){/{{.}}/g})}`</script>", false);
        check("<SCRIPT>function* f() { yield /{{.}}/g }</SCRIPT>", false);
    }
}
