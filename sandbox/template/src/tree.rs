//! The syntax tree of one template. It is parsed once, then read by every execution.
//!
//! What escaping relies on:
//! * A [`Tree`] is plain data and cheap to clone (texts and functions are shared), so a template is derived for another
//!   start context by cloning its tree under another name and pointing the [`Node::Template`]s there.
//! * Every [`Action`] ends with the escapers of its pipeline ([`Pipe::escapers`]); they are empty after parsing. The value of
//!   the last command goes through them straight into the output.
//! * Escapers that the author wrote (`html`, `urlquery`, `js`) are [`Word`]s of the kind [`Term::Function`] that begin a [`Command`];
//!   `function.name()` says which. Commands may be changed or removed.
//! * [`Text`] may be replaced by other text.
//! * [`Source::place`] and [`Word`]'s `Display` make the words of an error.

mod print;

use std::sync::Arc;

use crate::escape::Escaper;
use crate::functions::Function;
use crate::value::Value;

/// A template: its name, its text and its nodes.
#[derive(Clone)]
pub struct Tree {
    /// The name in the set.
    pub name: Arc<str>,
    /// The text it was parsed from.
    pub source: Arc<Source>,
    /// The nodes.
    pub body: Block,
    /// How many variables are alive at once, `$` included.
    pub slots: usize,
}

/// The text that templates are parsed from, for positions.
pub struct Source {
    /// The name of the file: the name under which the text was added.
    pub name: Arc<str>,
    /// The text.
    pub text: Arc<str>,
}

/// A place in a [`Source`]: the offset of a byte.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub struct Place(pub u32);

impl Source {
    /// Line (from 1) and column (in bytes, from 0) of a place, as Go counts them.
    pub fn place(&self, place: Place) -> (usize, usize) {
        let before = self
            .text
            .as_bytes()
            .get(..place.0 as usize)
            .unwrap_or(self.text.as_bytes());
        let line = 1 + before.iter().filter(|byte| **byte == b'\n').count();
        let start = before
            .iter()
            .rposition(|byte| *byte == b'\n')
            .map_or(0, |at| at + 1);
        (line, before.len() - start)
    }
}

/// Nodes in order.
pub type Block = Vec<Node>;

/// One part of a template.
#[derive(Clone)]
pub enum Node {
    /// Text that is copied to the output.
    Text(Text),
    /// `{{pipeline}}`.
    Action(Action),
    /// `{{if}}`.
    If(Branch),
    /// `{{range}}`.
    Range(Branch),
    /// `{{with}}`.
    With(Branch),
    /// `{{template "name" pipeline}}`.
    Template(Template),
    /// `{{break}}`.
    Break(Place),
    /// `{{continue}}`.
    Continue(Place),
}

/// Text between actions.
#[derive(Clone)]
pub struct Text {
    /// Where it begins.
    pub place: Place,
    /// What is printed.
    pub text: Arc<str>,
}

/// An action that prints, unless it declares or sets variables.
#[derive(Clone)]
pub struct Action {
    /// Where it begins.
    pub place: Place,
    /// What is printed.
    pub pipe: Pipe,
}

/// A condition or a loop.
#[derive(Clone)]
pub struct Branch {
    /// Where it begins.
    pub place: Place,
    /// What decides.
    pub pipe: Pipe,
    /// What is done if so.
    pub body: Block,
    /// What follows `{{else}}`; `{{else if}}` is an [`Node::If`] in here.
    pub otherwise: Option<Block>,
}

/// A call of another template.
#[derive(Clone)]
pub struct Template {
    /// Where it begins.
    pub place: Place,
    /// The template that is called.
    pub name: Arc<str>,
    /// The dot of the called template; nil if there is none.
    pub pipe: Option<Pipe>,
}

/// Commands, each given the value of the one before.
#[derive(Clone)]
pub struct Pipe {
    /// Where it begins.
    pub place: Place,
    /// Variables that get the value.
    pub variables: Vec<Variable>,
    /// Whether the variables exist already: `=` instead of `:=`.
    pub assigns: bool,
    /// The commands; never empty after parsing.
    pub commands: Vec<Command>,
    /// What the value goes through on its way out. Only escaping fills this.
    pub escapers: Vec<Escaper>,
}

/// A function or value with arguments.
#[derive(Clone)]
pub struct Command {
    /// Where it begins.
    pub place: Place,
    /// What is called and its arguments; never empty.
    pub words: Vec<Word>,
}

/// One argument.
#[derive(Clone)]
pub struct Word {
    /// Where it stands.
    pub place: Place,
    /// What it is.
    pub term: Term,
}

/// What an argument may be.
#[derive(Clone)]
pub enum Term {
    /// `.`
    Dot,
    /// `nil`
    Nil,
    /// `true`, `false`
    Bool(bool),
    /// A number or a character.
    Number(Arc<Number>),
    /// A string: as it is written, and its value.
    Text(Arc<str>, Value),
    /// `.a.b`
    Field(Arc<[Arc<str>]>),
    /// `$x.a.b`
    Variable(Variable, Arc<[Arc<str>]>),
    /// The name of a function, linked.
    Function(Arc<Function>),
    /// `(pipeline)`
    Pipe(Box<Pipe>),
    /// `(pipeline).a.b`
    Chain(Box<Word>, Arc<[Arc<str>]>),
}

/// A variable, linked to its slot.
#[derive(Clone)]
pub struct Variable {
    /// The name with its `$`.
    pub name: Arc<str>,
    /// Where the value lies; nothing if the name means nothing when it is used.
    pub slot: Option<usize>,
}

/// A number as Go's untyped constants are: all types that can hold it.
pub struct Number {
    /// As it is written.
    pub text: Arc<str>,
    /// The value without a wish for a type.
    pub value: Value,
    /// As a signed number.
    pub int: Option<i64>,
    /// As an unsigned number.
    pub uint: Option<u64>,
    /// As a float.
    pub float: Option<f64>,
}
