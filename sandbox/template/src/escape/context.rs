//! Where in a page an action stands. A browser reads the same bytes differently in text, in an attribute, in a script or
//! in a style, so what a value must not contain depends on this alone.

mod words;

/// What a browser's parsers are in the middle of.
#[derive(Clone, Debug, Default, PartialEq, Eq, Hash)]
pub struct Context {
    /// The place itself.
    pub state: State,
    /// What ends the attribute's value, when the place is in one.
    pub delimiter: Delimiter,
    /// The part of the URL, when the place is in one.
    pub part: Part,
    /// What a slash would begin, when the place is in a script.
    pub slash: Slash,
    /// The template literals around the place: for each, how many braces are open in its `${`.
    pub braces: Vec<u32>,
    /// The attribute, when the place is in its name or value.
    pub attribute: Attribute,
    /// The element whose content or tag this is.
    pub element: Element,
}

/// The place, as a parser names it.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Hash)]
pub enum State {
    /// Between tags.
    #[default]
    Text,
    /// Text in which tags mean nothing: a title, a text area.
    Rcdata,
    /// `<!-- here -->`
    Comment,
    /// `<a here`, between attributes.
    Tag,
    /// `<a here`, in a name.
    AttributeName,
    /// `<a name here`
    AfterName,
    /// `<a name=here`
    BeforeValue,
    /// In the value of an attribute that nothing but HTML reads.
    Value,
    /// In a URL.
    Url,
    /// In a `srcset`.
    Srcset,
    /// In the `content` of a `meta`.
    Meta,
    /// In the `content` of a `meta`, behind `url=`.
    MetaUrl,
    /// In a script.
    Js(Js),
    /// In a style.
    Css(Css),
    /// Behind `{{break}}` or `{{continue}}`: nowhere.
    Dead,
}

/// A place in a script.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub enum Js {
    /// Where a value may stand.
    Code,
    /// `"here"`
    Double,
    /// `'here'`
    Single,
    /// A template literal, outside its `${}`.
    Template,
    /// `/here/`
    Regexp,
    /// `/* here */`
    Block,
    /// `// here`
    Line,
    /// `<!-- here`, a comment up to the end of the line.
    Open,
    /// `--> here`, a comment up to the end of the line.
    Close,
}

/// A place in a style.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub enum Css {
    /// Where a value or a rule may stand.
    Code,
    /// `"here"`
    Double,
    /// `'here'`
    Single,
    /// `url("here")`
    DoubleUrl,
    /// `url('here')`
    SingleUrl,
    /// `url(here)`
    Url,
    /// `/* here */`
    Block,
    /// `// here`
    Line,
}

/// What ends the value of an attribute.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Hash)]
pub enum Delimiter {
    /// The place is in no value.
    #[default]
    None,
    /// `"`
    Double,
    /// `'`
    Single,
    /// A space or the end of the tag.
    Space,
}

/// The part of a URL.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Hash)]
pub enum Part {
    /// The start, where a scheme may stand.
    #[default]
    Start,
    /// Before the query.
    Path,
    /// In the query or the fragment.
    Query,
    /// It depends on a condition.
    Unknown,
}

/// What a slash in a script would begin.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Hash)]
pub enum Slash {
    /// A regular expression.
    #[default]
    Regexp,
    /// A division.
    Division,
    /// It depends.
    Unknown,
}

/// What the value of an attribute is to a browser.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Hash)]
pub enum Attribute {
    /// Text.
    #[default]
    Plain,
    /// A script.
    Script,
    /// The `type` of a script element.
    ScriptType,
    /// A style.
    Style,
    /// A URL.
    Url,
    /// A `srcset`.
    Srcset,
    /// The `content` of a `meta`.
    Meta,
}

/// Elements whose content or attributes are read in a way of their own.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Hash)]
pub enum Element {
    /// Any other.
    #[default]
    Other,
    /// `script`
    Script,
    /// `style`
    Style,
    /// `textarea`
    Textarea,
    /// `title`
    Title,
    /// `meta`
    Meta,
}

