//! A second reader, of another make, sees the same tree; a message that two readers see differently is refused.

use super::{DEEPEST, Node, malformed};
use crate::error::Error;

pub(super) fn agree(text: &str, root: Node<'_>) -> Result<(), Error> {
    let other =
        roxmltree::Document::parse(text).map_err(|_| malformed("it is not well-formed XML"))?;
    same(root, other.root_element(), DEEPEST)
        .then_some(())
        .ok_or_else(|| malformed("two readers of XML see different things in it"))
}

fn same(one: Node<'_>, other: roxmltree::Node<'_, '_>, depth: u32) -> bool {
    depth > 0
        && one.name() == other.tag_name().name()
        && one.space() == other.tag_name().namespace().unwrap_or("")
        && same_attributes(one, other)
        && same_text(one, other)
        && same_children(one, other, depth)
}

fn same_attributes(one: Node<'_>, other: roxmltree::Node<'_, '_>) -> bool {
    let Some(element) = one.element() else {
        return false;
    };
    let mut ours: Vec<_> = element
        .attributes
        .iter()
        .map(|a| {
            (
                a.name.namespace_uri.as_deref(),
                &*a.name.local_name,
                &*a.value,
            )
        })
        .collect();
    let mut theirs: Vec<_> = other
        .attributes()
        .map(|a| (a.namespace(), a.name(), a.value()))
        .collect();
    ours.sort_unstable();
    theirs.sort_unstable();
    ours == theirs
}

/// All text that stands directly in the element.
fn same_text(one: Node<'_>, other: roxmltree::Node<'_, '_>) -> bool {
    let ours: String = one.nodes().filter_map(Node::piece).collect();
    let theirs: String = other
        .children()
        .filter_map(|child| child.text().filter(|_| child.is_text()))
        .collect();
    ours == theirs
}

fn same_children(one: Node<'_>, other: roxmltree::Node<'_, '_>, depth: u32) -> bool {
    let mut theirs = other.children().filter(roxmltree::Node::is_element);
    one.children().all(|child| {
        theirs
            .next()
            .is_some_and(|their| same(child, their, depth - 1))
    }) && theirs.next().is_none()
}
