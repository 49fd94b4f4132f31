//! The pages that say no, and what to do about it.

use http::StatusCode;

use super::{HOME, Html, document};

/// One sentence for a refusal that tells a stranger nothing.
pub fn sentence(status: StatusCode) -> &'static str {
    match status {
        StatusCode::UNAUTHORIZED => "You have to sign in.",
        StatusCode::FORBIDDEN => "You may not do this.",
        StatusCode::NOT_FOUND => "There is nothing here.",
        StatusCode::METHOD_NOT_ALLOWED => "This cannot be done here.",
        StatusCode::PAYLOAD_TOO_LARGE => "The request is too large.",
        StatusCode::TOO_MANY_REQUESTS => "Too many attempts. Wait a minute and try again.",
        StatusCode::SERVICE_UNAVAILABLE => "This is not possible now. Try again in a moment.",
        _ => "The request was refused.",
    }
}

/// A refusal by policy, shown to a person we know.
pub fn denied(reasons: &[String], record: &str) -> String {
    let mut main = Html::new();
    main.raw("<h1>You may not open this</h1>\n");
    for reason in reasons.iter().filter(|reason| !reason.is_empty()) {
        main.raw("<p class=\"reason\">Reason: ")
            .text(reason)
            .raw("</p>\n");
    }
    if reasons.iter().all(String::is_empty) {
        main.raw("<p>No policy permits it.</p>\n");
    }
    main.html(advice(record))
        .raw("<div class=\"ways\">\n<a class=\"button\" href=\"")
        .text(HOME)
        .raw("\">Apps</a>\n<form method=\"post\" action=\"/_sallyport/logout\">\n")
        .raw("<button class=\"quiet\" type=\"submit\">Sign in as somebody else</button>\n</form>\n</div>\n");
    document("Not permitted", main)
}

/// A refusal before policy.
pub fn rejected(status: StatusCode, record: &str) -> String {
    let mut main = Html::new();
    main.raw("<h1>")
        .text(sentence(status))
        .raw("</h1>\n")
        .html(advice(record));
    document(status.canonical_reason().unwrap_or("Refused"), main)
}

fn advice(record: &str) -> Html {
    let mut piece = Html::new();
    if !record.is_empty() {
        piece
            .raw("<p>If this is wrong, tell an operator this decision: <code>")
            .text(record)
            .raw("</code></p>\n<p class=\"hint\">Operators: <code>sallyport audit show ")
            .text(record)
            .raw("</code></p>\n");
    }
    piece
}
