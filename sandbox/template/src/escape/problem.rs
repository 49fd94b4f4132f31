//! Why a template cannot be escaped. The classes are Go's, because people look for them by these names.

use thiserror::Error;

use crate::quote;

/// A reason without its place; whoever walks the tree adds that.
#[derive(Clone, Debug, Error, PartialEq, Eq)]
#[error("{text}")]
pub struct Problem {
    /// Go's name of the reason.
    pub class: &'static str,
    /// What is wrong.
    pub text: String,
}

impl Problem {
    /// HTML that browsers may read in more than one way.
    pub fn bad_html(text: String) -> Problem {
        Problem {
            class: "ErrBadHTML",
            text,
        }
    }

    /// Branches of a condition that lead to different places.
    pub fn branch_end(text: String) -> Problem {
        Problem {
            class: "ErrBranchEnd",
            text,
        }
    }

    /// A page that stops in the middle of something.
    pub fn end(text: String) -> Problem {
        Problem {
            class: "ErrEndContext",
            text,
        }
    }

    /// An action whose part of a URL is not known.
    pub fn ambiguous(text: String) -> Problem {
        Problem {
            class: "ErrAmbigContext",
            text,
        }
    }

    /// A slash that could begin a division or a regular expression.
    pub fn slash(rest: &[u8]) -> Problem {
        let text = format!(
            "'/' could start a division or regexp: {}; add parentheses or a semicolon before it",
            excerpt(rest)
        );
        Problem {
            class: "ErrSlashAmbig",
            text,
        }
    }

    /// A `[` of a regular expression without its `]`.
    pub fn charset(text: &[u8]) -> Problem {
        Problem {
            class: "ErrPartialCharset",
            text: format!("unfinished JS regexp charset: {}", excerpt(text)),
        }
    }

    /// A backslash with nothing behind it.
    pub fn escape(language: &str, text: &[u8]) -> Problem {
        Problem {
            class: "ErrPartialEscape",
            text: format!(
                "unfinished escape sequence in {language} string: {}",
                excerpt(text)
            ),
        }
    }

    /// A template whose end cannot be foretold from its start.
    pub fn output(text: String) -> Problem {
        Problem {
            class: "ErrOutputContext",
            text,
        }
    }

    /// A template that is not there.
    pub fn no_such_template(name: &str) -> Problem {
        Problem {
            class: "ErrNoSuchTemplate",
            text: format!("no such template {}", quote::quoted(name)),
        }
    }

    /// An author's `html` or `urlquery` where it would undo the escaping.
    pub fn predefined(name: &str) -> Problem {
        Problem {
            class: "ErrPredefinedEscaper",
            text: format!(
                "predefined escaper {} disallowed in template; leave it out, values are escaped for their place",
                quote::quoted(name)
            ),
        }
    }

    /// The same with words before it.
    #[must_use]
    pub fn while_at(self, what: &str) -> Problem {
        Problem {
            text: format!("{what}: {}", self.text),
            ..self
        }
    }
}

/// The beginning of some text, in quotes.
pub fn excerpt(text: &[u8]) -> String {
    let text = String::from_utf8_lossy(text);
    quote::quoted(&text.chars().take(32).collect::<String>())
}
