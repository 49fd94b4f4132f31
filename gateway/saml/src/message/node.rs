//! One element of a message, and the only ways to read it: by full name, alone, and without children in a text.

use uppsala::{Document, Element, NodeId, NodeKind};

use super::malformed;
use crate::error::{Error, quoted};

#[derive(Clone, Copy)]
pub(crate) struct Node<'m> {
    document: &'m Document<'m>,
    id: NodeId,
}

impl<'m> Node<'m> {
    pub(super) fn new(document: &'m Document<'_>, id: NodeId) -> Self {
        Self { document, id }
    }

    pub(crate) fn id(self) -> NodeId {
        self.id
    }

    pub(super) fn element(self) -> Option<&'m Element<'m>> {
        self.document.element(self.id)
    }

    pub(crate) fn is(self, space: &str, name: &str) -> bool {
        self.element()
            .is_some_and(|element| element.matches_name_ns(space, name))
    }

    /// The local name, for messages to people.
    fn shown(self) -> String {
        quoted(self.name())
    }

    /// The local name.
    pub(crate) fn name(self) -> &'m str {
        self.element()
            .map_or("", |element| &element.name.local_name)
    }

    pub(crate) fn space(self) -> &'m str {
        self.element()
            .and_then(|element| element.name.namespace_uri.as_deref())
            .unwrap_or("")
    }

    pub(crate) fn parent(self) -> Option<Self> {
        let id = self.document.parent(self.id)?;
        Some(Self { id, ..self })
    }

    /// The child elements.
    pub(crate) fn children(self) -> impl Iterator<Item = Self> {
        self.nodes().filter(|node| node.element().is_some())
    }

    pub(super) fn nodes(self) -> impl Iterator<Item = Self> {
        self.document
            .children(self.id)
            .into_iter()
            .map(move |id| Self { id, ..self })
    }

    pub(crate) fn all(self, space: &str, name: &str) -> impl Iterator<Item = Self> {
        self.children().filter(move |child| child.is(space, name))
    }

    /// The child of that name, when there is exactly one or none.
    pub(crate) fn optional(self, space: &str, name: &str) -> Result<Option<Self>, Error> {
        let mut found = self.all(space, name);
        let first = found.next();
        match found.next() {
            Some(_) => Err(malformed(&format!(
                "`{name}` stands twice in `{}`",
                self.shown()
            ))),
            None => Ok(first),
        }
    }

    /// The one child of that name.
    pub(crate) fn one(self, space: &str, name: &str) -> Result<Self, Error> {
        self.optional(space, name)?
            .ok_or_else(|| malformed(&format!("`{name}` is missing in `{}`", self.shown())))
    }

    /// An attribute without a namespace.
    pub(crate) fn attribute(self, name: &str) -> Option<&'m str> {
        self.element()?
            .attributes
            .iter()
            .find(|attribute| attribute.name.matches(None, name))
            .map(|attribute| &*attribute.value)
    }

    pub(crate) fn required(self, name: &str) -> Result<&'m str, Error> {
        self.attribute(name)
            .ok_or_else(|| malformed(&format!("`{name}` is missing at `{}`", self.shown())))
    }

    /// The values of everything that some reader takes for an id.
    pub(super) fn identifiers(self) -> impl Iterator<Item = &'m str> {
        self.element()
            .into_iter()
            .flat_map(|element| &element.attributes)
            .filter(|attribute| {
                let name = &attribute.name.local_name;
                name.eq_ignore_ascii_case("id") || name.eq_ignore_ascii_case("assertionid")
            })
            .map(|attribute| &*attribute.value)
    }

    /// The text of an element that holds nothing else.
    pub(crate) fn text(self) -> Result<String, Error> {
        let mut text = String::new();
        for node in self.nodes() {
            text.push_str(
                node.piece().ok_or_else(|| {
                    malformed(&format!("`{}` holds more than text", self.shown()))
                })?,
            );
        }
        Ok(text)
    }

    pub(super) fn piece(self) -> Option<&'m str> {
        match self.document.node_kind(self.id)? {
            NodeKind::Text(text) => Some(text),
            NodeKind::Document
            | NodeKind::Element(_)
            | NodeKind::CData(_)
            | NodeKind::Comment(_)
            | NodeKind::ProcessingInstruction(_)
            | NodeKind::Attribute(..) => None,
        }
    }
}
