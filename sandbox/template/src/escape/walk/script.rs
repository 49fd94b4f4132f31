//! JavaScript, as far as its strings, comments and regular expressions go. Whether a slash divides or begins a regular
//! expression is told by the token before it; where that is not certain, the answer is that it depends.

use super::super::context::{Context, Js, Slash, State};
use super::{SCRIPT, Step, block_comment, find_any, head, line_comment, rest};
use crate::escape::problem::Problem;

const LINE_BREAKS: [&[u8]; 4] = [b"\n", b"\r", "\u{2028}".as_bytes(), "\u{2029}".as_bytes()];

/// One step through a script.
pub fn step(js: Js, context: Context, text: &[u8]) -> Step {
    match js {
        Js::Code => code(context, text),
        Js::Double => literal(context, text, b'"'),
        Js::Single => literal(context, text, b'\''),
        Js::Template => template(context, text),
        Js::Regexp => regexp(context, text),
        Js::Block => Ok(block_comment(context, text, SCRIPT)),
        Js::Line | Js::Open | Js::Close => Ok(line_comment(context, text, &LINE_BREAKS, SCRIPT)),
    }
}

/// Code up to behind the next thing that is not a plain token.
fn code(mut context: Context, text: &[u8]) -> Step {
    let Some((at, begins)) = special(text) else {
        context.slash = slash_behind(text, context.slash);
        return Ok((context, text.len()));
    };
    context.slash = slash_behind(head(text, at), context.slash);
    let behind = at + begins.length();
    match begins {
        Begins::Comment(js, _) => return Ok((context.at(State::Js(js)), behind)),
        Begins::Literal(js) => {
            context.slash = Slash::Regexp;
            context.state = State::Js(js);
        }
        Begins::Slash => match context.slash {
            Slash::Regexp => context.state = State::Js(Js::Regexp),
            Slash::Division => context.slash = Slash::Regexp,
            Slash::Unknown => return Err(Problem::slash(rest(text, at))),
        },
        Begins::Brace(opens) => brace(&mut context, opens),
    }
    Ok((context, behind))
}

/// What a byte in code begins.
#[derive(Clone, Copy)]
enum Begins {
    Comment(Js, usize),
    Literal(Js),
    Slash,
    Brace(bool),
}

impl Begins {
    fn length(self) -> usize {
        match self {
            Begins::Comment(_, length) => length,
            Begins::Literal(_) | Begins::Slash | Begins::Brace(_) => 1,
        }
    }
}

fn special(text: &[u8]) -> Option<(usize, Begins)> {
    (0..text.len()).find_map(|at| begins(rest(text, at)).map(|begins| (at, begins)))
}

fn begins(text: &[u8]) -> Option<Begins> {
    Some(match text {
        [b'"', ..] => Begins::Literal(Js::Double),
        [b'\'', ..] => Begins::Literal(Js::Single),
        [b'`', ..] => Begins::Literal(Js::Template),
        [b'/', b'/', ..] | [b'#', b'!', ..] => Begins::Comment(Js::Line, 2),
        [b'/', b'*', ..] => Begins::Comment(Js::Block, 2),
        [b'/', ..] => Begins::Slash,
        [b'<', b'!', b'-', b'-', ..] => Begins::Comment(Js::Open, 4),
        [b'-', b'-', b'>', ..] => Begins::Comment(Js::Close, 3),
        [b'{', ..] => Begins::Brace(true),
        [b'}', ..] => Begins::Brace(false),
        _ => return None,
    })
}

/// Counts braces inside `${}`; the one that closes it leads back into the template literal.
fn brace(context: &mut Context, opens: bool) {
    context.slash = Slash::Regexp;
    match context.braces.last_mut() {
        Some(depth) if opens => *depth = depth.saturating_add(1),
        Some(0) => {
            context.braces.pop();
            context.state = State::Js(Js::Template);
        }
        Some(depth) => *depth -= 1,
        None => {}
    }
}

/// A quoted string up to behind its end.
fn literal(context: Context, text: &[u8], quote: u8) -> Step {
    let mut at = 0;
    while let Some(found) = find_any(rest(text, at), &[quote, b'\\']) {
        at += found + 1;
        if text.get(at - 1) == Some(&quote) {
            return Ok((behind_value(context), at));
        }
        at = behind_backslash(text, at)?;
    }
    Ok((context, text.len()))
}

