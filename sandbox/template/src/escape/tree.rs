//! The walk over one template: each node is given the place where it begins, gets its escapers, and tells where it ends.

use std::sync::Arc;

use super::call::{Calls, Failure};
use super::context::{Context, State};
use super::join::join;
use super::plan::{Plan, plan};
use super::problem::Problem;
use super::{author, walk};
use crate::tree::{Action, Block, Branch, Node, Place, Source, Template, Text};

/// One template on its way, with the loops around the present node.
pub struct Walk<'w, 't> {
    calls: &'w mut Calls<'t>,
    source: Arc<Source>,
    loops: Vec<Loop>,
}

/// The places from which a loop is left or begun anew.
#[derive(Default)]
struct Loop {
    breaks: Vec<(Context, Place)>,
    continues: Vec<(Context, Place)>,
}

type End = Result<Context, Failure>;

/// What an action costs, in bytes of text that could be read instead.
const ACTION: usize = 32;

impl<'w, 't> Walk<'w, 't> {
    /// A walk over a template of this text.
    pub fn new(calls: &'w mut Calls<'t>, source: Arc<Source>) -> Walk<'w, 't> {
        Walk {
            calls,
            source,
            loops: Vec::new(),
        }
    }

    /// Escapes nodes and tells the place behind them.
    pub fn block(&mut self, mut context: Context, block: &mut Block) -> End {
        for node in block {
            context = self.node(context, node)?;
            if context.state == State::Dead {
                break;
            }
        }
        Ok(context)
    }

    fn node(&mut self, context: Context, node: &mut Node) -> End {
        match node {
            Node::Text(text) => self.text(&context, text),
            Node::Action(action) => self.action(context, action),
            Node::If(branch) => self.branch(context, branch, "if"),
            Node::With(branch) => self.branch(context, branch, "with"),
            Node::Range(branch) => self.range(context, branch),
            Node::Template(template) => self.template(&context, template),
            Node::Break(place) => Ok(self.leave(context, *place, |inner| &mut inner.breaks)),
            Node::Continue(place) => Ok(self.leave(context, *place, |inner| &mut inner.continues)),
        }
    }

    fn text(&mut self, context: &Context, text: &mut Text) -> End {
        self.spend(1 + text.text.len(), text.place)?;
        let walked = walk::walk(context, &text.text).map_err(|(problem, at)| {
            let at = u32::try_from(at).unwrap_or_default();
            self.failure(problem, Place(text.place.0.saturating_add(at)))
        })?;
        if let Some(replaced) = walked.text {
            text.text = replaced.into();
        }
        Ok(walked.context)
    }

    fn action(&mut self, context: Context, action: &mut Action) -> End {
        self.spend(ACTION, action.place)?;
        if !action.pipe.variables.is_empty() {
            return Ok(context);
        }
        author::check(&action.pipe, &context.clone().nudged())
            .map_err(|problem| self.failure(problem, action.pipe.place))?;
        match plan(context) {
            Plan::Escape(escapers, behind) => {
                author::merge(&mut action.pipe, escapers);
                Ok(behind)
            }
            Plan::Ambiguous => {
                let text = format!(
                    "{action} appears in an ambiguous context within a URL; \
                     make the whole URL one value, or put the condition around the whole attribute"
                );
                Err(self.failure(Problem::ambiguous(text), action.place))
            }
        }
    }

    fn branch(&mut self, context: Context, branch: &mut Branch, word: &str) -> End {
        self.deeper(branch.place)?;
        let body = self.block(context.clone(), &mut branch.body);
        let otherwise = body.and_then(|body| Ok((body, self.otherwise(context, branch)?)));
        self.calls.shallower();
        let (body, otherwise) = otherwise?;
        join(body, otherwise, word).map_err(|problem| self.failure(problem, branch.pipe.place))
    }

    fn otherwise(&mut self, context: Context, branch: &mut Branch) -> End {
        match &mut branch.otherwise {
            Some(block) => self.block(context, block),
            None => Ok(context),
        }
    }

    /// A body that leads elsewhere is read a second time from there, because a loop does so too; the escapers of the first
    /// reading stay.
    fn range(&mut self, context: Context, branch: &mut Branch) -> End {
        self.deeper(branch.place)?;
        let end = self.rounds(context, branch);
        self.calls.shallower();
        end
    }

    fn rounds(&mut self, context: Context, branch: &mut Branch) -> End {
        let mut original = branch.body.clone();
        let mut once = self.round(context.clone(), &mut branch.body)?;
        if once != context {
            let again = self
                .round(once.clone(), &mut original)
                .map_err(|failure| failure.while_at("on range loop re-entry"))?;
            once = join(once, again, "range")
                .map_err(|problem| problem.while_at("on range loop re-entry"))
                .map_err(|problem| self.failure(problem, branch.pipe.place))?;
        }
        let otherwise = self.otherwise(context, branch)?;
        join(once, otherwise, "range").map_err(|problem| self.failure(problem, branch.pipe.place))
    }

    /// One round of a loop, joined with the places from which it is left early.
    fn round(&mut self, context: Context, body: &mut Block) -> End {
        self.loops.push(Loop::default());
        let end = self.block(context, body);
        let inner = self.loops.pop().unwrap_or_default();
        let mut end = end?;
        let breaks = inner
            .breaks
            .into_iter()
            .map(|early| (early, "at range loop break"));
        let continues = inner
            .continues
            .into_iter()
            .map(|early| (early, "at range loop continue"));
        for ((early, place), what) in breaks.chain(continues) {
            end = join(end, early, "range")
                .map_err(|problem| self.failure(problem.while_at(what), place))?;
        }
        Ok(end)
    }

    fn leave(
        &mut self,
        context: Context,
        place: Place,
        exits: impl Fn(&mut Loop) -> &mut Vec<(Context, Place)>,
    ) -> Context {
        if let Some(inner) = self.loops.last_mut() {
            exits(inner).push((context, place));
        }
        Context::default().at(State::Dead)
    }

    fn template(&mut self, context: &Context, template: &mut Template) -> End {
        self.deeper(template.place)?;
        let called = self.calls.call(&template.name, context);
        self.calls.shallower();
        let called = called.map_err(|failure| failure.at(&self.source, template.place))?;
        template.name = called.name;
        Ok(called.end)
    }

    fn failure(&self, problem: Problem, place: Place) -> Failure {
        Failure::new(problem).at(&self.source, place)
    }

    fn spend(&mut self, amount: usize, place: Place) -> Result<(), Failure> {
        self.calls
            .spend(amount)
            .map_err(|failure| failure.at(&self.source, place))
    }

    fn deeper(&mut self, place: Place) -> Result<(), Failure> {
        self.calls
            .deeper()
            .map_err(|failure| failure.at(&self.source, place))
    }
}
