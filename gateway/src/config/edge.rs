//! `[apps.edge."/path"]`: how the answers of one app leave, where it differs from `[apps]` and `[cors]`.

use serde::{Deserialize, Serialize};

use super::{
    Config,
    cors::Cors,
    value::{Count, HeaderText},
};
use crate::catalog::Address;

/// How answers of one app leave; what is left out stands in `[apps]` and `[cors]`.
#[derive(Debug, Clone, Default, Deserialize, Serialize)]
#[serde(deny_unknown_fields, default)]
pub struct OwnEdge {
    /// Which security headers answers carry.
    pub headers_level: Option<Count<0, 10>>,
    /// Whether answers are compressed.
    pub compression: Option<bool>,
    /// Whether changes from pages of other origins are refused.
    pub refuse_cross_origin: Option<bool>,
    /// `Cache-Control` of the files in `static_root/`.
    pub static_root_cache_control: Option<HeaderText>,
    /// Who may read answers from another origin, in place of `[cors]`.
    pub cors: Option<Cors>,
}

/// How answers of an app leave.
#[derive(Clone, Copy, Debug)]
pub struct Edge<'c> {
    /// Which security headers answers carry.
    pub headers_level: u64,
    /// The level answers are compressed with, if they are.
    pub compression: Option<u32>,
    /// Whether changes from pages of other origins are refused.
    pub refuse_cross_origin: bool,
    /// `Cache-Control` of the files in `static_root/`.
    pub static_root_cache_control: &'c HeaderText,
    /// Who may read answers from another origin.
    pub cors: &'c Cors,
}

impl Config {
    /// How answers of the app at `address` leave.
    pub fn edge(&self, address: &Address) -> Edge<'_> {
        let apps = &self.apps;
        let own = apps.edge.get(address);
        let compression = own.and_then(|own| own.compression);
        let level = u32::try_from(apps.compression_level.value()).unwrap_or(5);
        Edge {
            headers_level: own
                .and_then(|own| own.headers_level)
                .unwrap_or(apps.headers_level)
                .value(),
            compression: compression.unwrap_or(apps.compression).then_some(level),
            refuse_cross_origin: own.and_then(|own| own.refuse_cross_origin).unwrap_or(true),
            static_root_cache_control: own
                .and_then(|own| own.static_root_cache_control.as_ref())
                .unwrap_or(&apps.static_root_cache_control),
            cors: own.and_then(|own| own.cors.as_ref()).unwrap_or(&self.cors),
        }
    }
}

pub(super) const TEXT: &str = "How the answers of one app leave: `headers_level`, `compression` and `static_root_cache_control` \
as in `[apps]`, a table `cors` in place of `[cors]`, and `refuse_cross_origin` (default `true`): `false` lets pages of every \
origin change things in this app with the login of whoever looks at them.";
