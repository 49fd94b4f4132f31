//! Text, actions and the blocks that `{{end}}` closes.

use std::sync::Arc;

use super::{Mistake, Parsed, Parser};
use crate::lex::{Kind, Token};
use crate::tree::{Action, Block, Branch, Node, Pipe, Place, Template, Text};

/// What an action turns out to be.
pub(super) enum Part {
    Node(Node),
    End,
    Else,
}

/// What closed a block.
#[derive(PartialEq)]
enum Closed {
    End,
    Else,
}

impl<'a> Parser<'a> {
    pub(super) fn begins_definition(&mut self) -> bool {
        let at = self.at;
        let begins = self.peek().kind == Kind::Left && {
            self.next();
            self.next_word().is_keyword("define")
        };
        self.at = at;
        begins
    }

    /// `{{define "name"}}...{{end}}`
    pub(super) fn definition(&mut self) -> Parsed<()> {
        self.next();
        self.next_word();
        let name = self.template_name("define clause")?;
        self.expect(Kind::Right, "define clause")?;
        self.apart(name, "define clause")
    }

    /// A body that becomes a template of its own, with variables of its own.
    fn apart(&mut self, name: Arc<str>, context: &str) -> Parsed<()> {
        let outer = std::mem::take(&mut self.scope);
        let loops = std::mem::take(&mut self.loops);
        let (body, closed) = self.block()?;
        if closed != Closed::End {
            return Err(Mistake(format!("unexpected {{{{else}}}} in {context}")));
        }
        self.add(name, body)?;
        self.scope = outer;
        self.loops = loops;
        Ok(())
    }

    fn block(&mut self) -> Parsed<(Block, Closed)> {
        let mut body = Vec::new();
        self.deeper()?;
        while self.peek_word().kind != Kind::End {
            match self.node()? {
                Part::Node(node) => body.push(node),
                Part::End => {
                    self.depth -= 1;
                    return Ok((body, Closed::End));
                }
                Part::Else => {
                    self.depth -= 1;
                    return Ok((body, Closed::Else));
                }
            }
        }
        self.next();
        Err(Mistake("unexpected EOF".to_owned()))
    }

    pub(super) fn node(&mut self) -> Parsed<Part> {
        let token = self.next_word();
        match token.kind {
            Kind::Text => Ok(Part::Node(Node::Text(Text {
                place: token.place,
                text: token.text.into(),
            }))),
            Kind::Left => {
                self.action = Some(token.place);
                let part = self.action();
                if part.is_ok() {
                    self.action = None;
                }
                part
            }
            _ => Err(self.unexpected(&token, "input")),
        }
    }

    fn action(&mut self) -> Parsed<Part> {
        let token = self.next_word();
        let word = if token.kind == Kind::Keyword {
            token.text
        } else {
            ""
        };
        let node = match word {
            "block" => self.block_action()?,
            "break" => self.jump(&token, Node::Break)?,
            "continue" => self.jump(&token, Node::Continue)?,
            "else" => return self.else_action(),
            "end" => return self.expect(Kind::Right, "end").map(|_| Part::End),
            "if" => Node::If(self.control("if")?),
            "range" => Node::Range(self.control("range")?),
            "with" => Node::With(self.control("with")?),
            "template" => self.template_action()?,
            _ => {
                self.back();
                let place = self.peek().place;
                let pipe = self.pipeline("command", Kind::Right)?;
                Node::Action(Action { place, pipe })
            }
        };
        Ok(Part::Node(node))
    }

    fn jump(&mut self, token: &Token<'a>, node: fn(Place) -> Node) -> Parsed<Node> {
        let following = self.next_word();
        let word = format!("{{{{{}}}}}", token.text);
        if following.kind != Kind::Right {
            return Err(self.unexpected(&following, &word));
        }
        if self.loops == 0 {
            return Err(Mistake(format!("{word} outside {{{{range}}}}")));
        }
        Ok(node(token.place))
    }

    /// `{{else}}`; what follows in `{{else if}}` and `{{else with}}` is left for the branch.
    fn else_action(&mut self) -> Parsed<Part> {
        let peeked = self.peek_word();
        if !peeked.is_keyword("if") && !peeked.is_keyword("with") {
            self.expect(Kind::Right, "else")?;
        }
        Ok(Part::Else)
    }

    fn control(&mut self, word: &str) -> Parsed<Branch> {
        let mark = self.scope.mark();
        let pipe = self.pipeline(word, Kind::Right)?;
        let looping = usize::from(word == "range");
        self.loops += looping;
        let inner = self.scope.mark();
        let (body, closed) = self.block()?;
        self.loops -= looping;
        self.scope.bury(inner);
        let otherwise = match closed {
            Closed::End => None,
            Closed::Else => Some(self.otherwise(word)?),
        };
        self.scope.forget(mark);
        Ok(Branch {
            place: pipe.place,
            pipe,
            body,
            otherwise,
        })
    }

    fn otherwise(&mut self, word: &str) -> Parsed<Block> {
        if self.peek().is_keyword(word) && word != "range" {
            self.next();
            self.deeper()?;
            let branch = self.control(word)?;
            self.depth -= 1;
            return Ok(vec![if word == "if" {
                Node::If(branch)
            } else {
                Node::With(branch)
            }]);
        }
        match self.block()? {
            (body, Closed::End) => Ok(body),
            (_, Closed::Else) => Err(Mistake("expected end; found {{else}}".to_owned())),
        }
    }

    /// `{{block "name" pipeline}}...{{end}}`: a definition and a call of it.
    fn block_action(&mut self) -> Parsed<Node> {
        self.skip_space();
        let place = self.peek().place;
        let name = self.template_name("block clause")?;
        let pipe = self.pipeline("block clause", Kind::Right)?;
        self.apart(name.clone(), "block clause")?;
        Ok(Node::Template(Template {
            place,
            name,
            pipe: Some(pipe),
        }))
    }

    fn template_action(&mut self) -> Parsed<Node> {
        self.skip_space();
        let place = self.peek().place;
        let name = self.template_name("template clause")?;
        let mut pipe: Option<Pipe> = None;
        if self.peek_word().kind == Kind::Right {
            self.next();
        } else {
            pipe = Some(self.pipeline("template clause", Kind::Right)?);
        }
        Ok(Node::Template(Template { place, name, pipe }))
    }

    fn template_name(&mut self, context: &str) -> Parsed<Arc<str>> {
        let token = self.next_word();
        if !matches!(token.kind, Kind::Quoted | Kind::Raw) {
            return Err(self.unexpected(&token, context));
        }
        let bytes = super::literal::unquote(token.text)?;
        Ok(String::from_utf8_lossy(&bytes).into())
    }
}
