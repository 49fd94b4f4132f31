//! Parses a text into the templates that it defines. The parser is strict as Go's is: what it does not understand is an
//! error with a line, never silently dropped. Names of functions and variables are linked here, once.

mod block;
mod literal;
mod number;
mod pipe;
mod scope;
mod term;

use std::collections::HashMap;
use std::sync::Arc;

use crate::error::Error;
use crate::functions::Functions;
use crate::lex::{Delimiters, Kind, Token, tokens};
use crate::tree::{Node, Place, Source, Tree};
use scope::Scope;

/// How deep actions and parentheses may lie in one another, so that no text can exhaust the stack.
const DEEPEST: usize = 150;

/// The templates of a text: the one named like the source, and those that it defines.
pub(crate) fn parse(
    source: Source,
    functions: &Functions,
    delimiters: &Delimiters,
) -> Result<Vec<Tree>, Error> {
    if u32::try_from(source.text.len()).is_err() {
        return Err(Error::Parse(format!(
            "template: {}:1: the text is longer than 4 GiB",
            source.name
        )));
    }
    let source = Arc::new(source);
    let text = source.text.clone();
    let names = ["break", "continue"].map(|name| functions.find(name).is_ok());
    let mut parser = Parser {
        source,
        functions,
        tokens: tokens(&text, delimiters, names),
        at: 0,
        scope: Scope::default(),
        loops: 0,
        depth: 0,
        action: None,
        trees: HashMap::new(),
    };
    parser.file().map_err(|mistake| parser.located(&mistake))?;
    Ok(parser.trees.into_values().collect())
}

/// The words of a mistake; the place is where the parser stands.
pub(crate) struct Mistake(String);

type Parsed<T> = Result<T, Mistake>;

struct Parser<'a> {
    source: Arc<Source>,
    functions: &'a Functions,
    tokens: Vec<Token<'a>>,
    at: usize,
    scope: Scope,
    /// How many `range` bodies are open.
    loops: usize,
    /// How many actions and parentheses are open.
    depth: usize,
    /// Where the current action began.
    action: Option<Place>,
    trees: HashMap<Arc<str>, Tree>,
}

impl<'a> Parser<'a> {
    fn file(&mut self) -> Parsed<()> {
        let mut body = Vec::new();
        while self.peek().kind != Kind::End {
            if self.begins_definition() {
                self.definition()?;
                continue;
            }
            match self.node()? {
                block::Part::Node(node) => body.push(node),
                block::Part::End => return self.unexpected_words("{{end}}"),
                block::Part::Else => return self.unexpected_words("{{else}}"),
            }
        }
        let name = self.source.name.clone();
        self.add(name, body)
    }

    fn unexpected_words<T>(&self, words: &str) -> Parsed<T> {
        Err(Mistake(format!("unexpected {words}")))
    }

    /// Keeps a template. Of two definitions of a name one must be empty, and the other one stays.
    fn add(&mut self, name: Arc<str>, body: Vec<Node>) -> Parsed<()> {
        let tree = Tree {
            name: name.clone(),
            source: self.source.clone(),
            body,
            slots: self.scope.most(),
        };
        match self.trees.get(&name) {
            Some(known) if !known.is_empty() => {
                if !tree.is_empty() {
                    let name = crate::quoted(&name);
                    return Err(Mistake(format!(
                        "template: multiple definition of template {name}"
                    )));
                }
            }
            _ => drop(self.trees.insert(name, tree)),
        }
        Ok(())
    }

    fn peek(&self) -> &Token<'a> {
        self.tokens.get(self.at).unwrap_or_else(|| self.last())
    }

    fn next(&mut self) -> Token<'a> {
        let token = self.peek().clone();
        self.at = (self.at + 1).min(self.tokens.len());
        token
    }

    fn back(&mut self) {
        self.at = self.at.saturating_sub(1);
    }

    fn skip_space(&mut self) {
        while self.peek().kind == Kind::Space {
            self.next();
        }
    }

    fn next_word(&mut self) -> Token<'a> {
        self.skip_space();
        self.next()
    }

    fn peek_word(&mut self) -> &Token<'a> {
        self.skip_space();
        self.peek()
    }

    fn last(&self) -> &Token<'a> {
        const END: &Token<'static> = &Token {
            kind: Kind::End,
            place: crate::tree::Place(0),
            text: "",
            mistake: String::new(),
        };
        self.tokens.last().unwrap_or(END)
    }

    fn expect(&mut self, kind: Kind, context: &str) -> Parsed<Token<'a>> {
        let token = self.next_word();
        if token.kind == kind {
            Ok(token)
        } else {
            Err(self.unexpected(&token, context))
        }
    }

    fn unexpected(&self, token: &Token<'a>, context: &str) -> Mistake {
        if token.kind != Kind::Mistake {
            return Mistake(format!("unexpected {} in {context}", token.shown()));
        }
        let line = |place| self.source.place(place).0;
        let begun = self
            .action
            .map(line)
            .filter(|begun| *begun != line(token.place));
        let begun =
            begun.map(|begun| format!(" in action started at {}:{begun}", self.source.name));
        let begun = begun.unwrap_or_default();
        let begun = if token.mistake.ends_with(" action") {
            begun.replacen(" in action", "", 1)
        } else {
            begun
        };
        Mistake(format!("{}{begun}", token.mistake))
    }

    /// Goes one level deeper; the caller comes back by lowering `depth`.
    fn deeper(&mut self) -> Parsed<()> {
        self.depth += 1;
        if self.depth > DEEPEST {
            return Err(Mistake(format!(
                "actions are nested more than {DEEPEST} levels deep; use {{{{template}}}}"
            )));
        }
        Ok(())
    }

    /// The error of a mistake in the token that was read last.
    fn located(&self, mistake: &Mistake) -> Error {
        let token = self
            .tokens
            .get(self.at.saturating_sub(1))
            .unwrap_or_else(|| self.last());
        let (line, _) = self.source.place(token.place);
        Error::Parse(format!(
            "template: {}:{line}: {}",
            self.source.name, mistake.0
        ))
    }
}

impl Tree {
    /// Whether the template prints nothing: only spaces, comments and definitions.
    pub fn is_empty(&self) -> bool {
        self.body
            .iter()
            .all(|node| matches!(node, Node::Text(text) if text.text.trim().is_empty()))
    }
}
