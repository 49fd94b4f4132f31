//! What answers on the way of a sign-in carry: cookies, and where a form may lead.

use http::{HeaderValue, header};

use super::{Reply, headers::OWN_POLICY};
use crate::authn::{Binding, binding_cookie};

/// Adds a cookie.
pub fn set_cookie(reply: &mut Reply, value: &str) {
    if let Ok(mut value) = HeaderValue::from_str(value) {
        value.set_sensitive(true);
        reply.headers_mut().append(header::SET_COOKIE, value);
    }
}

/// Ties the browser to its sign-in, if it is not yet.
pub fn bind(reply: &mut Reply, binding: &Binding, tls: bool) {
    if binding.fresh {
        set_cookie(reply, &binding_cookie(binding, tls));
    }
}

/// Lets the page's form go to `origin`, by itself where scripts run.
#[cfg(feature = "saml")]
pub fn may_post_itself(reply: &mut Reply, origin: &str) {
    may_lead_to(reply, origin);
    let headers = reply.headers_mut();
    let policy = headers.get(header::CONTENT_SECURITY_POLICY);
    let policy = policy
        .and_then(|policy| policy.to_str().ok())
        .unwrap_or_default();
    if let Ok(policy) = HeaderValue::from_str(&format!("{policy}; script-src 'self'")) {
        headers.insert(header::CONTENT_SECURITY_POLICY, policy);
    }
}

/// Lets the page's form lead to `origin` as well: browsers hold redirects after a form to the same rule.
pub fn may_lead_to(reply: &mut Reply, origin: &str) {
    let policy = OWN_POLICY.replace(
        "form-action 'self'",
        &format!("form-action 'self' {origin}"),
    );
    if let Ok(policy) = HeaderValue::from_str(&policy) {
        reply
            .headers_mut()
            .insert(header::CONTENT_SECURITY_POLICY, policy);
    }
}
