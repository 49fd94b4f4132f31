//! The pages of signing in.

use super::{Html, document};
use crate::signin::Way;

/// What a person can choose from.
pub struct Ways<'a> {
    /// The sign-in.
    pub flow: &'a str,
    /// Whether accounts of this server may sign in.
    pub password: bool,
    /// The providers.
    pub providers: Vec<Way<'a>>,
}

/// The page to choose how to sign in; `problem` is what went wrong before.
pub fn choices(ways: &Ways<'_>, problem: Option<&str>) -> String {
    let mut main = Html::new();
    main.raw("<h1>Sign in</h1>\n");
    if let Some(problem) = problem {
        main.raw("<p class=\"error\" role=\"alert\" id=\"problem\">")
            .text(problem)
            .raw("</p>\n");
    }
    if !ways.providers.is_empty() {
        main.raw("<ul class=\"providers\">\n");
        for way in &ways.providers {
            main.raw("<li><a class=\"button\" href=\"")
                .text(&way.start(ways.flow))
                .raw("\">Sign in with ")
                .text(way.title)
                .raw("</a></li>\n");
        }
        main.raw("</ul>\n");
    }
    if ways.password {
        main.html(form(ways.flow, problem.is_some()));
    }
    if !ways.password && ways.providers.is_empty() {
        main.raw("<p>No way to sign in is set up. Ask an operator.</p>\n");
    }
    document("Sign in", main)
}

/// The form for accounts that live here.
fn form(flow: &str, problem: bool) -> Html {
    let mut form = Html::new();
    form.raw("<form method=\"post\" action=\"/_sallyport/login\">\n<input type=\"hidden\" name=\"flow\" value=\"")
        .text(flow)
        .raw("\">\n<label for=\"name\">User name</label>\n<input id=\"name\" name=\"name\" type=\"text\" ")
        .raw("autocomplete=\"username\" autocapitalize=\"none\" spellcheck=\"false\" required autofocus")
        .raw(if problem { " aria-describedby=\"problem\"" } else { "" })
        .raw(">\n<label for=\"password\">Password</label>\n<input id=\"password\" name=\"password\" type=\"password\" ")
        .raw("autocomplete=\"current-password\" required>\n<button type=\"submit\">Sign in</button>\n</form>\n");
    form
}

/// For a sign-in that is over, or another browser's.
pub fn expired() -> String {
    let mut main = Html::new();
    main.raw(
        "<h1>This sign-in is over</h1>\n<p>It took too long, or it was begun in another browser. ",
    )
    .raw("Open the page you wanted again, or start at the <a href=\"/\">list of apps</a>.</p>\n");
    document("This sign-in is over", main)
}
