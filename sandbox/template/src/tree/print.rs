//! Trees as text: what errors quote, and the canonical form of a template.

use std::fmt::{self, Display, Formatter, Write};
use std::sync::Arc;

use super::{Action, Branch, Command, Node, Pipe, Template, Term, Text, Tree, Variable, Word};

impl Display for Tree {
    fn fmt(&self, f: &mut Formatter<'_>) -> fmt::Result {
        block(&self.body, f)
    }
}

fn block(nodes: &[Node], f: &mut Formatter<'_>) -> fmt::Result {
    nodes.iter().try_for_each(|node| node.fmt(f))
}

impl Display for Node {
    fn fmt(&self, f: &mut Formatter<'_>) -> fmt::Result {
        match self {
            Node::Text(text) => text.fmt(f),
            Node::Action(action) => action.fmt(f),
            Node::If(branch) => control("if", branch, f),
            Node::Range(branch) => control("range", branch, f),
            Node::With(branch) => control("with", branch, f),
            Node::Template(template) => template.fmt(f),
            Node::Break(_) => f.write_str("{{break}}"),
            Node::Continue(_) => f.write_str("{{continue}}"),
        }
    }
}

impl Display for Text {
    fn fmt(&self, f: &mut Formatter<'_>) -> fmt::Result {
        f.write_str(&self.text)
    }
}

impl Display for Action {
    fn fmt(&self, f: &mut Formatter<'_>) -> fmt::Result {
        write!(f, "{{{{{}}}}}", self.pipe)
    }
}

fn control(word: &str, branch: &Branch, f: &mut Formatter<'_>) -> fmt::Result {
    write!(f, "{{{{{word} {}}}}}", branch.pipe)?;
    block(&branch.body, f)?;
    if let Some(otherwise) = &branch.otherwise {
        f.write_str("{{else}}")?;
        block(otherwise, f)?;
    }
    f.write_str("{{end}}")
}

impl Display for Template {
    fn fmt(&self, f: &mut Formatter<'_>) -> fmt::Result {
        write!(f, "{{{{template {}", crate::quote::quoted(&self.name))?;
        if let Some(pipe) = &self.pipe {
            write!(f, " {pipe}")?;
        }
        f.write_str("}}")
    }
}

impl Display for Pipe {
    fn fmt(&self, f: &mut Formatter<'_>) -> fmt::Result {
        for (index, Variable { name, .. }) in self.variables.iter().enumerate() {
            write!(f, "{}{name}", if index > 0 { ", " } else { "" })?;
        }
        if !self.variables.is_empty() {
            f.write_str(if self.assigns { " = " } else { " := " })?;
        }
        separated(&self.commands, " | ", f)
    }
}

impl Display for Command {
    fn fmt(&self, f: &mut Formatter<'_>) -> fmt::Result {
        separated(&self.words, " ", f)
    }
}

impl Display for Word {
    fn fmt(&self, f: &mut Formatter<'_>) -> fmt::Result {
        match &self.term {
            Term::Dot => f.write_char('.'),
            Term::Nil => f.write_str("nil"),
            Term::Bool(value) => value.fmt(f),
            Term::Number(number) => f.write_str(&number.text),
            Term::Text(written, _) => f.write_str(written),
            Term::Field(names) => fields(names, f),
            Term::Variable(variable, names) => {
                f.write_str(&variable.name)?;
                fields(names, f)
            }
            Term::Function(function) => f.write_str(function.name()),
            Term::Pipe(pipe) => write!(f, "({pipe})"),
            Term::Chain(word, names) => {
                word.fmt(f)?;
                fields(names, f)
            }
        }
    }
}

fn fields(names: &[Arc<str>], f: &mut Formatter<'_>) -> fmt::Result {
    names.iter().try_for_each(|name| write!(f, ".{name}"))
}

fn separated(items: &[impl Display], separator: &str, f: &mut Formatter<'_>) -> fmt::Result {
    for (index, item) in items.iter().enumerate() {
        if index > 0 {
            f.write_str(separator)?;
        }
        item.fmt(f)?;
    }
    Ok(())
}
