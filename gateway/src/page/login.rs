//! The login form.

use super::{Html, document};

/// The form; `next` is where it leads, `error` what went wrong before.
pub fn form(next: &str, error: Option<&str>) -> String {
    let mut main = Html::new();
    main.raw("<h1>Sign in</h1>\n");
    if let Some(error) = error {
        main.raw("<p class=\"error\" role=\"alert\" id=\"problem\">")
            .text(error)
            .raw("</p>\n");
    }
    main.raw("<form method=\"post\" action=\"/_sallyport/login\">\n<input type=\"hidden\" name=\"next\" value=\"")
        .text(next)
        .raw("\">\n<label for=\"name\">User name</label>\n<input id=\"name\" name=\"name\" type=\"text\" ")
        .raw("autocomplete=\"username\" autocapitalize=\"none\" spellcheck=\"false\" required autofocus")
        .raw(if error.is_some() { " aria-describedby=\"problem\"" } else { "" })
        .raw(">\n<label for=\"password\">Password</label>\n<input id=\"password\" name=\"password\" type=\"password\" ")
        .raw("autocomplete=\"current-password\" required>\n<button type=\"submit\">Sign in</button>\n</form>\n");
    document("Sign in", main)
}
