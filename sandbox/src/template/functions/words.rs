//! Functions on text. The subject is the last argument, so that pipelines read well.

use gotmpl::{SafeKind, Value};

use super::{Plain, argument, error, text, whole};

/// Longest text `repeat` and `indent` make.
const MAX_TEXT: usize = 1 << 20;

/// By name.
pub const ALL: [(&str, Plain); 28] = [
    ("trim", |args| Ok(text(args, 0)?.trim().into())),
    ("trimPrefix", |args| {
        strip(args, |text, part| text.strip_prefix(part).unwrap_or(text))
    }),
    ("trimSuffix", |args| {
        strip(args, |text, part| text.strip_suffix(part).unwrap_or(text))
    }),
    ("trimAll", |args| {
        strip(args, |text, set| text.trim_matches(|c| set.contains(c)))
    }),
    ("upper", |args| Ok(text(args, 0)?.to_uppercase().into())),
    ("lower", |args| Ok(text(args, 0)?.to_lowercase().into())),
    ("title", |args| {
        Ok(capitals(&text(args, 0)?, |first| first.to_uppercase().collect()).into())
    }),
    ("untitle", |args| {
        Ok(capitals(&text(args, 0)?, |first| first.to_lowercase().collect()).into())
    }),
    ("contains", |args| {
        Ok(Value::Bool(text(args, 1)?.contains(&text(args, 0)?)))
    }),
    ("hasPrefix", |args| {
        Ok(Value::Bool(text(args, 1)?.starts_with(&text(args, 0)?)))
    }),
    ("hasSuffix", |args| {
        Ok(Value::Bool(text(args, 1)?.ends_with(&text(args, 0)?)))
    }),
    ("replace", |args| {
        Ok(text(args, 2)?
            .replace(&text(args, 0)?, &text(args, 1)?)
            .into())
    }),
    ("repeat", |args| repeat(args)),
    ("substr", |args| substr(args)),
    ("trunc", |args| trunc(args)),
    ("abbrev", |args| abbrev(args)),
    ("nospace", |args| {
        Ok(text(args, 0)?.split_whitespace().collect::<String>().into())
    }),
    ("quote", |args| Ok(quoted(args, |text| format!("{text:?}")))),
    ("squote", |args| {
        Ok(quoted(args, |text| format!("'{text}'")))
    }),
    ("cat", |args| Ok(joined(args, " ").into())),
    ("indent", |args| Ok(indent(args)?.into())),
    ("nindent", |args| Ok(format!("\n{}", indent(args)?).into())),
    ("plural", |args| {
        Ok(if whole(args, 2)? == 1 {
            text(args, 0)?
        } else {
            text(args, 1)?
        }
        .into())
    }),
    ("toString", |args| Ok(argument(args, 0)?.to_string().into())),
    ("splitList", |args| {
        Ok(split_list(&text(args, 0)?, &text(args, 1)?))
    }),
    ("safeHTML", |args| {
        Ok(Value::Safe {
            kind: SafeKind::Html,
            s: text(args, 0)?.into(),
        })
    }),
    ("fail", |args| Err(error(text(args, 0)?))),
    ("initials", |args| Ok(initials(&text(args, 0)?).into())),
];

fn strip(
    args: &[Value],
    strip: impl for<'a> Fn(&'a str, &str) -> &'a str,
) -> gotmpl::Result<Value> {
    let part = text(args, 0)?;
    Ok(strip(&text(args, 1)?, &part).into())
}

/// `text` with the first letter of each word changed.
fn capitals(text: &str, change: impl Fn(char) -> String) -> String {
    let mut start = true;
    let letter = |letter: char| {
        let first = std::mem::replace(&mut start, letter.is_whitespace());
        if first {
            change(letter)
        } else {
            letter.to_string()
        }
    };
    text.chars().map(letter).collect()
}

fn initials(text: &str) -> String {
    text.split_whitespace()
        .filter_map(|word| word.chars().next())
        .collect()
}

fn repeat(args: &[Value]) -> gotmpl::Result<Value> {
    let (count, part) = (
        usize::try_from(whole(args, 0)?).unwrap_or(0),
        text(args, 1)?,
    );
    if count.saturating_mul(part.len()) > MAX_TEXT {
        return Err(error(format!(
            "repeat: the text is longer than {MAX_TEXT} bytes"
        )));
    }
    Ok(part.repeat(count).into())
}

/// `substr start end text` in bytes; a bound that is out of range or inside a letter moves.
fn substr(args: &[Value]) -> gotmpl::Result<Value> {
    let (start, end, text) = (whole(args, 0)?, whole(args, 1)?, text(args, 2)?);
    let start = usize::try_from(start).unwrap_or(0).min(text.len());
    let end = usize::try_from(end).unwrap_or(usize::MAX).min(text.len());
    Ok(text
        .get(text.floor_char_boundary(start)..text.floor_char_boundary(end))
        .unwrap_or("")
        .into())
}

/// The first `n` letters, or the last ones when `n` is negative.
fn trunc(args: &[Value]) -> gotmpl::Result<Value> {
    let (count, text) = (whole(args, 0)?, text(args, 1)?);
    let keep = usize::try_from(count.unsigned_abs()).unwrap_or(usize::MAX);
    let length = text.chars().count();
    let cut: String = match count {
        0.. => text.chars().take(keep).collect(),
        _ => text.chars().skip(length.saturating_sub(keep)).collect(),
    };
    Ok(cut.into())
}

fn abbrev(args: &[Value]) -> gotmpl::Result<Value> {
    let (width, text) = (
        usize::try_from(whole(args, 0)?).unwrap_or(0),
        text(args, 1)?,
    );
    if width < 4 || text.chars().count() <= width {
        return Ok(text.into());
    }
    let kept: String = text.chars().take(width - 3).collect();
    Ok(format!("{kept}...").into())
}

fn quoted(args: &[Value], quote: impl Fn(&str) -> String) -> Value {
    let given = args.iter().filter(|arg| !matches!(arg, Value::Nil));
    given
        .map(|arg| quote(&arg.to_string()))
        .collect::<Vec<_>>()
        .join(" ")
        .into()
}

fn joined(args: &[Value], separator: &str) -> String {
    let given = args.iter().filter(|arg| !matches!(arg, Value::Nil));
    given
        .map(ToString::to_string)
        .collect::<Vec<_>>()
        .join(separator)
}

fn indent(args: &[Value]) -> gotmpl::Result<String> {
    let (width, text) = (
        usize::try_from(whole(args, 0)?).unwrap_or(0),
        text(args, 1)?,
    );
    let lines = text.matches('\n').count() + 1;
    if width.saturating_mul(lines) > MAX_TEXT {
        return Err(error(format!(
            "indent: the text is longer than {MAX_TEXT} bytes"
        )));
    }
    let pad = " ".repeat(width);
    Ok(format!("{pad}{}", text.replace('\n', &format!("\n{pad}"))))
}

fn split_list(separator: &str, text: &str) -> Value {
    Value::List(text.split(separator).map(Value::from).collect())
}
