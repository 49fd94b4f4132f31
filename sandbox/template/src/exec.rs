//! Executes a template. Control lies on a stack of its own and not on the thread's, so a template that calls itself a
//! thousand times deep needs memory that is counted, and ends in an error.

mod argument;
mod command;
mod control;
mod fault;
mod field;
mod rounds;

use crate::error::Error;
use crate::set::{MissingKey, Run, Templates};
use crate::tree::{Node, Pipe, Place, Tree, Variable};
use crate::value::Value;
use control::{Frame, chosen};
use fault::Fault;

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

impl<'t> Execution<'t> {
    fn walk(&mut self) -> Result<(), Fault> {
        let mut nodes = self.tree.body.iter();
        loop {
            while let Some(node) = nodes.next() {
                self.step(place(node), node)?;
                match node {
                    Node::Text(text) => {
                        self.out.extend_from_slice(text.text.as_bytes());
                        self.check_length(text.place, &"text")?;
                    }
                    Node::Action(action) => self.action(&action.pipe, action.place)?,
                    Node::If(branch) => {
                        let truth = self.pipe(&branch.pipe)?.truth();
                        self.enter(&mut nodes, chosen(branch, truth), Frame::Block);
                    }
                    Node::With(branch) => self.with(branch, &mut nodes)?,
                    Node::Range(branch) => self.range(branch, &mut nodes)?,
                    Node::Template(template) => self.call_template(template, node, &mut nodes)?,
                    Node::Break(_) => self.leave_loop(&mut nodes),
                    Node::Continue(_) => self.continue_loop(&mut nodes),
                }
            }
            match self.frames.pop() {
                Some(frame) => nodes = self.resume(frame)?,
                None => return Ok(()),
            }
        }
    }

    /// Counts a node or a round.
    fn step(&mut self, place: Place, shown: &dyn std::fmt::Display) -> Result<(), Fault> {
        self.steps += 1;
        if self.steps > self.run.steps {
            let reason = format!(
                "the page takes more than {} steps; print less",
                self.run.steps
            );
            return Err(self.fault(place, shown, &reason));
        }
        Ok(())
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

fn place(node: &Node) -> Place {
    match node {
        Node::Text(text) => text.place,
        Node::Action(action) => action.place,
        Node::If(branch) | Node::Range(branch) | Node::With(branch) => branch.place,
        Node::Template(template) => template.place,
        Node::Break(place) | Node::Continue(place) => *place,
    }
}
