//! File name patterns: `*`, `?`, `[a-z]`, `[^a-z]` and `\` to take the next character as it is.

use regex::Regex;

/// A pattern for the name of a file.
pub struct Glob(Option<Regex>);

impl Glob {
    /// Reads a pattern; the empty one matches every name.
    pub fn new(pattern: &str) -> Result<Glob, String> {
        if pattern.is_empty() {
            return Ok(Glob(None));
        }
        let wrong = || format!("syntax error in pattern `{pattern}`");
        let expression = translate(pattern).ok_or_else(wrong)?;
        let regex = Regex::new(&format!(r"(?s)\A(?:{expression})\z")).map_err(|_| wrong())?;
        Ok(Glob(Some(regex)))
    }

    /// Whether the whole of `name` fits.
    pub fn matches(&self, name: &str) -> bool {
        self.0.as_ref().is_none_or(|regex| regex.is_match(name))
    }
}

fn translate(pattern: &str) -> Option<String> {
    let mut expression = String::new();
    let mut chars = pattern.chars();
    while let Some(char) = chars.next() {
        match char {
            '*' => expression.push_str(".*"),
            '?' => expression.push('.'),
            '\\' => expression.push_str(&regex::escape(chars.next()?.encode_utf8(&mut [0; 4]))),
            '[' => class(&mut chars, &mut expression)?,
            other => expression.push_str(&regex::escape(other.encode_utf8(&mut [0; 4]))),
        }
    }
    Some(expression)
}

fn class(chars: &mut std::str::Chars<'_>, expression: &mut String) -> Option<()> {
    expression.push('[');
    if chars.as_str().starts_with('^') {
        chars.next();
        expression.push('^');
    }
    let mut empty = true;
    loop {
        match chars.next()? {
            ']' if !empty => break,
            '-' if !empty => expression.push('-'),
            '\\' => literal(chars.next()?, expression),
            ']' | '-' => return None,
            other => literal(other, expression),
        }
        empty = false;
    }
    expression.push(']');
    Some(())
}

fn literal(char: char, expression: &mut String) {
    if !char.is_alphanumeric() {
        expression.push('\\');
    }
    expression.push(char);
}

#[cfg(test)]
mod tests {
    use super::Glob;

    fn check(pattern: &str, name: &str, expected: bool) {
        let matched = Glob::new(pattern).map(|glob| glob.matches(name));
        assert_eq!(matched, Ok(expected), "{pattern} {name}");
    }

    #[test]
    fn names_are_matched_whole() {
        check("", "anything", true);
        check("*.log", "a.log", true);
        check("*.log", "a.log.gz", false);
        check("?.c", "é.c", true);
        check("[a-c]x", "bx", true);
        check("[^a-c]x", "bx", false);
        check("[!]x", "!x", true);
        check("a\\*", "a*", true);
        check("a\\*", "ab", false);
        check("(a|b)", "a", false);
    }

    #[test]
    fn broken_patterns_are_told() {
        for pattern in ["[", "[]", "a\\", "[z-a]"] {
            assert!(Glob::new(pattern).is_err(), "{pattern}");
        }
    }
}
