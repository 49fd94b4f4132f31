//! The configuration reference, rendered from the tables beside the defaults.

use std::fmt::Write;

use super::{
    apps, audit, bounds, cert, cors, dev, edge, listen, log, login, node, oidc, plugin, saml,
    secrets,
};

/// One key as users see it.
pub(super) struct Field {
    /// Name in the file.
    pub key: &'static str,
    /// Default as TOML; empty when there is none.
    pub default: &'static str,
    /// What it does.
    pub text: &'static str,
}

pub(super) const fn field(key: &'static str, default: &'static str, text: &'static str) -> Field {
    Field { key, default, text }
}

pub(super) const SECTIONS: &[(&str, &str, &[Field])] = &[
    ("http", "Plain HTTP listener.", listen::HTTP),
    ("https", "HTTPS listener.", listen::HTTPS),
    ("login", "Sessions and sign-in.", login::LOGIN),
    ("oidc.<name>", oidc::TEXT, oidc::OIDC),
    ("saml.<name>", saml::TEXT, saml::SAML),
    ("cert.<name>", cert::TEXT, cert::CERT),
    (
        "apps",
        "Limits every app runs under, and how its answers leave.",
        apps::APPS,
    ),
    ("apps.limits.\"/path\"", bounds::TEXT, &[]),
    ("apps.edge.\"/path\"", edge::TEXT, &[]),
    ("apps.star_base", apps::STAR_BASE, &[]),
    (
        "cors",
        "Which other origins may read answers of apps: none, unless you name them.",
        cors::CORS,
    ),
    ("dev", "Apps in development (`app create --dev`).", dev::DEV),
    ("audit", "The audit log.", audit::AUDIT),
    ("secrets", "Where secrets come from.", secrets::SECRETS),
    ("plugin", plugin::TEXT, &[]),
    ("node", node::TEXT, node::NODE),
    ("log", "The server's own messages on stderr.", log::LOG),
];

/// The reference as Markdown (`docs/config.md`).
pub fn reference() -> String {
    let mut out = String::from(
        "# Configuration\n\nThe server reads `sallyport.toml` in its home directory (`--home`, `SALLYPORT_HOME`, else `~/.sallyport`). \
         The file may be missing: every key has a default. Unknown keys are errors. `sallyport server check` tells whether a file is good.\n",
    );
    for (name, text, fields) in SECTIONS {
        let _ = write!(out, "\n## `[{name}]`\n\n{text}\n");
        if !fields.is_empty() {
            out.push_str("\n| key | default | meaning |\n|---|---|---|\n");
        }
        for field in *fields {
            let default = if field.default.is_empty() {
                "none".to_owned()
            } else {
                format!("`{}`", field.default)
            };
            let _ = writeln!(out, "| `{}` | {default} | {} |", field.key, field.text);
        }
    }
    out
}
