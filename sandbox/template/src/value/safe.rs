//! Typed content: text that its author vouches for in one context, which the escaper then leaves as it is there.

/// The context that the text is safe in.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Safe {
    /// A fragment of HTML.
    Html,
    /// A style sheet, declaration or value.
    Css,
    /// A JavaScript expression.
    Js,
    /// The inside of a quoted JavaScript string.
    JsStr,
    /// A URL.
    Url,
    /// An attribute with its value.
    HtmlAttr,
    /// The value of a `srcset` attribute.
    Srcset,
}

impl Safe {
    /// The name of the type in Go's package `template`.
    pub fn name(self) -> &'static str {
        match self {
            Safe::Html => "HTML",
            Safe::Css => "CSS",
            Safe::Js => "JS",
            Safe::JsStr => "JSStr",
            Safe::Url => "URL",
            Safe::HtmlAttr => "HTMLAttr",
            Safe::Srcset => "Srcset",
        }
    }
}
