//! The identity provider, as its metadata describes it.
//!
//! Metadata is given by the operator, who answers for where it comes from; its own signature is not read. Without a
//! signing certificate in it there would be nothing to verify with, so there is no provider.

use base64::Engine as _;
use base64::engine::general_purpose::STANDARD;
use bergshamra::crypto::sign::SigningKey;
use bergshamra::{DsigContext, Key, KeysManager};
use jiff::Timestamp;
use samael::metadata::{Endpoint, EntityDescriptor, IdpSsoDescriptor};
use sha2::{Digest as _, Sha256};
use url::Url;

use crate::certificate;
use crate::error::{Error, quoted};
use crate::name::{METADATA, POST, PROTOCOL, REDIRECT};
use crate::narrow::{attribute, narrow};
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
        let until = until(role)?;
        let entity = attribute(entity, "entityID").unwrap_or_default().to_owned();
        let role = typed(&narrow(&entity, role))?;
        let keys = keys(&role, &settings.pins)?;
        let mut manager = KeysManager::new();
        manager.add_keys(keys.clone());
        Ok(Self {
            entity,
            sign_on: sign_on(&role, settings.binding)?,
            logout: logout(&role)?,
            until,
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
            attribute(*entity, "entityID")
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
        let protocols = attribute(*node, "protocolSupportEnumeration").unwrap_or("");
        is(*node, "IDPSSODescriptor")
            && protocols
                .split_whitespace()
                .any(|protocol| protocol == PROTOCOL)
    })
}

fn typed(narrow: &str) -> Result<IdpSsoDescriptor, Error> {
    let unread = |why: &str| wrong(&format!("{}; compare it with the standard", quoted(why)));
    let entity: EntityDescriptor =
        narrow
            .parse()
            .map_err(|error: <EntityDescriptor as std::str::FromStr>::Err| {
                unread(&error.to_string())
            })?;
    let mut roles = entity.idp_sso_descriptors.unwrap_or_default();
    roles.pop().ok_or_else(|| unread("its role is missing"))
}

fn keys(role: &IdpSsoDescriptor, pins: &[String]) -> Result<Vec<Key>, Error> {
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

fn certificates(role: &IdpSsoDescriptor) -> Result<Vec<Vec<u8>>, Error> {
    role.key_descriptors
        .iter()
        .filter(|key| matches!(key.key_use.as_deref(), None | Some("signing")))
        .filter_map(|key| key.key_info.x509_data.as_ref())
        .flat_map(|data| &data.certificates)
        .map(|text| {
            let text: String = text.split_ascii_whitespace().collect();
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

fn sign_on(role: &IdpSsoDescriptor, binding: Binding) -> Result<Url, Error> {
    let name = uri(binding);
    endpoint(&role.single_sign_on_services, name)
        .map(|end| address(&end.location))
        .transpose()?
        .ok_or_else(|| {
            wrong(&format!(
                "it offers no sign-on by `{name}`; set `binding` to the other one"
            ))
        })
}

/// A redirect needs no script in the page, so it comes first.
fn logout(role: &IdpSsoDescriptor) -> Result<Option<Logout>, Error> {
    for binding in [Binding::Redirect, Binding::Post] {
        if let Some(end) = endpoint(&role.single_logout_services, uri(binding)) {
            let requests = address(&end.location)?;
            let responses = end.response_location.as_deref().map(address).transpose()?;
            return Ok(Some(Logout {
                binding,
                responses: responses.unwrap_or_else(|| requests.clone()),
                requests,
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

fn endpoint<'a>(ends: &'a [Endpoint], binding: &str) -> Option<&'a Endpoint> {
    ends.iter().find(|end| end.binding == binding)
}

fn address(text: &str) -> Result<Url, Error> {
    match Url::parse(text) {
        Ok(url) if matches!(url.scheme(), "https" | "http") && url.fragment().is_none() => Ok(url),
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
        .filter_map(|node| attribute(node, "validUntil"))
        .map(|text| time::read(text).map_err(|_| wrong("`validUntil` is no time")))
        .collect::<Result<Vec<_>, _>>()?;
    Ok(ends.into_iter().min())
}

fn is(node: Element<'_>, name: &str) -> bool {
    node.has_tag_name((METADATA, name))
}

fn wrong(what: &str) -> Error {
    Error::Metadata(what.to_owned())
}
