//! What names of tags, attributes and script types mean to a browser.

use super::context::{Attribute, Element};

/// What the value of an attribute would be, as far as a name alone tells.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Meaning {
    /// Text that changes nothing but itself.
    Plain,
    /// It changes what the element does or how other attributes are read, so an action must not choose the name.
    Unsafe,
    /// A URL.
    Url,
    /// A `srcset`.
    Srcset,
    /// A style.
    Style,
    /// A script.
    Script,
}

impl Meaning {
    /// The kind of value.
    pub fn attribute(self) -> Attribute {
        match self {
            Meaning::Plain | Meaning::Unsafe => Attribute::Plain,
            Meaning::Url => Attribute::Url,
            Meaning::Srcset => Attribute::Srcset,
            Meaning::Style => Attribute::Style,
            Meaning::Script => Attribute::Script,
        }
    }
}

/// The element of a tag's name.
pub fn element(name: &[u8]) -> Element {
    match name.to_ascii_lowercase().as_slice() {
        b"script" => Element::Script,
        b"style" => Element::Style,
        b"textarea" => Element::Textarea,
        b"title" => Element::Title,
        b"meta" => Element::Meta,
        _ => Element::Other,
    }
}

/// The kind of an attribute's value, given the element it stands in.
pub fn attribute(element: Element, name: &[u8]) -> Attribute {
    let name = String::from_utf8_lossy(name).to_lowercase();
    match (element, name.as_str()) {
        (Element::Script, "type") => Attribute::ScriptType,
        (Element::Meta, "content") => Attribute::Meta,
        (_, name) => meaning(name).attribute(),
    }
}

/// What an attribute's name in lower case means. `data-` and a namespace before it change nothing, because scripts copy
/// such attributes to the ones they are named after.
pub fn meaning(name: &str) -> Meaning {
    let bare = match (name.strip_prefix("data-"), name.split_once(':')) {
        (Some(rest), _) => rest,
        (None, Some(("xmlns", _))) => return Meaning::Url,
        (None, Some((_, rest))) => rest,
        (None, None) => name,
    };
    known(bare).unwrap_or_else(|| guessed(bare))
}

/// Names of own makes are judged by their parts.
fn guessed(name: &str) -> Meaning {
    if name.starts_with("on") {
        Meaning::Script
    } else if ["src", "uri", "url"].iter().any(|part| name.contains(part)) {
        Meaning::Url
    } else {
        Meaning::Plain
    }
}

fn known(name: &str) -> Option<Meaning> {
    Some(match name {
        "action" | "archive" | "background" | "cite" | "classid" | "codebase" | "data"
        | "formaction" | "href" | "icon" | "longdesc" | "manifest" | "poster" | "profile"
        | "src" | "usemap" | "xmlns" => Meaning::Url,
        "accept-charset" | "async" | "challenge" | "charset" | "content" | "crossorigin"
        | "defer" | "enctype" | "form" | "formenctype" | "formmethod" | "formnovalidate"
        | "http-equiv" | "keytype" | "language" | "method" | "novalidate" | "pattern" | "rel"
        | "sandbox" | "srcdoc" | "type" | "value" => Meaning::Unsafe,
        "srclang" => Meaning::Plain,
        "srcset" => Meaning::Srcset,
        "style" => Meaning::Style,
        _ => return None,
    })
}

/// Whether a script element of this `type` holds JavaScript, or JSON that is read like it.
pub fn is_script_type(text: &str) -> bool {
    let kind = text.split(';').next().unwrap_or_default();
    matches!(
        kind.trim().to_lowercase().as_str(),
        "" | "application/ecmascript"
            | "application/javascript"
            | "application/json"
            | "application/ld+json"
            | "application/x-ecmascript"
            | "application/x-javascript"
            | "module"
            | "text/ecmascript"
            | "text/javascript"
            | "text/javascript1.0"
            | "text/javascript1.1"
            | "text/javascript1.2"
            | "text/javascript1.3"
            | "text/javascript1.4"
            | "text/javascript1.5"
            | "text/jscript"
            | "text/livescript"
            | "text/x-ecmascript"
            | "text/x-javascript"
    )
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn names_mean_what_browsers_and_scripts_make_of_them() {
        for (name, expected) in [
            ("href", Meaning::Url),
            ("xlink:href", Meaning::Url),
            ("xmlns:x", Meaning::Url),
            ("hx-push-url", Meaning::Url),
            ("data-iconuri", Meaning::Url),
            ("hx-get", Meaning::Plain),
            ("onclick", Meaning::Script),
            ("svg:onload", Meaning::Script),
            ("data-style", Meaning::Style),
            ("srclang", Meaning::Plain),
            ("srcdoc", Meaning::Unsafe),
            ("title", Meaning::Plain),
        ] {
            assert_eq!(meaning(name), expected, "{name}");
        }
    }

    #[test]
    fn only_known_types_are_scripts() {
        for (text, expected) in [
            ("", true),
            (" Text/JavaScript ; version=1.8", true),
            ("importmap", false),
            ("text/template", false),
            ("application/javascript/version=1.8", false),
        ] {
            assert_eq!(is_script_type(text), expected, "{text}");
        }
    }
}
