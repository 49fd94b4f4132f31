//! What an operator says about one identity provider, and what one sign-in wishes of it.

use url::Url;
use zeroize::Zeroizing;

/// One `[saml.<name>]`, with our own addresses and key put in.
#[derive(Clone)]
pub struct Settings {
    /// The provider's name in the config and in policy ids.
    pub name: String,
    /// Our own name, which is the address of our metadata.
    pub entity_id: String,
    /// Where responses come in.
    pub acs: Url,
    /// Where messages about the end of sessions come in.
    pub slo: Url,
    /// Our private key, PEM; RSA, or ECDSA when nothing is encrypted for us.
    pub key: Zeroizing<Vec<u8>>,
    /// The certificate of that key, PEM.
    pub certificate: Vec<u8>,
    /// The identity provider's metadata.
    pub idp: String,
    /// Which entity of the metadata is meant, when it holds several.
    pub idp_entity: Option<String>,
    /// SHA-256 of signing certificates, in hex; when there are any, only those count.
    pub pins: Vec<String>,
    /// The attribute with the groups, by its exact name.
    pub groups_attribute: String,
    /// The attribute with the name to show.
    pub name_attribute: Option<String>,
    /// The attribute with the e-mail address.
    pub email_attribute: Option<String>,
    /// Whether the identity provider has checked its e-mail addresses; otherwise they are dropped.
    pub email_trusted: bool,
    /// A lasting attribute that names the person instead of the `NameID`.
    pub subject_attribute: Option<String>,
    /// The format of `NameID` to ask for.
    pub name_id_format: Option<String>,
    /// How our requests travel.
    pub binding: Binding,
    /// Whether every sign-in asks for the password anew.
    pub force_authn: bool,
    /// Contexts that count as a second factor.
    pub mfa_contexts: Vec<String>,
    /// Whether an assertion must be encrypted.
    pub want_encrypted: bool,
}

/// How a message travels through the browser.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Binding {
    /// In the address of a redirect.
    Redirect,
    /// In a form that sends itself.
    Post,
}

/// What one sign-in asks beyond a name.
#[derive(Debug, Clone, Copy, Default)]
pub struct Wish {
    /// Ask the person again, even with a session at the identity provider.
    pub force: bool,
    /// Ask for one of the contexts that count as a second factor.
    pub mfa: bool,
}
