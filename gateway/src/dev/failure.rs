//! Why a reload failed, with the line of source it is about.

use std::path::Path;

use sandbox::Source;

/// Characters of a source line that are shown.
const WIDTH: usize = 400;

/// A failed reload as its author reads it.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(crate) struct Failure {
    /// What went wrong.
    pub text: String,
    /// Where, as far as it is known.
    pub place: Option<Place>,
}

/// A place in the source.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(crate) struct Place {
    /// File in the app's folder.
    pub file: String,
    /// Counted from one.
    pub line: usize,
    /// Counted from one; zero when only the line is known.
    pub column: usize,
    /// The line.
    pub source: String,
}

impl Failure {
    /// An error about these files.
    pub fn new(text: String, source: &Source) -> Failure {
        let place = place(&text, source);
        Failure { text, place }
    }

    /// An error about the files in `folder`; blocks.
    pub fn of_folder(text: String, folder: &Path) -> Failure {
        match Source::read_real(folder, sandbox::SourceLimits::default()) {
            Ok(source) => Failure::new(text, &source),
            Err(_) => Failure { text, place: None },
        }
    }
}

impl Place {
    /// The line with its number and a mark below the column.
    pub fn excerpt(&self) -> String {
        let number = self.line.to_string();
        let mut text = format!("{number} | {}\n", self.source);
        if self.column > 0 {
            let before = self.source.chars().take(self.column.saturating_sub(1));
            // Tabs stay tabs, so that the mark stands where the eye expects it.
            let gap: String = before.map(|c| if c == '\t' { '\t' } else { ' ' }).collect();
            text.push_str(&format!("{} | {gap}^\n", " ".repeat(number.len())));
        }
        text
    }
}

impl std::fmt::Display for Failure {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        writeln!(f, "{}", self.text)?;
        match &self.place {
            Some(place) => write!(f, "\n{}", place.excerpt()),
            None => Ok(()),
        }
    }
}

/// The first `file:line` or `file:line:column` in the text that is a place in the source.
fn place(text: &str, source: &Source) -> Option<Place> {
    text.split_whitespace().find_map(|word| {
        let mut parts = word.split(':');
        let file = parts.next()?.trim_start_matches(['`', '(', '"']);
        let line: usize = parts.next()?.parse().ok()?;
        let column = parts.next().and_then(|part| part.parse().ok());
        let (file, content) = find(source, file)?;
        let text = content.lines().nth(line.checked_sub(1)?)?;
        Some(Place {
            file: file.to_owned(),
            line,
            column: column.unwrap_or_default(),
            source: text.chars().take(WIDTH).collect(),
        })
    })
}

/// Errors in templates name the file without its folder.
fn find<'s>(source: &'s Source, name: &str) -> Option<(&'s str, &'s str)> {
    let ends = |path: &&String| {
        path.as_str() == name || (!name.is_empty() && path.ends_with(&format!("/{name}")))
    };
    let path = source.files.keys().find(ends)?;
    Some((path, source.text(path)?))
}

#[cfg(test)]
mod tests {
    use super::*;

    fn check(text: &str, expected: &str) {
        let files = [
            ("app.star", "one\n\tx = \ny"),
            ("base_templates/l.go.html", "a\nb\n"),
        ];
        let files = files.map(|(name, text)| (name.to_owned(), bytes::Bytes::from(text)));
        let failure = Failure::new(
            text.to_owned(),
            &Source {
                files: files.into(),
            },
        );
        let excerpt = failure.place.map(|place| place.excerpt());
        assert_eq!(excerpt.unwrap_or_default(), expected, "{text}");
    }

    #[test]
    fn places_are_found_and_shown() {
        check(
            "the app does not load: app.star:2:6: bad",
            "2 | \tx = \n  | \t    ^\n",
        );
        check("template: l.go.html:2: unexpected EOF", "2 | b\n");
        check("app.star:9:1: gone", "");
        check("app.star:0:1: gone", "");
        check("other.star:1:1: not ours", "");
        check("no place at 12:30", "");
    }
}
