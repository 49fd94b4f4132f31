//! The pages of signing out.

use super::{HOME, Html, document};

/// Asks `name` whether to sign out.
pub fn ask(name: &str) -> String {
    let mut main = Html::new();
    main.raw("<h1>Sign out</h1>\n<p>You are signed in as <strong>")
        .text(name)
        .raw("</strong>. Signing out ends your sessions in every app.</p>\n")
        .raw("<form method=\"post\" action=\"/_sallyport/logout\">\n")
        .raw("<div class=\"ways\">\n<button type=\"submit\">Sign out</button>\n<a class=\"target\" href=\"")
        .text(HOME)
        .raw("\">Stay signed in</a>\n</div>\n</form>\n");
    document("Sign out", main)
}

/// Says that it is done.
pub fn done() -> String {
    let mut main = Html::new();
    main.raw("<h1>You are signed out</h1>\n<p>Your sessions in every app have ended.</p>\n")
        .raw("<p><a class=\"button\" href=\"")
        .text(HOME)
        .raw("\">Sign in again</a></p>\n");
    document("You are signed out", main)
}
