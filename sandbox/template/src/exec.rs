//! Executes a template. Control lies on a stack of its own and not on the thread's, so a template that calls itself a
//! thousand times deep needs memory that is counted, and ends in an error.

mod argument;
mod command;
mod fault;
mod field;
mod rounds;

use std::slice::Iter;

use crate::error::Error;
use crate::set::{MissingKey, Run, Templates};
use crate::tree::{Block, Branch, Node, Pipe, Place, Template, Tree, Variable};
use crate::value::Value;
use fault::Fault;
use rounds::Rounds;

/// Executes the template of a name, writing to the output as it goes.
pub(crate) fn execute(
    templates: &Templates,
    tree: &Tree,
    dot: Value,
    missing_key: MissingKey,
    (out, run): (&mut Vec<u8>, &Run),
) -> Result<(), Error> {
    let dot = if matches!(dot, Value::Nil) {
        Value::Missing
    } else {
        dot
    };
    let mut execution = Execution {
        templates,
        run,
        missing_key,
        out,
        tree,
        slots: vec![Value::Missing; tree.slots],
        base: 0,
        frames: Vec::new(),
        calls: 0,
        steps: 0,
        arguments: Vec::new(),
        dot,
    };
    execution.set_slot(0, execution.dot.clone());
    execution.walk().map_err(|fault| Error::Execute(fault.0))
}

struct Execution<'t> {
    templates: &'t Templates,
    run: &'t Run,
    missing_key: MissingKey,
    out: &'t mut Vec<u8>,
    /// The template that is being executed.
    tree: &'t Tree,
    dot: Value,
    /// The variables of all templates that are being executed; those of the current one begin at `base`.
    slots: Vec<Value>,
    base: usize,
    frames: Vec<Frame<'t>>,
    calls: usize,
    steps: u64,
    /// Arguments that are being collected.
    arguments: Vec<Value>,
}

type Nodes<'t> = Iter<'t, Node>;

