//! The identity provider, as its metadata describes it.
//!
//! Metadata is given by the operator, who answers for where it comes from; its own signature is not read. Without a
//! signing certificate in it there would be nothing to verify with, so there is no provider.

use base64::Engine as _;
use base64::engine::general_purpose::STANDARD;
use bergshamra::crypto::sign::SigningKey;
use bergshamra::{DsigContext, Key, KeysManager};
use jiff::Timestamp;
use sha2::{Digest as _, Sha256};
use url::Url;

use crate::certificate;
use crate::error::{Error, quoted};
use crate::name::{DSIG, METADATA, POST, PROTOCOL, REDIRECT};
use crate::settings::{Binding, Settings};
use crate::time;

const LONGEST: usize = 8 << 20;
type Element<'a> = roxmltree::Node<'a, 'a>;

pub(crate) struct Peer {
    pub(crate) entity: String,
    pub(crate) sign_on: Url,
    pub(crate) logout: Option<Logout>,
    pub(crate) until: Option<Timestamp>,
    pub(crate) context: DsigContext,
    keys: Vec<Key>,
}

/// Where the end of a session is told.
#[derive(Clone)]
pub(crate) struct Logout {
    pub(crate) binding: Binding,
    pub(crate) requests: Url,
    pub(crate) responses: Url,
}

impl Peer {
    pub(crate) fn read(settings: &Settings) -> Result<Self, Error> {
        if settings.idp.len() > LONGEST {
            return Err(wrong(
                "it is longer than 8 MiB; give the metadata of the one identity provider",
            ));
        }
        let document = roxmltree::Document::parse(&settings.idp)
            .map_err(|error| wrong(&format!("{error}; document types are refused")))?;
        let (entity, role) = chosen(document.root_element(), settings.idp_entity.as_deref())?;
        let keys = keys(role, &settings.pins)?;
        let mut manager = KeysManager::new();
        manager.add_keys(keys.clone());
        Ok(Self {
            entity: entity.attribute("entityID").unwrap_or_default().to_owned(),
            sign_on: sign_on(role, settings.binding)?,
            logout: logout(role)?,
            until: until(role)?,
            context: DsigContext::new(manager),
            keys,
        })
    }

    /// The keys in the form that detached signatures are verified with.
    pub(crate) fn verifiers(&self) -> impl Iterator<Item = SigningKey> {
        self.keys
            .iter()
            .filter_map(|key| key.to_signing_key().ok().flatten())
    }
}

/// The entity that is meant, and its role as an identity provider.
fn chosen<'a>(
    root: Element<'a>,
    wanted: Option<&str>,
) -> Result<(Element<'a>, Element<'a>), Error> {
    let mut found = root
        .descendants()
        .filter(|node| is(*node, "EntityDescriptor"))
        .filter(|entity| {
            entity
                .attribute("entityID")
                .is_some_and(|id| !id.is_empty() && wanted.is_none_or(|wanted| wanted == id))
        })
        .filter_map(|entity| Some((entity, role(entity)?)));
    match (found.next(), found.next()) {
        (Some(one), None) => Ok(one),
        (Some(_), Some(_)) => Err(wrong(
            "it describes several identity providers; say which with `idp_entity`",
        )),
        (None, _) => Err(wrong(&format!(
            "it describes no identity provider{}; give the metadata of one for SAML 2.0",
            wanted.map(|name| format!(" `{name}`")).unwrap_or_default()
        ))),
    }
}

fn role<'a>(entity: Element<'a>) -> Option<Element<'a>> {
    entity.children().find(|node| {
        let protocols = node.attribute("protocolSupportEnumeration").unwrap_or("");
        is(*node, "IDPSSODescriptor")
            && protocols
                .split_whitespace()
                .any(|protocol| protocol == PROTOCOL)
    })
}

