//! Which elements of a message are signed by the identity provider.
//!
//! The form of every signature is checked before its numbers: it is a direct child of the response, of its assertion or
//! of another message's root; it speaks of that parent alone, by id; it uses two transforms and algorithms from a list.
//! So a signature that holds says one thing only, that its parent is signed, and what is signed is known by node and
//! not by looking an id up again. Keys come from metadata; what a message says about keys is not read.

use bergshamra::dsig::verify::verify_all_document_with_source;
use bergshamra::{DsigContext, VerifyResult};
use uppsala::NodeId;

use crate::error::{Error, quoted};
use crate::message::{Message, Node};
use crate::name::{ASSERTION, DIGESTS, DSIG, ENVELOPED, EXCLUSIVE, SIGNATURES};

/// The elements whose signatures hold.
pub(crate) struct Signed(Vec<NodeId>);

impl Signed {
    /// Verifies every signature of the message; one that does not hold spoils the message.
    pub(crate) fn of(message: &Message<'_>, context: &DsigContext) -> Result<Self, Error> {
        let signatures = message.every(DSIG, "Signature");
        let parents = signatures
            .iter()
            .map(|signature| parent(message, *signature))
            .collect::<Result<Vec<_>, _>>()?;
        if !parents.is_empty() {
            hold(message, context, &parents)?;
        }
        Ok(Self(parents))
    }

    pub(crate) fn covers(&self, node: Node<'_>) -> bool {
        self.0.contains(&node.id())
    }
}

fn hold(message: &Message<'_>, context: &DsigContext, parents: &[NodeId]) -> Result<(), Error> {
    let results =
        verify_all_document_with_source(context, message.document(), Some(message.text()))
            .map_err(|error| Error::Signature(quoted(&error.to_string())))?;
    if results.len() != parents.len() {
        return Err(broken("there are more signatures than were looked at"));
    }
    results
        .iter()
        .zip(parents)
        .try_for_each(|(result, parent)| says(result, *parent))
}

/// The verifier says that exactly this parent is signed.
fn says(result: &VerifyResult, parent: NodeId) -> Result<(), Error> {
    match result {
        VerifyResult::Valid { references, .. } => match references.as_slice() {
            [one] if one.digest_verified && one.resolved_node == Some(parent) => Ok(()),
            _ => Err(broken(
                "it covers another element than the one it stands in",
            )),
        },
        VerifyResult::Invalid { reason } => Err(Error::Signature(quoted(reason))),
    }
}

/// The element a well-formed signature is about.
fn parent(message: &Message<'_>, signature: Node<'_>) -> Result<NodeId, Error> {
    let parent = signature
        .parent()
        .ok_or_else(|| broken("it stands alone"))?;
    let root = message.root();
    let at_root = parent.id() == root.id();
    let at_assertion = parent.is(ASSERTION, "Assertion")
        && parent.parent().is_some_and(|above| above.id() == root.id());
    if !at_root && !at_assertion {
        return Err(broken("it stands where no signature belongs"));
    }
    if parent.all(DSIG, "Signature").count() != 1 {
        return Err(broken("an element is signed twice"));
    }
    let id = parent
        .required("ID")
        .map_err(|_| broken("it covers an element without an id"))?;
    form(signature, id)?;
    Ok(parent.id())
}

fn form(signature: Node<'_>, id: &str) -> Result<(), Error> {
    only(signature, &["SignedInfo", "SignatureValue", "KeyInfo"])?;
    part(signature, "SignatureValue")?.text()?;
    let info = part(signature, "SignedInfo")?;
    only(
        info,
        &["CanonicalizationMethod", "SignatureMethod", "Reference"],
    )?;
    canonical(part(info, "CanonicalizationMethod")?)?;
    let method = part(info, "SignatureMethod")?;
    listed(method, &SIGNATURES)?;
    only(method, &[])?;
    reference(part(info, "Reference")?, id)
}

fn reference(reference: Node<'_>, id: &str) -> Result<(), Error> {
    only(reference, &["Transforms", "DigestMethod", "DigestValue"])?;
    if reference
        .attribute("URI")
        .and_then(|uri| uri.strip_prefix('#'))
        != Some(id)
    {
        return Err(broken(
            "it speaks of another element than the one it stands in",
        ));
    }
    listed(part(reference, "DigestMethod")?, &DIGESTS)?;
    part(reference, "DigestValue")?.text()?;
    let transforms = part(reference, "Transforms")?;
    only(transforms, &["Transform"])?;
    let transforms: Vec<_> = transforms.children().collect();
    match transforms.as_slice() {
        [first, second] => {
            listed(*first, &[ENVELOPED])?;
            only(*first, &[])?;
            canonical(*second)
        }
        _ => Err(Error::Algorithm(
            "other transforms than enveloped signature and canonicalisation".to_owned(),
        )),
    }
}

/// Exclusive canonicalisation; it may name prefixes to keep, and nothing else.
fn canonical(node: Node<'_>) -> Result<(), Error> {
    listed(node, &[EXCLUSIVE])?;
    node.children()
        .all(|child| child.is(EXCLUSIVE, "InclusiveNamespaces"))
        .then_some(())
        .ok_or_else(|| broken("it has parts that are not used"))
}

fn part<'m>(node: Node<'m>, name: &str) -> Result<Node<'m>, Error> {
    node.one(DSIG, name)
        .map_err(|_| broken("a part is missing or stands twice"))
}

fn only(node: Node<'_>, names: &[&str]) -> Result<(), Error> {
    node.children()
        .all(|child| child.space() == DSIG && names.contains(&child.name()))
        .then_some(())
        .ok_or_else(|| broken("it has parts that are not used"))
}

/// The algorithm of an element, when it is on the list.
pub(crate) fn listed(node: Node<'_>, list: &[&str]) -> Result<(), Error> {
    let algorithm = node.attribute("Algorithm").unwrap_or("");
    list.contains(&algorithm)
        .then_some(())
        .ok_or_else(|| Error::Algorithm(quoted(algorithm)))
}

fn broken(what: &str) -> Error {
    Error::Signature(what.to_owned())
}
