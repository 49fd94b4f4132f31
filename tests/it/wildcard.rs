//! Expected text with gaps: `[..]` stands for anything within a line, a line `...` for any lines.

/// Whether `printed` is what `expected` describes.
pub fn matches(expected: &str, printed: &str) -> bool {
    let expected: Vec<&str> = expected.trim_end().lines().map(str::trim_end).collect();
    let printed: Vec<&str> = printed.trim_end().lines().map(str::trim_end).collect();
    lines_match(&expected, &printed)
}

fn lines_match(expected: &[&str], printed: &[&str]) -> bool {
    match expected.split_first() {
        None => printed.is_empty(),
        Some((&"...", rest)) => (0..=printed.len()).any(|skip| lines_match(rest, &printed[skip..])),
        Some((first, rest)) => {
            printed
                .first()
                .is_some_and(|line| line_matches(first, line))
                && lines_match(rest, &printed[1..])
        }
    }
}

fn line_matches(expected: &str, line: &str) -> bool {
    let Some((first, others)) = expected.split_once("[..]") else {
        return expected == line;
    };
    let Some(mut rest) = line.strip_prefix(first) else {
        return false;
    };
    let mut parts: Vec<&str> = others.split("[..]").collect();
    let last = parts.pop().unwrap_or_default();
    for part in parts {
        let Some(at) = rest.find(part) else {
            return false;
        };
        rest = &rest[at + part.len()..];
    }
    rest.ends_with(last)
}
