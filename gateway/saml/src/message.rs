//! A message as a tree that two readers agree on, with nothing in it that readers are known to differ about.
//!
//! The tree is the one whose signatures are verified, so what is read and what is signed cannot come apart. Document
//! types, comments, CDATA and processing instructions are refused by their first letters: outside of them no `<!` and
//! no `<?` can stand in well-formed XML.

mod agree;
mod node;

use std::collections::HashSet;

use uppsala::{Document, NodeId, Parser};

use crate::error::Error;
pub(crate) use node::Node;

/// The longest message, once it is decoded.
pub(crate) const LONGEST: usize = 1 << 20;
const DEEPEST: u32 = 48;
const MOST_TAGS: usize = 10_000;
const MOST_ATTRIBUTES: usize = 5_000;
const MOST_NAMESPACES: usize = 2_000;

/// A message that was read; nothing in it is verified yet.
pub(crate) struct Message<'a> {
    text: &'a str,
    document: Document<'a>,
    root: NodeId,
}

impl<'a> Message<'a> {
    pub(crate) fn read(text: &'a str) -> Result<Self, Error> {
        bounded(text)?;
        plain(text)?;
        let document = Parser::new()
            .with_max_depth(DEEPEST)
            .with_forbid_dtd(true)
            .with_forbid_entities(true)
            .parse(text)
            .map_err(|_| malformed("it is not well-formed XML"))?;
        let root = document
            .document_element()
            .ok_or_else(|| malformed("it has no element"))?;
        let message = Self {
            text,
            document,
            root,
        };
        agree::agree(text, message.root())?;
        message.distinct()?;
        Ok(message)
    }

    pub(crate) fn root(&self) -> Node<'_> {
        Node::new(&self.document, self.root)
    }

    pub(crate) fn node(&self, id: NodeId) -> Node<'_> {
        Node::new(&self.document, id)
    }

    pub(crate) fn document(&self) -> &Document<'a> {
        &self.document
    }

    pub(crate) fn text(&self) -> &'a str {
        self.text
    }

    /// All elements of that name, wherever they stand.
    pub(crate) fn every(&self, space: &str, name: &str) -> Vec<Node<'_>> {
        let root = self.document.root();
        self.document
            .descendants(root)
            .into_iter()
            .map(|id| self.node(id))
            .filter(|node| node.is(space, name))
            .collect()
    }

    /// Refuses an id that stands twice, whichever way the attribute is spelled.
    fn distinct(&self) -> Result<(), Error> {
        let mut seen = HashSet::new();
        for id in self.document.descendants(self.document.root()) {
            let node = self.node(id);
            let mut ids = node.identifiers();
            if let Some(id) = ids.next()
                && (id.is_empty() || !seen.insert(id) || ids.next().is_some())
            {
                return Err(malformed("an id is empty or stands twice"));
            }
        }
        Ok(())
    }
}

pub(crate) fn malformed(what: &str) -> Error {
    Error::Malformed(what.to_owned())
}

fn bounded(text: &str) -> Result<(), Error> {
    let within = text.len() <= LONGEST
        && text.matches('<').count() <= MOST_TAGS
        && text.matches("=\"").count() + text.matches("='").count() <= MOST_ATTRIBUTES
        && text.matches("xmlns").count() <= MOST_NAMESPACES
        // Spaces may stand round the equals sign; without quotation marks there is no attribute.
        && text.matches(['"', '\'']).count() <= 3 * MOST_ATTRIBUTES;
    within.then_some(()).ok_or(Error::TooLarge(
        "more text, tags or attributes than a message needs",
    ))
}

fn plain(text: &str) -> Result<(), Error> {
    let body = match text.strip_prefix("<?xml ") {
        Some(rest) => after_declaration(rest)?,
        None => text,
    };
    if body.contains("<!") || body.contains("<?") {
        return Err(malformed(
            "it holds a document type, a comment, CDATA or a processing instruction",
        ));
    }
    Ok(())
}

fn after_declaration(rest: &str) -> Result<&str, Error> {
    let (declaration, body) = rest
        .split_once("?>")
        .ok_or_else(|| malformed("its XML declaration does not end"))?;
    let declaration = declaration.to_ascii_lowercase().replace('\'', "\"");
    let known = declaration.contains("version=\"1.0\"")
        && (!declaration.contains("encoding") || declaration.contains("encoding=\"utf-8\""));
    known
        .then_some(body)
        .ok_or_else(|| malformed("it is not XML 1.0 in UTF-8"))
}
