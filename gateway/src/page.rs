//! The gateway's own pages: plain HTML that works without JavaScript, in light and dark, narrow and wide.
//!
//! Text reaches a page only through [`Html::text`] or an attribute, both of which escape. Pages hold to WCAG 2.2 AA:
//! everything is in a landmark, headings go down by one, fields have labels and errors are tied to them.

pub mod denied;
pub mod home;
mod html;
pub mod login;
pub mod logout;
pub mod provider;

pub use html::Html;

/// The style sheet's path, as the pages link it.
pub const STYLE: &str = "/_sallyport/asset/sallyport.css";

/// The home page under the name that no app can take.
const HOME: &str = "/_sallyport";

/// The script that sends a form on its way, where scripts run.
#[cfg(feature = "saml")]
const SUBMIT: &str = "/_sallyport/asset/submit.js";

/// Content type and bytes of an asset.
pub fn asset(path: &str) -> Option<(&'static str, &'static str)> {
    let (kind, text) = match path {
        STYLE => (
            "text/css; charset=utf-8",
            include_str!("page/sallyport.css"),
        ),
        #[cfg(feature = "saml")]
        SUBMIT => (
            "text/javascript; charset=utf-8",
            include_str!("page/submit.js"),
        ),
        _ => return None,
    };
    Some((kind, text))
}

/// A page with one thing to do: `main` in the middle.
fn document(title: &str, main: Html) -> String {
    let mut body = Html::new();
    body.raw("<body>\n<header class=\"top\">\n<p class=\"brand\">")
        .raw(GATE)
        .raw("Sallyport</p>\n</header>\n<main class=\"card\">\n")
        .html(main)
        .raw("</main>\n</body>\n");
    shell(title, body)
}

/// A page to move about in: `aside` beside the name of the gateway, which can be skipped.
fn wide(title: &str, aside: Html, main: Html) -> String {
    let mut body = Html::new();
    body.raw("<body class=\"wide\">\n<a class=\"skip\" href=\"#main\">Skip to the content</a>\n")
        .raw("<header class=\"top\">\n<a class=\"brand\" href=\"")
        .text(HOME)
        .raw("\">")
        .raw(GATE)
        .raw("Sallyport</a>\n")
        .html(aside)
        .raw("</header>\n<main id=\"main\" tabindex=\"-1\">\n")
        .html(main)
        .raw("</main>\n</body>\n");
    shell(title, body)
}

/// A gate in a wall; says nothing that the name beside it does not say.
const GATE: &str = "<svg class=\"gate\" viewBox=\"0 0 24 24\" width=\"24\" height=\"24\" aria-hidden=\"true\" focusable=\"false\">\
<path fill=\"currentColor\" fill-rule=\"evenodd\" d=\"M2 3h4v3h4V3h4v3h4V3h4v18h-5v-6a5 5 0 0 0-10 0v6H2z\"/></svg>";

fn shell(title: &str, body: Html) -> String {
    let mut page = Html::new();
    page.raw("<!doctype html>\n<html lang=\"en\">\n<head>\n<meta charset=\"utf-8\">\n")
        .raw("<meta name=\"viewport\" content=\"width=device-width, initial-scale=1\">\n")
        .raw("<meta name=\"color-scheme\" content=\"light dark\">\n<title>")
        .text(title)
        .raw(" · Sallyport</title>\n<link rel=\"stylesheet\" href=\"")
        .text(STYLE)
        .raw("\">\n</head>\n")
        .html(body)
        .raw("</html>\n");
    page.finish()
}

#[cfg(test)]
mod tests;
