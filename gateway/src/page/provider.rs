//! The pages between us and an identity provider.

use http::StatusCode;
use url::Url;

#[cfg(feature = "saml")]
use super::SUBMIT;
use super::{Html, document};

/// For a sign-in that failed at the provider; `again` is where it begins anew.
pub fn failed(again: &str, record: &str, status: StatusCode) -> String {
    match status {
        StatusCode::SERVICE_UNAVAILABLE => problem(
            "The provider does not answer",
            "Your sign-in provider cannot be reached now. Sessions that exist go on. Try again in a moment.",
            (again, record),
        ),
        _ => problem(
            "Signing in failed",
            "The provider's answer could not be accepted. Try again; if it happens again, give an operator the record below.",
            (again, record),
        ),
    }
}

/// For somebody whose sign-in is not strong enough for the page.
pub fn too_weak(again: &str, record: &str) -> String {
    problem(
        "A stronger sign-in is needed",
        "This page needs a stronger or fresher sign-in, for example with a second factor, than the one you gave.",
        (again, record),
    )
}

fn problem(title: &str, text: &str, (again, record): (&str, &str)) -> String {
    let mut main = Html::new();
    main.raw("<h1>")
        .text(title)
        .raw("</h1>\n<p>")
        .text(text)
        .raw("</p>\n<p><a class=\"button\" href=\"")
        .text(again)
        .raw("\">Try again</a></p>\n<p class=\"record\">Record ")
        .text(record)
        .raw("</p>\n");
    document(title, main)
}

/// For somebody who has signed out here and goes on to sign out at the provider.
pub fn leaving(to: &Url) -> String {
    let mut main = Html::new();
    main.raw("<h1>You are signed out</h1>\n<p>Your sessions in every app have ended.</p>\n")
        .raw("<meta http-equiv=\"refresh\" content=\"0;url=")
        .text(to.as_str())
        .raw("\">\n<p>Now your provider is told: <a class=\"button\" href=\"")
        .text(to.as_str())
        .raw("\">Go on</a></p>\n");
    document("You are signed out", main)
}

/// The same by a form that posts.
#[cfg(feature = "saml")]
pub fn goodbye(to: &Url, fields: &[(&'static str, String)]) -> String {
    let mut main = Html::new();
    main.raw("<h1>You are signed out</h1>\n<p>Your sessions in every app have ended. Now your provider is told.</p>\n")
        .html(form(to.as_str(), fields));
    document("You are signed out", main)
}

/// A step on the way to a provider, by a form that posts.
#[cfg(feature = "saml")]
pub fn onward(to: &Url, fields: &[(&'static str, String)]) -> String {
    let mut main = Html::new();
    main.raw("<h1>Sign in</h1>\n<p>You are being sent to your provider.</p>\n")
        .html(form(to.as_str(), fields));
    document("Sign in", main)
}

/// It sends itself where scripts run.
#[cfg(feature = "saml")]
fn form(to: &str, fields: &[(&'static str, String)]) -> Html {
    let mut form = Html::new();
    form.raw("<form method=\"post\" action=\"")
        .text(to)
        .raw("\">\n");
    for (name, value) in fields {
        form.raw("<input type=\"hidden\" name=\"")
            .text(name)
            .raw("\" value=\"")
            .text(value)
            .raw("\">\n");
    }
    form.raw("<button type=\"submit\">Go on</button>\n</form>\n<script src=\"")
        .text(SUBMIT)
        .raw("\"></script>\n");
    form
}
