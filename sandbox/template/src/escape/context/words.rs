//! Places in words, for errors.

use std::fmt::{self, Display, Formatter};

use super::{Context, Css, Delimiter, Element, Js, State};

impl Display for Context {
    fn fmt(&self, f: &mut Formatter<'_>) -> fmt::Result {
        f.write_str(self.state.words())?;
        match self.delimiter {
            Delimiter::None => {}
            Delimiter::Double => f.write_str(" in a value in double quotes")?,
            Delimiter::Single => f.write_str(" in a value in single quotes")?,
            Delimiter::Space => f.write_str(" in a value without quotes")?,
        }
        match self.element {
            Element::Other => Ok(()),
            Element::Script => f.write_str(" of <script>"),
            Element::Style => f.write_str(" of <style>"),
            Element::Textarea => f.write_str(" of <textarea>"),
            Element::Title => f.write_str(" of <title>"),
            Element::Meta => f.write_str(" of <meta>"),
        }
    }
}

impl State {
    fn words(self) -> &'static str {
        match self {
            State::Text | State::Rcdata => "text",
            State::Comment => "HTML comment",
            State::Tag => "tag",
            State::AttributeName => "attribute name",
            State::AfterName => "tag behind an attribute name",
            State::BeforeValue => "tag before an attribute value",
            State::Value => "text",
            State::Url | State::MetaUrl => "URL",
            State::Srcset => "srcset",
            State::Meta => "meta content",
            State::Js(js) => js.words(),
            State::Css(css) => css.words(),
            State::Dead => "nowhere",
        }
    }
}

impl Js {
    fn words(self) -> &'static str {
        match self {
            Js::Code => "JavaScript",
            Js::Double | Js::Single => "JavaScript string",
            Js::Template => "JavaScript template literal",
            Js::Regexp => "JavaScript regular expression",
            Js::Block | Js::Line | Js::Open | Js::Close => "JavaScript comment",
        }
    }
}

impl Css {
    fn words(self) -> &'static str {
        match self {
            Css::Code => "CSS",
            Css::Double | Css::Single => "CSS string",
            Css::DoubleUrl | Css::SingleUrl | Css::Url => "CSS URL",
            Css::Block | Css::Line => "CSS comment",
        }
    }
}
