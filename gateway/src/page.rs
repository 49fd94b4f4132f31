//! The gateway's own pages: plain HTML that works without JavaScript, in light and dark.
//!
//! Text reaches a page only through [`Html::text`] or an attribute, both of which escape.

pub mod denied;
pub mod home;
mod html;
pub mod login;
pub mod logout;

pub use html::Html;

/// The style sheet's path, as the pages link it.
pub const STYLE: &str = "/_sallyport/asset/sallyport.css";

/// Content type and bytes of an asset.
pub fn asset(path: &str) -> Option<(&'static str, &'static str)> {
    (path == STYLE).then_some((
        "text/css; charset=utf-8",
        include_str!("page/sallyport.css"),
    ))
}

/// A whole document around `main`.
fn document(title: &str, main: Html) -> String {
    let mut page = Html::new();
    page.raw("<!doctype html>\n<html lang=\"en\">\n<head>\n<meta charset=\"utf-8\">\n")
        .raw("<meta name=\"viewport\" content=\"width=device-width, initial-scale=1\">\n")
        .raw("<meta name=\"color-scheme\" content=\"light dark\">\n<title>")
        .text(title)
        .raw(" · Sallyport</title>\n<link rel=\"stylesheet\" href=\"")
        .text(STYLE)
        .raw("\">\n</head>\n<body>\n<main>\n")
        .html(main)
        .raw("</main>\n</body>\n</html>\n");
    page.finish()
}

#[cfg(test)]
mod tests {
    use http::StatusCode;

    use super::*;

    #[test]
    fn text_is_escaped_everywhere() {
        let evil = "<script>\"'&";
        let pages = [
            login::choices(
                &login::Ways {
                    flow: evil,
                    password: true,
                    providers: Vec::new(),
                },
                Some(evil),
            ),
            logout::ask(evil),
            denied::denied(&[evil.to_owned()], evil),
            denied::rejected(StatusCode::BAD_REQUEST, evil),
            home::home(
                Some(evil),
                &[home::Entry {
                    name: evil.into(),
                    path: evil.into(),
                }],
            ),
        ];
        for page in pages {
            assert!(!page.contains("<script>"), "{page}");
            assert!(page.contains("&lt;script&gt;&quot;&#39;&amp;"), "{page}");
            assert!(
                page.contains("<html lang=\"en\">")
                    && page.contains("<title>")
                    && page.contains("<h1>")
            );
        }
    }

    #[test]
    fn errors_are_announced_and_fields_have_labels() {
        let ways = login::Ways {
            flow: "f",
            password: true,
            providers: Vec::new(),
        };
        let page = login::choices(&ways, Some("wrong"));
        assert!(page.contains("role=\"alert\""));
        assert!(page.contains("<label for=\"name\">") && page.contains("id=\"name\""));
        assert!(page.contains("<label for=\"password\">") && page.contains("id=\"password\""));
        assert!(!login::choices(&ways, None).contains("role=\"alert\""));
    }

    #[test]
    fn only_known_assets_exist() {
        assert!(asset(STYLE).is_some());
        assert!(asset("/_sallyport/asset/").is_none());
        assert!(asset("/_sallyport/asset/../page.rs").is_none());
    }
}
