//! `[cert.<name>]`: client certificates by which machines and people prove who they are.

use std::{collections::BTreeMap, path::PathBuf};

use serde::{Deserialize, Serialize};

use super::{
    provider::{GroupName, Membership},
    reference::{Field, field},
};

/// Which part of a certificate is the identity.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq, Deserialize, Serialize)]
#[serde(rename_all = "lowercase")]
pub enum CertIdentity {
    #[default]
    Subject,
    Cn,
    Email,
    Dns,
    Uri,
}

/// `[cert.<name>]`.
#[derive(Debug, Clone, Deserialize, Serialize)]
#[serde(deny_unknown_fields)]
pub struct Cert {
    /// PEM file with the authorities that sign client certificates.
    pub ca: PathBuf,
    /// PEM files with revocation lists.
    #[serde(default)]
    pub crl: Vec<PathBuf>,
    /// Which part of the certificate is the identity.
    #[serde(default)]
    pub identity: CertIdentity,
    /// Groups everybody with such a certificate is in.
    #[serde(default)]
    pub default_groups: Vec<GroupName>,
    /// Further groups by the organisational units (OU) of the subject.
    #[serde(default)]
    pub group_map: BTreeMap<String, Vec<GroupName>>,
}

impl Cert {
    /// What membership means here.
    pub fn membership(&self) -> Membership {
        Membership {
            default_groups: self.default_groups.clone(),
            group_map: self.group_map.clone(),
        }
    }
}

pub(super) const TEXT: &str = "Client certificates: who shows one that `ca` signed is `<name>:<identity>`, for apps whose \
`auth` is `<name>`. Needs HTTPS.";

pub(super) const CERT: &[Field] = &[
    field(
        "ca",
        "",
        "PEM file with the authorities that sign client certificates. Required.",
    ),
    field(
        "crl",
        "[]",
        "PEM files with revocation lists, read again when they change; with any, a certificate that none covers is refused.",
    ),
    field(
        "identity",
        "\"subject\"",
        "Which part is the identity: `subject` (RFC 4514), `cn`, or the one `email`, `dns` or `uri` alternative name.",
    ),
    field(
        "default_groups",
        "[]",
        "Groups everybody with such a certificate is in.",
    ),
    field(
        "group_map",
        "{}",
        "Further groups by the organisational units (OU) of the subject.",
    ),
];
