//! Sends a value through the escapers of its place. All but the last write into a buffer of their own; the last writes into
//! the page.

use std::borrow::Cow;

use super::{css, html, js, srcset, strip_tags, url};
use crate::builtin;
use crate::format;
use crate::value::{Safe, Value};

/// One step of escaping, for one kind of place.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Escaper {
    /// Text between tags.
    Html,
    /// Text in a title or text area.
    Rcdata,
    /// The value of a quoted attribute.
    Attribute,
    /// The value of an attribute without quotes.
    Unquoted,
    /// The name of an attribute.
    AttributeName,
    /// A comment: nothing is printed.
    Comment,
    /// A string in a style.
    CssString,
    /// A value in a style.
    CssValue,
    /// A value in a script.
    JsValue,
    /// A string in a script.
    JsString,
    /// A template literal in a script.
    JsTemplate,
    /// A regular expression in a script.
    JsRegexp,
    /// The start of a URL: it must not execute anything.
    UrlFilter,
    /// A URL or a part of its path.
    UrlNormalizer,
    /// A part of a query or fragment.
    UrlComponent,
    /// A list of images.
    Srcset,
    /// The author's own `html`.
    AuthorHtml,
    /// The author's own `urlquery`.
    AuthorUrlquery,
}

/// Sends a value through its escapers into the output.
pub fn write(escapers: &[Escaper], value: &Value, out: &mut Vec<u8>) -> Result<(), String> {
    match (escapers, value) {
        ([], value) => format::append(value, out),
        // Most URLs are innocent and need no copy.
        ([Escaper::UrlFilter, behind @ ..], Value::Text(text)) if url::is_safe(text.as_bytes()) => {
            pass(behind, text.as_bytes(), out);
        }
        ([last], value) => last.value(value, out),
        ([first, behind @ ..], value) => {
            let mut text = Vec::new();
            first.value(value, &mut text);
            pass(behind, &text, out);
        }
    }
    Ok(())
}

/// Sends what an escaper wrote through those behind it.
fn pass(escapers: &[Escaper], text: &[u8], out: &mut Vec<u8>) {
    match escapers {
        [] => out.extend_from_slice(text),
        [last] => last.bytes(text, out),
        [first, behind @ ..] => {
            let mut next = Vec::with_capacity(text.len());
            first.bytes(text, &mut next);
            pass(behind, &next, out);
        }
    }
}

impl Escaper {
    /// Escapes a value, which may be content that its author vouches for.
    fn value(self, value: &Value, out: &mut Vec<u8>) {
        match (self, value) {
            (Escaper::JsValue, value) => js::value(value, out),
            (escaper, Value::Safe(safe, text)) => escaper.vouched(*safe, text.as_bytes(), out),
            (escaper, Value::Text(text)) => escaper.bytes(text.as_bytes(), out),
            (escaper, Value::Int(..) | Value::Uint(..) | Value::Bool(_))
                if escaper.keeps_words() =>
            {
                format::append(value, out);
            }
            (escaper, value) => escaper.bytes(&escaper.printed(value), out),
        }
    }

    /// Whether letters, digits and `-` stay as they are.
    fn keeps_words(self) -> bool {
        match self {
            Escaper::Html
            | Escaper::Rcdata
            | Escaper::Attribute
            | Escaper::Unquoted
            | Escaper::CssString
            | Escaper::JsString
            | Escaper::JsTemplate
            | Escaper::UrlFilter
            | Escaper::UrlNormalizer
            | Escaper::UrlComponent
            | Escaper::AuthorHtml
            | Escaper::AuthorUrlquery => true,
            Escaper::AttributeName
            | Escaper::Comment
            | Escaper::CssValue
            | Escaper::JsValue
            | Escaper::JsRegexp
            | Escaper::Srcset => false,
        }
    }

    /// The value as it is printed. Escapers that this crate chose print nothing for nothing; the author's own print
    /// what they would print by themselves.
    fn printed(self, value: &Value) -> Cow<'static, [u8]> {
        let author = matches!(self, Escaper::AuthorHtml | Escaper::AuthorUrlquery);
        match value {
            Value::Missing | Value::Nil if author => Cow::Borrowed(b"<no value>"),
            Value::Missing | Value::Nil => Cow::Borrowed(b""),
            value => {
                let mut text = Vec::new();
                format::append(value, &mut text);
                Cow::Owned(text)
            }
        }
    }

    fn vouched(self, safe: Safe, text: &[u8], out: &mut Vec<u8>) {
        match (self, safe) {
            (Escaper::Html, Safe::Html)
            | (Escaper::CssValue, Safe::Css)
            | (Escaper::AttributeName, Safe::HtmlAttr)
            | (Escaper::UrlFilter, Safe::Url)
            | (Escaper::Srcset, Safe::Srcset) => out.extend_from_slice(text),
            (Escaper::Rcdata, Safe::Html) => html::vouched_text(text, out),
            (Escaper::Attribute, Safe::Html) => html::vouched_text(&strip_tags(text), out),
            (Escaper::Unquoted, Safe::Html) if !text.is_empty() => {
                html::vouched_unquoted(&strip_tags(text), out);
            }
            (Escaper::JsString, Safe::JsStr) => js::vouched_string(text, out),
            (Escaper::UrlComponent, Safe::Url) => url::normalize(text, out),
            (Escaper::Srcset, Safe::Url) => srcset::vouched_url(text, out),
            (escaper, _) => escaper.bytes(text, out),
        }
    }

    /// Escapes text that nobody vouches for.
    fn bytes(self, text: &[u8], out: &mut Vec<u8>) {
        match self {
            Escaper::Html | Escaper::Rcdata | Escaper::Attribute => html::text(text, out),
            Escaper::Unquoted if text.is_empty() => out.extend_from_slice(html::REFUSED),
            Escaper::Unquoted => html::unquoted(text, out),
            Escaper::AttributeName => html::name(text, out),
            Escaper::Comment => {}
            Escaper::CssString => css::string(text, out),
            Escaper::CssValue => css::value(text, out),
            Escaper::JsValue => crate::json::text(text, out),
            Escaper::JsString => js::string(text, out),
            Escaper::JsTemplate => js::template(text, out),
            Escaper::JsRegexp => js::regexp(text, out),
            Escaper::UrlFilter => url::filter(text, out),
            Escaper::UrlNormalizer => url::normalize(text, out),
            Escaper::UrlComponent => url::component(text, out),
            Escaper::Srcset => srcset::filter(text, out),
            Escaper::AuthorHtml => builtin::escape_html(text, out),
            Escaper::AuthorUrlquery => builtin::escape_query(text, out),
        }
    }
}
