//! Errors of an execution, in the form in which Go tells them.

use std::fmt::Display;

use super::Execution;
use crate::tree::{Pipe, Place};

/// The most letters of a template that an error quotes.
const SHOWN: usize = 200;

/// Why an execution ends early.
pub(super) struct Fault(pub(super) String);

impl<'t> Execution<'t> {
    /// The fault at a place, with what stands there.
    pub(super) fn fault(
        &self,
        place: Place,
        shown: &(impl Display + ?Sized),
        reason: &str,
    ) -> Fault {
        let source = &self.tree.source;
        let (line, column) = source.place(place);
        let name = crate::quoted(&self.tree.name);
        let mut shown = shown.to_string();
        if let Some((end, _)) = shown.char_indices().nth(SHOWN) {
            shown.truncate(end);
            shown.push_str("...");
        }
        Fault(format!(
            "template: {}:{line}:{column}: executing {name} at <{shown}>: {reason}",
            source.name
        ))
    }

    /// What a fault of a whole pipeline is shown at: its last command's first word.
    pub(super) fn last_word(&self, pipe: &'t Pipe) -> (Place, &'t dyn Display) {
        match pipe
            .commands
            .last()
            .and_then(|command| command.words.first())
        {
            Some(word) => (word.place, word),
            None => (pipe.place, pipe),
        }
    }
}
