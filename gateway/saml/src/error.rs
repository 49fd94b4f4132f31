//! What can be wrong with a message or with the settings: one code for records, one sentence for operators.

/// Why a message is refused or a provider cannot be set up.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
pub enum Error {
    /// The message is longer, deeper or wider than any honest one.
    #[error(
        "the message is too large: {0}; have the identity provider send fewer attributes or groups"
    )]
    TooLarge(&'static str),
    /// The message is not SAML, or not the narrow part of it that is read here.
    #[error(
        "the message cannot be read: {0}; compare what the identity provider sends with the SAML settings in the manual"
    )]
    Malformed(String),
    /// No signature covers the assertion or the message.
    #[error(
        "nothing signs the {0}; switch on signing of responses and assertions at the identity provider"
    )]
    Unsigned(&'static str),
    /// A signature does not hold, or stands where it must not.
    #[error(
        "a signature does not hold: {0}; if the identity provider has a new certificate, renew its metadata here"
    )]
    Signature(String),
    /// An algorithm is not on the list.
    #[error(
        "the algorithm `{0}` is not accepted; use RSA or ECDSA with SHA-256 or better and exclusive canonicalisation without comments"
    )]
    Algorithm(String),
    /// An encrypted assertion cannot be opened. All causes look the same, so that nobody learns from them.
    #[error(
        "the assertion cannot be decrypted; encrypt it with AES-GCM and RSA-OAEP for the certificate in this service's metadata, or sign the response too"
    )]
    Encryption,
    /// The assertion is readable by everybody, and must not be.
    #[error(
        "the assertion is not encrypted; switch on encryption at the identity provider, or `want_encrypted` off"
    )]
    Plain,
    /// The identity provider refuses.
    #[error("the identity provider answers `{0}`; its log says why")]
    Status(String),
    /// The message comes from somebody else.
    #[error(
        "the message was issued by `{0}`, which is not this provider; check `entity` and the metadata"
    )]
    Issuer(String),
    /// The message is for another address.
    #[error(
        "the message is meant for `{0}`; correct this service's address at the identity provider"
    )]
    Destination(String),
    /// The assertion may not be presented here.
    #[error(
        "the assertion may not be presented here (recipient `{0}`); correct the assertion consumer address at the identity provider"
    )]
    Recipient(String),
    /// The assertion is for another service.
    #[error(
        "the assertion is meant for `{0}`; set the audience at the identity provider to this service's entity id"
    )]
    Audience(String),
    /// A condition is not understood, so nobody can say that it holds.
    #[error(
        "the assertion holds under the condition `{0}`, which is not understood; remove it at the identity provider"
    )]
    Condition(String),
    /// The message answers no request, or another one.
    #[error(
        "the message answers `{0}`, which was not asked in this sign-in; start again from the app"
    )]
    Request(String),
    /// The time to use the message is over.
    #[error("the message is too old: {0}; sign in again, and compare the clocks of both machines")]
    Expired(&'static str),
    /// The message comes from the future.
    #[error("the message is not valid yet: {0}; compare the clocks of both machines")]
    Early(&'static str),
    /// A fresh sign-in was asked for and an old one was shown.
    #[error(
        "the identity provider did not ask again, although a new sign-in was required; make it honour `ForceAuthn`"
    )]
    Stale,
    /// The message was used before.
    #[error("the message was used before; start again from the app")]
    Replayed,
    /// Too many messages are remembered to tell whether this one is new.
    #[error("too many sign-ins at once to tell whether this one is new; try again in a minute")]
    Busy,
    /// There is no lasting name for the person.
    #[error(
        "the assertion does not name the person: {0}; set `subject_attribute`, or a persistent `name_id_format`"
    )]
    Subject(String),
    /// The identity provider's metadata cannot be used.
    #[error("the identity provider's metadata cannot be used: {0}")]
    Metadata(String),
    /// A setting of this side cannot be used.
    #[error("the SAML settings cannot be used: {0}")]
    Settings(String),
}

impl Error {
    /// The word for records, the same in every version.
    #[must_use]
    pub fn code(&self) -> &'static str {
        match self {
            Self::TooLarge(_) => "saml-too-large",
            Self::Malformed(_) => "saml-malformed",
            Self::Unsigned(_) => "saml-unsigned",
            Self::Signature(_) => "saml-signature",
            Self::Algorithm(_) => "saml-algorithm",
            Self::Encryption | Self::Plain => "saml-encryption",
            Self::Status(_) => "saml-status",
            Self::Issuer(_) => "saml-issuer",
            Self::Destination(_) => "saml-destination",
            Self::Recipient(_) => "saml-recipient",
            Self::Audience(_) => "saml-audience",
            Self::Condition(_) => "saml-condition",
            Self::Request(_) => "saml-request",
            Self::Expired(_) => "saml-expired",
            Self::Early(_) => "saml-early",
            Self::Stale => "saml-stale",
            Self::Replayed => "saml-replayed",
            Self::Busy => "saml-busy",
            Self::Subject(_) => "saml-subject",
            Self::Metadata(_) => "saml-metadata",
            Self::Settings(_) => "saml-settings",
        }
    }
}

/// Words of a stranger in a shape that fits one line of a log.
pub(crate) fn quoted(text: &str) -> String {
    text.chars()
        .filter(|letter| !letter.is_control())
        .take(200)
        .collect()
}
