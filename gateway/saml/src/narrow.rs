//! The part of metadata that is read, written anew for samael's types.
//!
//! Their reader goes by local names and knows no namespaces, wants children of one name side by side, and stops at
//! durations, languages and roles that honest metadata holds. So what counts is chosen here, by full name, and nothing
//! else reaches it: no comment, no extension and no attribute that only looks like the one that is meant.

use uppsala::XmlWriter;

use crate::name::{DSIG, METADATA, PROTOCOL};

type Element<'a> = roxmltree::Node<'a, 'a>;

/// The entity with its role as an identity provider, as far as it is read.
pub(crate) fn narrow(entity: &str, role: Element<'_>) -> String {
    let mut writer = XmlWriter::new();
    writer.start_element("EntityDescriptor", &[("entityID", entity)]);
    let attributes = [("protocolSupportEnumeration", PROTOCOL)];
    writer.start_element("IDPSSODescriptor", &attributes);
    for key in children(role, "KeyDescriptor") {
        writer.start_element("KeyDescriptor", &kept(key, &["use"]));
        certificates(&mut writer, key);
        writer.end_element("KeyDescriptor");
    }
    for name in ["SingleLogoutService", "SingleSignOnService"] {
        for end in children(role, name) {
            writer.empty_element(
                name,
                &kept(end, &["Binding", "Location", "ResponseLocation"]),
            );
        }
    }
    writer.end_element("IDPSSODescriptor");
    writer.end_element("EntityDescriptor");
    writer.into_string()
}

fn certificates(writer: &mut XmlWriter, key: Element<'_>) {
    writer.start_element("KeyInfo", &[]);
    writer.start_element("X509Data", &[]);
    let found = key
        .descendants()
        .filter(|node| node.has_tag_name((DSIG, "X509Certificate")));
    for certificate in found {
        writer.start_element("X509Certificate", &[]);
        writer.text(certificate.text().unwrap_or(""));
        writer.end_element("X509Certificate");
    }
    writer.end_element("X509Data");
    writer.end_element("KeyInfo");
}

/// Attributes without a namespace, by these names.
fn kept<'a>(node: Element<'a>, names: &[&'static str]) -> Vec<(&'static str, &'a str)> {
    names
        .iter()
        .filter_map(|name| Some((*name, attribute(node, name)?)))
        .collect()
}

/// An attribute without a namespace; asked by name alone, the tree answers with any namespace's.
pub(crate) fn attribute<'a>(node: Element<'a>, name: &str) -> Option<&'a str> {
    node.attributes()
        .find(|attribute| attribute.namespace().is_none() && attribute.name() == name)
        .map(|attribute| attribute.value())
}

fn children<'a>(role: Element<'a>, name: &'static str) -> impl Iterator<Item = Element<'a>> {
    role.children()
        .filter(move |child| child.has_tag_name((METADATA, name)))
}