fn keys(role: Element<'_>, pins: &[String]) -> Result<Vec<Key>, Error> {
    let pins: Vec<_> = pins
        .iter()
        .map(|pin| pin.replace(':', "").to_ascii_lowercase())
        .collect();
    let certificates = certificates(role)?;
    let keys = certificates
        .iter()
        .filter(|der| pins.is_empty() || pins.contains(&fingerprint(der)))
        .map(|der| key(der))
        .collect::<Result<Vec<_>, _>>()?;
    match (keys.is_empty(), certificates.is_empty()) {
        (false, _) => Ok(keys),
        (true, true) => Err(wrong(
            "it has no signing certificate, so nothing could be verified; have the identity provider publish one",
        )),
        (true, false) => Err(wrong(
            "none of its signing certificates has one of the fingerprints in `pins`",
        )),
    }
}

fn key(der: &[u8]) -> Result<Key, Error> {
    certificate::key(der).map_err(|why| {
        let why = quoted(&why);
        wrong(&format!(
            "a signing certificate cannot be used: {why}; use RSA with 2048 bits or more, or ECDSA"
        ))
    })
}

fn certificates(role: Element<'_>) -> Result<Vec<Vec<u8>>, Error> {
    children(role, METADATA, "KeyDescriptor")
        .filter(|key| matches!(key.attribute("use"), None | Some("signing")))
        .flat_map(|key| key.descendants())
        .filter(|node| node.has_tag_name((DSIG, "X509Certificate")))
        .map(|node| {
            let text: String = node.text().unwrap_or("").split_ascii_whitespace().collect();
            STANDARD
                .decode(text)
                .map_err(|_| wrong("a certificate in it is not base64"))
        })
        .collect()
}

fn fingerprint(der: &[u8]) -> String {
    Sha256::digest(der)
        .iter()
        .map(|byte| format!("{byte:02x}"))
        .collect()
}

fn sign_on(role: Element<'_>, binding: Binding) -> Result<Url, Error> {
    let name = uri(binding);
    endpoints(role, "SingleSignOnService", name)
        .find_map(|node| address(node, "Location").transpose())
        .transpose()?
        .ok_or_else(|| {
            wrong(&format!(
                "it offers no sign-on by `{name}`; set `binding` to the other one"
            ))
        })
}

/// A redirect needs no script in the page, so it comes first.
fn logout(role: Element<'_>) -> Result<Option<Logout>, Error> {
    for binding in [Binding::Redirect, Binding::Post] {
        if let Some(node) = endpoints(role, "SingleLogoutService", uri(binding)).next()
            && let Some(requests) = address(node, "Location")?
        {
            let responses = address(node, "ResponseLocation")?.unwrap_or_else(|| requests.clone());
            return Ok(Some(Logout {
                binding,
                requests,
                responses,
            }));
        }
    }
    Ok(None)
}

fn uri(binding: Binding) -> &'static str {
    match binding {
        Binding::Redirect => REDIRECT,
        Binding::Post => POST,
    }
}

fn endpoints<'a>(
    role: Element<'a>,
    name: &'static str,
    binding: &'static str,
) -> impl Iterator<Item = Element<'a>> {
    children(role, METADATA, name).filter(move |node| node.attribute("Binding") == Some(binding))
}

fn address(node: Element<'_>, name: &str) -> Result<Option<Url>, Error> {
    let Some(text) = node.attribute(name) else {
        return Ok(None);
    };
    match Url::parse(text) {
        Ok(url) if matches!(url.scheme(), "https" | "http") && url.fragment().is_none() => {
            Ok(Some(url))
        }
        Ok(_) | Err(_) => Err(wrong(&format!(
            "`{}` is no address of a web server",
            quoted(text)
        ))),
    }
}

/// The end of everything that encloses the role.
fn until(role: Element<'_>) -> Result<Option<Timestamp>, Error> {
    let ends = role
        .ancestors()
        .filter_map(|node| node.attribute("validUntil"))
        .map(|text| time::read(text).map_err(|_| wrong("`validUntil` is no time")))
        .collect::<Result<Vec<_>, _>>()?;
    Ok(ends.into_iter().min())
}

fn children<'a>(
    node: Element<'a>,
    space: &'static str,
    name: &'static str,
) -> impl Iterator<Item = Element<'a>> {
    node.children()
        .filter(move |child| child.has_tag_name((space, name)))
}

fn is(node: Element<'_>, name: &str) -> bool {
    node.has_tag_name((METADATA, name))
}

fn wrong(what: &str) -> Error {
    Error::Metadata(what.to_owned())
}
