//! Which escapers a value needs in its place, and the place behind it.

use super::apply::Escaper;
use super::context::{Context, Css, Delimiter, Js, Part, Slash, State};

/// What must be done with a value.
pub enum Plan {
    /// Send it through these, in order.
    Escape(Vec<Escaper>, Context),
    /// The part of the URL is not known.
    Ambiguous,
}

/// The plan for a value that stands in a place.
pub fn plan(context: Context) -> Plan {
    let mut escapers = Vec::with_capacity(3);
    let mut context = context.nudged();
    match context.state {
        State::Url => match url(context.part, Escaper::UrlNormalizer) {
            Some(url) => escapers.extend(url),
            None => return Plan::Ambiguous,
        },
        State::Css(css) => match style(css, context.part) {
            Some(style) => escapers.extend(style),
            None => return Plan::Ambiguous,
        },
        State::Js(js) => {
            escapers.push(script(js));
            if js == Js::Code {
                context.slash = Slash::Division;
            }
        }
        State::MetaUrl => escapers.push(Escaper::UrlFilter),
        State::Text => escapers.push(Escaper::Html),
        State::Rcdata => escapers.push(Escaper::Rcdata),
        State::Srcset => escapers.push(Escaper::Srcset),
        State::Comment | State::Dead => escapers.push(Escaper::Comment),
        State::Value | State::Meta => {}
        State::Tag | State::AttributeName | State::AfterName | State::BeforeValue => {
            escapers.push(Escaper::AttributeName);
        }
    }
    match context.delimiter {
        Delimiter::None => {}
        Delimiter::Double | Delimiter::Single => escapers.push(Escaper::Attribute),
        Delimiter::Space => escapers.push(Escaper::Unquoted),
    }
    Plan::Escape(escapers, context)
}

fn script(js: Js) -> Escaper {
    match js {
        Js::Code => Escaper::JsValue,
        Js::Double | Js::Single => Escaper::JsString,
        Js::Template => Escaper::JsTemplate,
        Js::Regexp => Escaper::JsRegexp,
        Js::Block | Js::Line | Js::Open | Js::Close => Escaper::Comment,
    }
}

fn style(css: Css, part: Part) -> Option<Vec<Escaper>> {
    match css {
        Css::Code => Some(vec![Escaper::CssValue]),
        Css::Block | Css::Line => Some(vec![Escaper::Comment]),
        Css::Double | Css::Single => url(part, Escaper::CssString),
        Css::DoubleUrl | Css::SingleUrl | Css::Url => url(part, Escaper::UrlNormalizer),
    }
}

fn url(part: Part, normalizer: Escaper) -> Option<Vec<Escaper>> {
    match part {
        Part::Start => Some(vec![Escaper::UrlFilter, normalizer]),
        Part::Path => Some(vec![normalizer]),
        Part::Query => Some(vec![Escaper::UrlComponent]),
        Part::Unknown => None,
    }
}
