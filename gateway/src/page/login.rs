//! The pages of signing in.

use policy::StepUp;

use super::{HOME, Html, document};
use crate::signin::Way;

/// What a person can choose from.
pub struct Ways<'a> {
    /// The sign-in.
    pub flow: &'a str,
    /// Whether accounts of this server may sign in.
    pub password: bool,
    /// The providers.
    pub providers: Vec<Way<'a>>,
    /// What the session that exists already lacks.
    pub wish: Option<StepUp>,
}

/// The page to choose how to sign in; `problem` is what went wrong before.
pub fn choices(ways: &Ways<'_>, problem: Option<&str>) -> String {
    let mut main = Html::new();
    main.raw("<h1>Sign in</h1>\n").html(alert(problem));
    if let Some(wish) = &ways.wish {
        main.html(wanted(wish));
    }
    if !ways.providers.is_empty() {
        main.html(providers(ways));
    }
    if ways.password && !ways.providers.is_empty() {
        main.raw("<h2 class=\"or\">Or with an account of this server</h2>\n");
    }
    if ways.password {
        main.html(form(ways, problem.is_some()));
    }
    if !ways.password && ways.providers.is_empty() {
        main.raw("<p>No way to sign in is set up. Ask an operator.</p>\n");
    }
    document(title("Sign in", problem), main)
}

/// The page that asks `name`, whose password was right, for a code; `problem` is what was wrong with the last one.
pub fn code(flow: &str, name: &str, problem: Option<&str>) -> String {
    let mut main = Html::new();
    main.raw("<h1>Second step</h1>\n").html(alert(problem));
    main.raw("<p>The password of <strong>")
        .text(name)
        .raw("</strong> is right. Now prove that you have your second factor.</p>\n");
    main.html(begin(flow));
    main.raw("<label for=\"code\">Code</label>\n<p class=\"hint\" id=\"code-hint\">Six digits from your authenticator app; they change every 30 seconds.</p>\n")
        .raw("<input id=\"code\" name=\"code\" type=\"text\" inputmode=\"numeric\" autocomplete=\"one-time-code\" ")
        .raw("spellcheck=\"false\" maxlength=\"16\" required autofocus aria-describedby=\"code-hint")
        .raw(if problem.is_some() { " problem\" aria-invalid=\"true\"" } else { "\"" })
        .raw(">\n<button type=\"submit\">Continue</button>\n</form>\n<p><a class=\"target\" href=\"/_sallyport/login?choose=1&amp;flow=")
        .text(flow)
        .raw("\">Sign in as somebody else</a></p>\n");
    document(title("Second step", problem), main)
}

/// For a sign-in that is over, or another browser's.
pub fn expired() -> String {
    let mut main = Html::new();
    main.raw(
        "<h1>This sign-in is over</h1>\n<p>It took too long, or it was begun in another browser. ",
    )
    .raw("Open the page you wanted again, or begin at the list of apps.</p>\n<p><a class=\"button\" href=\"")
    .text(HOME)
    .raw("\">Apps</a></p>\n");
    document("This sign-in is over", main)
}

/// Screen readers say the title first.
fn title(plain: &'static str, problem: Option<&str>) -> &'static str {
    match (problem, plain) {
        (None, plain) => plain,
        (Some(_), "Sign in") => "Error: Sign in",
        (Some(_), _) => "Error: Second step",
    }
}

fn alert(problem: Option<&str>) -> Html {
    let mut piece = Html::new();
    if let Some(problem) = problem {
        piece
            .raw("<p class=\"error\" role=\"alert\" id=\"problem\">")
            .text(problem)
            .raw("</p>\n");
    }
    piece
}

/// Why somebody who is signed in has to sign in again.
fn wanted(wish: &StepUp) -> Html {
    let mut piece = Html::new();
    piece.raw(match (wish.mfa, wish.max_age.is_some()) {
        (true, true) => {
            "<p>The page you want asks for a second factor, and for a sign-in of this moment.</p>\n"
        }
        (true, false) => "<p>The page you want asks for a second factor.</p>\n",
        (false, _) => {
            "<p>The page you want asks you to sign in again, as your sign-in is too long ago.</p>\n"
        }
    });
    if wish.mfa {
        piece.raw("<p class=\"hint\">An account of this server gets a second factor from an operator.</p>\n");
    }
    piece
}

fn providers(ways: &Ways<'_>) -> Html {
    let mut list = Html::new();
    list.raw("<ul class=\"providers\">\n");
    for way in &ways.providers {
        list.raw("<li><a class=\"button\" href=\"")
            .text(&way.start(ways.flow))
            .raw("\">Sign in with ")
            .text(way.title)
            .raw("</a></li>\n");
    }
    list.raw("</ul>\n");
    list
}

/// The form for accounts that live here.
fn form(ways: &Ways<'_>, problem: bool) -> Html {
    let mut form = begin(ways.flow);
    let wrong = if problem {
        " aria-describedby=\"problem\" aria-invalid=\"true\""
    } else {
        ""
    };
    form.raw("<label for=\"name\">User name</label>\n<input id=\"name\" name=\"name\" type=\"text\" ")
        .raw("autocomplete=\"username\" autocapitalize=\"none\" spellcheck=\"false\" required")
        .raw(if ways.providers.is_empty() { " autofocus" } else { "" })
        .raw(wrong)
        .raw(">\n<label for=\"password\">Password</label>\n<input id=\"password\" name=\"password\" type=\"password\" ")
        .raw("autocomplete=\"current-password\" required")
        .raw(wrong)
        .raw(">\n<button type=\"submit\">Sign in</button>\n</form>\n");
    form
}

fn begin(flow: &str) -> Html {
    let mut form = Html::new();
    form.raw("<form method=\"post\" action=\"/_sallyport/login\">\n<input type=\"hidden\" name=\"flow\" value=\"")
        .text(flow)
        .raw("\">\n");
    form
}
