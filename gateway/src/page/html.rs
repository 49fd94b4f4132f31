//! Builds HTML: markup is written by us, text is always escaped.

/// A piece of HTML under construction.
#[derive(Default)]
pub struct Html(String);

impl Html {
    /// Nothing yet.
    pub fn new() -> Html {
        Html::default()
    }

    /// Adds markup; only constants can be given, so no value slips in unescaped.
    pub fn raw(&mut self, markup: &'static str) -> &mut Html {
        self.0.push_str(markup);
        self
    }

    /// Adds a value, escaped for element content and for quoted attributes.
    pub fn text(&mut self, text: &str) -> &mut Html {
        for character in text.chars() {
            match character {
                '&' => self.0.push_str("&amp;"),
                '<' => self.0.push_str("&lt;"),
                '>' => self.0.push_str("&gt;"),
                '"' => self.0.push_str("&quot;"),
                '\'' => self.0.push_str("&#39;"),
                '\0' => self.0.push('\u{fffd}'),
                other => self.0.push(other),
            }
        }
        self
    }

    /// Adds a finished piece.
    pub fn html(&mut self, piece: Html) -> &mut Html {
        self.0.push_str(&piece.0);
        self
    }

    /// The text of the piece.
    pub fn finish(self) -> String {
        self.0
    }
}
