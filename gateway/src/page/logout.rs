//! The pages of signing out.

use super::{Html, document};

/// Asks `name` whether to sign out.
pub fn ask(name: &str) -> String {
    let mut main = Html::new();
    main.raw("<h1>Sign out</h1>\n<p>You are signed in as <strong>")
        .text(name)
        .raw("</strong>. Signing out ends your sessions in every app.</p>\n")
        .raw("<form method=\"post\" action=\"/_sallyport/logout\">\n")
        .raw("<button type=\"submit\">Sign out</button>\n</form>\n");
    document("Sign out", main)
}

/// Says that it is done.
pub fn done() -> String {
    let mut main = Html::new();
    main.raw("<h1>You are signed out</h1>\n<p>Your sessions in every app have ended.</p>\n")
        .raw("<p><a class=\"button\" href=\"/\">Sign in again</a></p>\n");
    document("You are signed out", main)
}