/// What goes on when a block is done.
enum Frame<'t> {
    /// The block around an `{{if}}`.
    Block(Nodes<'t>),
    /// The block around a `{{with}}`, with its dot.
    With(Nodes<'t>, Value),
    /// The next round of a `{{range}}`.
    Loop(Box<Loop<'t>>),
    /// The template that called this one.
    Call(Box<Caller<'t>>),
}

struct Loop<'t> {
    branch: &'t Branch,
    rounds: Rounds,
    round: usize,
    after: Nodes<'t>,
    dot: Value,
}

struct Caller<'t> {
    after: Nodes<'t>,
    tree: &'t Tree,
    base: usize,
    dot: Value,
}

impl<'t> Execution<'t> {
    fn walk(&mut self) -> Result<(), Fault> {
        let mut nodes = self.tree.body.iter();
        loop {
            while let Some(node) = nodes.next() {
                self.step(node)?;
                match node {
                    Node::Text(text) => self.write_text(&text.text, text.place)?,
                    Node::Action(action) => self.action(&action.pipe, action.place)?,
                    Node::If(branch) => {
                        let truth = self.pipe(&branch.pipe)?.truth();
                        self.enter(&mut nodes, chosen(branch, truth), Frame::Block);
                    }
                    Node::With(branch) => self.with(branch, &mut nodes)?,
                    Node::Range(branch) => self.range(branch, &mut nodes)?,
                    Node::Template(template) => self.call_template(template, node, &mut nodes)?,
                    Node::Break(_) => {
                        if let Some(ended) = self.unwind() {
                            self.dot = ended.dot;
                            nodes = ended.after;
                        }
                    }
                    Node::Continue(_) => nodes = [].iter(),
                }
                if matches!(node, Node::Continue(_))
                    && let Some(continued) = self.unwind()
                {
                    self.frames.push(Frame::Loop(continued));
                }
            }
            match self.frames.pop() {
                None => return Ok(()),
                Some(Frame::Block(after)) => nodes = after,
                Some(Frame::With(after, dot)) => {
                    self.dot = dot;
                    nodes = after;
                }
                Some(Frame::Loop(running)) => nodes = self.next_round(running)?,
                Some(Frame::Call(caller)) => nodes = self.return_to(*caller),
            }
        }
    }

    /// Counts a node or a round.
    fn step(&mut self, node: &Node) -> Result<(), Fault> {
        self.steps += 1;
        if self.steps > self.run.steps {
            let place = place(node);
            return Err(self.fault(
                place,
                node,
                &format!(
                    "the page takes more than {} steps; print less",
                    self.run.steps
                ),
            ));
        }
        Ok(())
    }

    fn write_text(&mut self, text: &str, place: Place) -> Result<(), Fault> {
        self.out.extend_from_slice(text.as_bytes());
        self.check_length(place, &"text")
    }

    fn check_length(&self, place: Place, shown: &dyn std::fmt::Display) -> Result<(), Fault> {
        if self.out.len() > self.run.output {
            let reason = format!(
                "the page is longer than {} bytes; print less",
                self.run.output
            );
            return Err(self.fault(place, shown, &reason));
        }
        Ok(())
    }

    fn action(&mut self, pipe: &'t Pipe, place: Place) -> Result<(), Fault> {
        let value = self.pipe(pipe)?;
        if !pipe.variables.is_empty() {
            return Ok(());
        }
        if !pipe.escapers.is_empty() {
            let escaped = crate::escape::write(&pipe.escapers, &value, self.out);
            escaped.map_err(|reason| self.fault(place, pipe, &reason))?;
            return self.check_length(place, pipe);
        }
        match &value {
            Value::Missing | Value::Nil => self.out.extend_from_slice(b"<no value>"),
            Value::Function(_) => {
                let reason = format!("can't print {pipe} of type {}", value.type_name());
                return Err(self.fault(place, pipe, &reason));
            }
            Value::Record(record) if record.is_pointer() => {
                let start = self.out.len();
                crate::format::append(&value, self.out);
                // A page shows the struct, not that it is reached through a pointer.
                self.out.remove(start);
            }
            value => crate::format::append(value, self.out),
        }
        self.check_length(place, pipe)
    }

    /// Goes on in a block, and comes back to the nodes after it.
    fn enter(
        &mut self,
        nodes: &mut Nodes<'t>,
        block: Option<&'t Block>,
        frame: impl FnOnce(Nodes<'t>) -> Frame<'t>,
    ) {
        if let Some(block) = block {
            let after = std::mem::replace(nodes, block.iter());
            self.frames.push(frame(after));
        }
    }

    fn with(&mut self, branch: &'t Branch, nodes: &mut Nodes<'t>) -> Result<(), Fault> {
        let value = self.pipe(&branch.pipe)?;
        if value.truth() {
            let outer = std::mem::replace(&mut self.dot, value);
            self.enter(nodes, Some(&branch.body), |after| Frame::With(after, outer));
        } else {
            self.enter(nodes, branch.otherwise.as_ref(), Frame::Block);
        }
        Ok(())
    }

    fn range(&mut self, branch: &'t Branch, nodes: &mut Nodes<'t>) -> Result<(), Fault> {
        let value = self.pipe(&branch.pipe)?;
        let (place, shown) = self.last_word(&branch.pipe);
        let rounds = Rounds::new(&value, branch.pipe.variables.len());
        let rounds = rounds.map_err(|reason| self.fault(place, shown, &reason))?;
        if rounds.is_empty() {
            self.enter(nodes, branch.otherwise.as_ref(), Frame::Block);
            return Ok(());
        }
        let after = std::mem::replace(nodes, [].iter());
        let dot = self.dot.clone();
        self.frames.push(Frame::Loop(Box::new(Loop {
            branch,
            rounds,
            round: 0,
            after,
            dot,
        })));
        Ok(())
    }

    /// Begins the next round, or goes on after the loop.
    fn next_round(&mut self, mut running: Box<Loop<'t>>) -> Result<Nodes<'t>, Fault> {
        let Some((key, item)) = running.rounds.round(running.round) else {
            self.dot = running.dot;
            return Ok(running.after);
        };
        self.steps += 1;
        running.round += 1;
        match running.branch.pipe.variables.as_slice() {
            [only] => self.set(only, item.clone()),
            [first, second, ..] => {
                self.set(first, key);
                self.set(second, item.clone());
            }
            [] => {}
        }
        self.dot = item;
        let body = running.branch.body.iter();
        self.frames.push(Frame::Loop(running));
        Ok(body)
    }

    /// Leaves blocks up to the innermost loop.
    fn unwind(&mut self) -> Option<Box<Loop<'t>>> {
        while let Some(frame) = self.frames.pop() {
            match frame {
                Frame::Loop(running) => return Some(running),
                Frame::With(_, dot) => self.dot = dot,
                Frame::Block(_) => {}
                Frame::Call(caller) => drop(self.return_to(*caller)),
            }
        }
        None
    }

    fn call_template(
        &mut self,
        template: &'t Template,
        node: &Node,
        nodes: &mut Nodes<'t>,
    ) -> Result<(), Fault> {
        let Some(tree) = self.templates.get(&template.name) else {
            let reason = format!("template {} not defined", crate::quoted(&template.name));
            return Err(self.fault(template.place, node, &reason));
        };
        if self.calls >= self.run.depth {
            let reason = format!("exceeded maximum template depth ({})", self.run.depth);
            return Err(self.fault(template.place, node, &reason));
        }
        let dot = template
            .pipe
            .as_ref()
            .map_or(Ok(Value::Missing), |pipe| self.pipe(pipe))?;
        self.calls += 1;
        let after = std::mem::replace(nodes, tree.body.iter());
        let caller = Caller {
            after,
            tree: self.tree,
            base: self.base,
            dot: std::mem::replace(&mut self.dot, dot),
        };
        self.frames.push(Frame::Call(Box::new(caller)));
        self.tree = tree;
        self.base = self.slots.len();
        self.slots.resize(self.base + tree.slots, Value::Missing);
        self.set_slot(0, self.dot.clone());
        Ok(())
    }

    fn return_to(&mut self, caller: Caller<'t>) -> Nodes<'t> {
        self.calls -= 1;
        self.slots.truncate(self.base);
        self.base = caller.base;
        self.tree = caller.tree;
        self.dot = caller.dot;
        caller.after
    }

    fn set(&mut self, variable: &Variable, value: Value) {
        if let Some(slot) = variable.slot {
            self.set_slot(slot, value);
        }
    }

    fn set_slot(&mut self, slot: usize, value: Value) {
        if let Some(place) = self.slots.get_mut(self.base + slot) {
            *place = value;
        }
    }
}

fn chosen(branch: &Branch, truth: bool) -> Option<&Block> {
    if truth {
        Some(&branch.body)
    } else {
        branch.otherwise.as_ref()
    }
}

fn place(node: &Node) -> Place {
    match node {
        Node::Text(text) => text.place,
        Node::Action(action) => action.place,
        Node::If(branch) | Node::Range(branch) | Node::With(branch) => branch.place,
        Node::Template(template) => template.place,
        Node::Break(place) | Node::Continue(place) => *place,
    }
}