/// A template literal up to behind its end or the start of a `${`.
fn template(mut context: Context, text: &[u8]) -> Step {
    let mut at = 0;
    while let Some(found) = find_any(rest(text, at), b"`\\$") {
        at += found + 1;
        match (text.get(at - 1), text.get(at)) {
            (Some(b'`'), _) => return Ok((behind_value(context), at)),
            (Some(b'\\'), _) => at = behind_backslash(text, at)?,
            (_, Some(b'{')) => {
                context.braces.push(0);
                context.slash = Slash::Regexp;
                return Ok((context.at(SCRIPT), at + 1));
            }
            _ => {}
        }
    }
    Ok((context, text.len()))
}

/// A regular expression up to behind its end. A slash in a set of characters does not end it, and neither does the one of
/// `</script`, which is hidden.
fn regexp(context: Context, text: &[u8]) -> Step {
    let mut at = 0;
    let mut in_set = false;
    while let Some(found) = find_any(rest(text, at), b"\\/[]") {
        at += found + 1;
        match text.get(at - 1) {
            Some(b'\\') => at = behind_backslash(text, at)?,
            Some(b'[') => in_set = true,
            Some(b']') => in_set = false,
            _ if in_set || is_script_end(text, at) => {}
            _ => return Ok((behind_value(context), at)),
        }
    }
    match in_set {
        true => Err(Problem::charset(text)),
        false => Ok((context, text.len())),
    }
}

fn is_script_end(text: &[u8], behind_slash: usize) -> bool {
    let start = behind_slash.checked_sub(2);
    start.is_some_and(|start| super::starts_with_fold(rest(text, start), b"</script"))
}

fn behind_backslash(text: &[u8], at: usize) -> Result<usize, Problem> {
    match at < text.len() {
        true => Ok(at + 1),
        false => Err(Problem::escape("JS", text)),
    }
}

/// Code behind a value: a slash divides it.
fn behind_value(mut context: Context) -> Context {
    context.slash = Slash::Division;
    context.at(SCRIPT)
}

/// What a slash begins behind some tokens; `before` holds behind none.
fn slash_behind(text: &[u8], before: Slash) -> Slash {
    let mut text = trim_end(text);
    while let Some(operand) = without_steps(text) {
        text = trim_end(operand);
    }
    let Some((last, front)) = text.split_last() else {
        return before;
    };
    match last {
        b'.' if front.last().is_some_and(u8::is_ascii_digit) => Slash::Division,
        b'.' | b',' | b'<' | b'>' | b'=' | b'*' | b'%' | b'&' | b'|' | b'^' | b'?' | b'!'
        | b'~' | b'(' | b'[' | b':' | b';' | b'{' | b'}' | b'+' | b'-' => Slash::Regexp,
        _ => behind_word(text),
    }
}

/// What stands before `++` or `--`: they change nothing, since `x++ / 2` divides and `++/a/.x` does not. In `x---` the last
/// one subtracts.
fn without_steps(text: &[u8]) -> Option<&[u8]> {
    let last = text.last().filter(|byte| matches!(byte, b'+' | b'-'))?;
    let run = text.iter().rev().take_while(|byte| *byte == last).count();
    (run % 2 == 0).then(|| head(text, text.len() - run))
}

fn trim_end(mut text: &[u8]) -> &[u8] {
    loop {
        let end = LINE_BREAKS
            .iter()
            .chain(&[b" " as &[u8], b"\t", b"\x0c", b"\x0b"])
            .find_map(|space| text.strip_suffix(*space));
        match end {
            Some(shorter) => text = shorter,
            None => return text,
        }
    }
}

/// Behind a keyword no value has ended yet, unless the word is the name of a property.
fn behind_word(text: &[u8]) -> Slash {
    let length = text.iter().rev().take_while(|byte| is_word(**byte)).count();
    let (front, word) = text
        .split_at_checked(text.len() - length)
        .unwrap_or_default();
    let front = trim_end(front);
    let is_property =
        front.last() == Some(&b'#') || (front.last() == Some(&b'.') && !front.ends_with(b".."));
    if is_property {
        return Slash::Division;
    }
    match word {
        b"break" | b"case" | b"continue" | b"default" | b"delete" | b"do" | b"else"
        | b"extends" | b"finally" | b"in" | b"instanceof" | b"new" | b"return" | b"throw"
        | b"try" | b"typeof" | b"void" | b"yield" => Slash::Regexp,
        // Names or keywords, depending on where they stand.
        b"await" | b"of" => Slash::Unknown,
        _ => Slash::Division,
    }
}

/// Whether a byte may be part of a name or number.
fn is_word(byte: u8) -> bool {
    byte.is_ascii_alphanumeric() || matches!(byte, b'$' | b'_')
}
