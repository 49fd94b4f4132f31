//! Refuses what the parser would let pass: blocks that do not close, ends without a beginning.

mod slash;

pub use slash::clear;

/// Checks one file; errors read as Go's do.
pub fn balanced(name: &str, text: &str) -> Result<(), String> {
    let mut open: Vec<&str> = Vec::new();
    let mut rest = text;
    let mut line = 1;
    while let Some(start) = rest.find("{{") {
        let (before, action) = rest.split_at_checked(start + 2).unwrap_or((rest, ""));
        line += before.matches('\n').count();
        let length = action_end(action)
            .ok_or_else(|| format!("template: {name}:{line}: unclosed action"))?;
        let (inside, after) = action.split_at_checked(length).unwrap_or((action, ""));
        step(keyword(inside), &mut open)
            .map_err(|word| format!("template: {name}:{line}: unexpected {{{{{word}}}}}"))?;
        line += inside.matches('\n').count();
        rest = after;
    }
    match open.last() {
        Some(_) => Err(format!(
            "template: {name}:{}: unexpected EOF",
            text.matches('\n').count() + 1
        )),
        None => Ok(()),
    }
}

fn step<'a>(word: &'a str, open: &mut Vec<&'a str>) -> Result<(), &'a str> {
    match word {
        "if" | "range" | "with" | "block" | "define" => open.push(word),
        "end" => {
            open.pop().ok_or("end")?;
        }
        "else" if !matches!(open.last(), Some(&("if" | "range" | "with"))) => return Err("else"),
        _ => {}
    }
    Ok(())
}

/// First word of an action, without the trim marker.
fn keyword(inside: &str) -> &str {
    let inside = inside.strip_prefix('-').unwrap_or(inside).trim_start();
    let end = inside
        .find(|c: char| !c.is_ascii_alphanumeric() && c != '_')
        .unwrap_or(inside.len());
    inside.get(..end).unwrap_or("")
}

/// Bytes of an action up to and including `}}`.
fn action_end(action: &str) -> Option<usize> {
    let body = action.strip_prefix('-').unwrap_or(action).trim_start();
    if body.starts_with("/*") {
        let comment = action.find("*/")?;
        return action
            .get(comment..)?
            .find("}}")
            .map(|end| comment + end + 2);
    }
    let mut quote = None;
    let mut escaped = false;
    for (at, character) in action.char_indices() {
        match quote {
            _ if escaped => escaped = false,
            Some('"' | '\'') if character == '\\' => escaped = true,
            Some('"' | '\'') if character == '\n' => return None,
            Some(open) if character == open => quote = None,
            Some(_) => {}
            None if matches!(character, '"' | '\'' | '`') => quote = Some(character),
            None if action.get(at..).is_some_and(|rest| rest.starts_with("}}")) => {
                return Some(at + 2);
            }
            None => {}
        }
    }
    None
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn blocks_must_close_and_ends_must_end_something() {
        let check = |text: &str, expected: &str| {
            assert_eq!(
                balanced("t", text).err().unwrap_or_default(),
                expected,
                "{text}"
            );
        };
        check("{{if .a}}x{{else}}y{{end}}{{- range . -}}{{ end }}", "");
        check("{{/* {{if}} */}}{{\"}}{{if\"}}{{`{{end}}`}}", "");
        check("a\n{{end}}", "template: t:2: unexpected {{end}}");
        check("{{else}}", "template: t:1: unexpected {{else}}");
        check("{{block \"a\" .}}\n\nx", "template: t:3: unexpected EOF");
        check("{{if", "template: t:1: unclosed action");
        check("{{\"a\n\"}}", "template: t:1: unclosed action");
    }
}
