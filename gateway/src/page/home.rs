//! The home page: the apps this person may open.

use super::{Html, document};

/// One app in the list.
pub struct Entry {
    /// What the app calls itself.
    pub name: String,
    /// Where it is.
    pub path: String,
}

/// The list for `person`, or for anybody.
pub fn home(person: Option<&str>, apps: &[Entry]) -> String {
    let mut main = Html::new();
    main.raw("<h1>Apps</h1>\n").html(session(person));
    if apps.is_empty() {
        main.raw("<p>No app is open to you. Ask an operator for access");
        main.raw(if person.is_none() {
            ", or sign in.</p>\n"
        } else {
            ".</p>\n"
        });
        return document("Apps", main);
    }
    main.raw("<ul class=\"apps\">\n");
    for app in apps {
        main.raw("<li><a href=\"")
            .text(&app.path)
            .raw("\">")
            .text(&app.name);
        main.raw("</a> <span>")
            .text(&app.path)
            .raw("</span></li>\n");
    }
    main.raw("</ul>\n");
    document("Apps", main)
}

fn session(person: Option<&str>) -> Html {
    let mut piece = Html::new();
    match person {
        Some(name) => piece
            .raw("<form class=\"session\" method=\"post\" action=\"/_sallyport/logout\">\n<span>Signed in as <strong>")
            .text(name)
            .raw("</strong></span>\n<button type=\"submit\">Sign out</button>\n</form>\n"),
        None => piece.raw("<p><a href=\"/_sallyport/login\">Sign in</a></p>\n"),
    };
    piece
}
