//! Which address a request goes to. A name is looked up once per hop, one answer is chosen, and that
//! one is judged and connected to, so a second answer of the name server changes nothing.

use std::net::{IpAddr, Ipv6Addr};
use std::time::Duration;

use policy::{Explanation, HttpMethod, PluginCall, Target, Url};

use crate::plugin::errand::{Errand, Stop};

/// Stands for "some public address" where no name was looked up: in no routed block.
pub const NOWHERE: IpAddr = IpAddr::V6(Ipv6Addr::new(0x2000, 0, 0, 0, 0, 0, 0, 0));

/// Where a host is.
#[derive(Clone, Copy)]
pub enum Located {
    /// At this address.
    At(IpAddr),
    /// Not looked up, because no address would make policy permit the call.
    Nowhere,
}

impl Located {
    /// The address to be judged.
    pub fn ip(self) -> IpAddr {
        match self {
            Located::At(ip) => ip,
            Located::Nowhere => NOWHERE,
        }
    }
}

/// Finds the address of `url`'s host. A look-up tells the name to strangers, so policy is consulted
/// before: a host that the app may not reach whatever its address is not looked up at all.
pub async fn locate(
    errand: &Errand<'_>,
    method: HttpMethod,
    url: &Url,
    subjects: &[(usize, String)],
) -> Result<Located, Stop> {
    if let Some(ip) = literal(url.host()) {
        return Ok(Located::At(ip));
    }
    let target = Target::Http {
        method,
        url: url.clone(),
        ip: NOWHERE,
    };
    let call = PluginCall {
        target,
        account: errand.account.to_owned(),
        subjects: subjects.to_vec(),
        cargo: (),
    };
    if hopeless(
        &errand
            .plugins
            .gate
            .engine()
            .explain(&errand.caller(), &call, errand.at),
    ) {
        return Ok(Located::Nowhere);
    }
    match look_up(url, errand.plugins.bounds.lookup).await {
        Some(ip) => Ok(Located::At(ip)),
        None => Err(errand.unreachable(&format!("cannot find the address of host {}", url.host()))),
    }
}

/// The address of `url`'s host, within `limit`: the first of IPv4, which nearly every server has, else
/// the first.
pub async fn look_up(url: &Url, limit: Duration) -> Option<IpAddr> {
    let lookup = tokio::net::lookup_host((url.host(), url.port()));
    let found = tokio::time::timeout(limit, lookup).await.ok()?.ok()?;
    let found: Vec<IpAddr> = found.map(|address| address.ip().to_canonical()).collect();
    let plain = found.iter().find(|ip| ip.is_ipv4());
    plain.or(found.first()).copied()
}

/// The address that a host is, when it is no name.
pub fn literal(host: &str) -> Option<IpAddr> {
    let host = host
        .strip_prefix('[')
        .and_then(|host| host.strip_suffix(']'))
        .unwrap_or(host);
    Some(host.parse::<IpAddr>().ok()?.to_canonical())
}

/// Whether the call is denied for a reason that has nothing to do with its address.
pub fn hopeless(explanation: &Explanation) -> bool {
    let about_address = |text: &str| text.contains("context.ip");
    if explanation.allowed {
        return false;
    }
    if !explanation.determining.is_empty() {
        return explanation
            .determining
            .iter()
            .any(|policy| !about_address(&policy.text));
    }
    explanation
        .near
        .iter()
        .all(|near| near.lacks.iter().any(|lack| !about_address(lack)))
}
