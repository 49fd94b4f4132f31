//! Conditions, loops and calls: what goes on when a block is done.

use std::slice::Iter;

use super::Execution;
use super::fault::Fault;
use super::rounds::Rounds;
use crate::tree::{Block, Branch, Node, Template, Tree};
use crate::value::Value;

pub(super) type Nodes<'t> = Iter<'t, Node>;

/// What goes on when a block is done.
pub(super) enum Frame<'t> {
    /// The block around an `{{if}}`.
    Block(Nodes<'t>),
    /// The block around a `{{with}}`, with its dot.
    With(Nodes<'t>, Value),
    /// The next round of a `{{range}}`.
    Loop(Box<Loop<'t>>),
    /// The template that called this one.
    Call(Box<Caller<'t>>),
}

pub(super) struct Loop<'t> {
    branch: &'t Branch,
    rounds: Rounds,
    round: usize,
    after: Nodes<'t>,
    dot: Value,
}

pub(super) struct Caller<'t> {
    after: Nodes<'t>,
    tree: &'t Tree,
    base: usize,
    dot: Value,
}

impl<'t> Execution<'t> {
    /// Goes on in a block, and comes back to the nodes after it.
    pub(super) fn enter(
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

    pub(super) fn with(&mut self, branch: &'t Branch, nodes: &mut Nodes<'t>) -> Result<(), Fault> {
        let value = self.pipe(&branch.pipe)?;
        if value.truth() {
            let outer = std::mem::replace(&mut self.dot, value);
            self.enter(nodes, Some(&branch.body), |after| Frame::With(after, outer));
        } else {
            self.enter(nodes, branch.otherwise.as_ref(), Frame::Block);
        }
        Ok(())
    }

    pub(super) fn range(&mut self, branch: &'t Branch, nodes: &mut Nodes<'t>) -> Result<(), Fault> {
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
        self.step(running.branch.place, &running.branch.pipe)?;
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

    /// Goes on where a frame says.
    pub(super) fn resume(&mut self, frame: Frame<'t>) -> Result<Nodes<'t>, Fault> {
        match frame {
            Frame::Block(after) => Ok(after),
            Frame::With(after, dot) => {
                self.dot = dot;
                Ok(after)
            }
            Frame::Loop(running) => self.next_round(running),
            Frame::Call(caller) => Ok(self.return_to(*caller)),
        }
    }

    /// `{{break}}`
    pub(super) fn leave_loop(&mut self, nodes: &mut Nodes<'t>) {
        if let Some(running) = self.unwind() {
            self.dot = running.dot;
            *nodes = running.after;
        }
    }

    /// `{{continue}}`
    pub(super) fn continue_loop(&mut self, nodes: &mut Nodes<'t>) {
        *nodes = [].iter();
        if let Some(running) = self.unwind() {
            self.frames.push(Frame::Loop(running));
        }
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

    pub(super) fn call_template(
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
}

/// The block that a condition leads to.
pub(super) fn chosen(branch: &Branch, truth: bool) -> Option<&Block> {
    if truth {
        Some(&branch.body)
    } else {
        branch.otherwise.as_ref()
    }
}