impl Context {
    /// In the tag of an element, outside attributes.
    pub fn in_tag(element: Element) -> Context {
        Context {
            state: State::Tag,
            element,
            ..Context::default()
        }
    }

    /// The same place with another state.
    #[must_use]
    pub fn at(mut self, state: State) -> Context {
        self.state = state;
        self
    }

    /// The place in which an action's value stands: an action in a tag is a name, one behind `=` is a value.
    #[must_use]
    pub fn nudged(mut self) -> Context {
        match self.state {
            State::Tag => self.state = State::AttributeName,
            State::BeforeValue => {
                self.state = self.attribute.inside();
                self.delimiter = Delimiter::Space;
                self.attribute = Attribute::Plain;
            }
            State::AfterName => {
                self.state = State::AttributeName;
                self.attribute = Attribute::Plain;
            }
            _ => {}
        }
        self
    }

    /// A name for the place, another one for each.
    pub fn name(&self) -> String {
        let Context {
            state,
            delimiter,
            part,
            slash,
            braces,
            attribute,
            element,
        } = self;
        let mut name = format!("{state:?}").replace(['(', ')'], "");
        let facts = [
            (
                *delimiter != Delimiter::None,
                format!("_delimiter{delimiter:?}"),
            ),
            (*part != Part::Start, format!("_part{part:?}")),
            (*slash != Slash::Regexp, format!("_slash{slash:?}")),
            (!braces.is_empty(), format!("_braces{braces:?}")),
            (
                *attribute != Attribute::Plain,
                format!("_attribute{attribute:?}"),
            ),
            (*element != Element::Other, format!("_element{element:?}")),
        ];
        facts
            .into_iter()
            .filter(|(known, _)| *known)
            .for_each(|(_, fact)| name.push_str(&fact));
        name
    }

    /// Whether the place is in the value of an attribute.
    pub fn in_value(&self) -> bool {
        self.delimiter != Delimiter::None
    }
}

impl State {
    /// Whether the place is in a comment of whatever language.
    pub fn is_comment(self) -> bool {
        match self {
            State::Comment => true,
            State::Js(js) => matches!(js, Js::Block | Js::Line | Js::Open | Js::Close),
            State::Css(css) => matches!(css, Css::Block | Css::Line),
            _ => false,
        }
    }

    /// Whether the place is in a string, template literal or regular expression of a script.
    pub fn is_script_literal(self) -> bool {
        matches!(
            self,
            State::Js(Js::Double | Js::Single | Js::Template | Js::Regexp)
        )
    }
}

impl Attribute {
    /// The state at the start of the attribute's value.
    pub fn inside(self) -> State {
        match self {
            Attribute::Plain | Attribute::ScriptType => State::Value,
            Attribute::Script => State::Js(Js::Code),
            Attribute::Style => State::Css(Css::Code),
            Attribute::Url => State::Url,
            Attribute::Srcset => State::Srcset,
            Attribute::Meta => State::Meta,
        }
    }
}

impl Element {
    /// The name whose end tag alone ends the element's content.
    pub fn end_tag(self) -> Option<&'static [u8]> {
        match self {
            Element::Script => Some(b"script"),
            Element::Style => Some(b"style"),
            Element::Textarea => Some(b"textarea"),
            Element::Title => Some(b"title"),
            Element::Other | Element::Meta => None,
        }
    }

    /// The place behind the element's start tag.
    pub fn content(self) -> Context {
        let (state, element) = match self {
            Element::Other | Element::Meta => (State::Text, Element::Other),
            Element::Script => (State::Js(Js::Code), self),
            Element::Style => (State::Css(Css::Code), self),
            Element::Textarea | Element::Title => (State::Rcdata, self),
        };
        Context {
            state,
            element,
            ..Context::default()
        }
    }
}
