//! The portal: the apps this person may open, and who the person is to the gateway.

use jiff::Timestamp;

use super::{Html, wide};

/// From so many apps on there is a field to find one.
const MANY: usize = 8;

/// What the portal shows.
pub struct Portal {
    /// Who looks at it.
    pub person: Option<Person>,
    /// The path of the page.
    pub action: String,
    /// What the person looks for; empty for everything.
    pub wanted: String,
    /// The apps, under headings when there are several groups.
    pub groups: Vec<Group>,
    /// There are more apps than were looked at.
    pub cut: bool,
}

/// Somebody who has signed in.
pub struct Person {
    /// The name shown to people.
    pub name: String,
    /// The id in policies.
    pub id: String,
    /// The groups in policies.
    pub groups: Vec<String>,
    /// Where the person signed in.
    pub way: String,
    /// Whether there was a second factor.
    pub mfa: bool,
    /// When.
    pub since: Timestamp,
    /// Whether there is a session to end.
    pub leaves: bool,
}

/// Apps that belong together.
pub struct Group {
    /// What they have in common.
    pub title: Option<String>,
    /// The apps.
    pub apps: Vec<Entry>,
}

/// One app in the list.
pub struct Entry {
    /// What the app calls itself.
    pub name: String,
    /// Where it is, for the eyes.
    pub address: String,
    /// Where it is, for the browser.
    pub href: String,
    /// What has to be done before it opens.
    pub wish: Option<&'static str>,
}

/// The page.
pub fn home(portal: &Portal) -> String {
    let count: usize = portal.groups.iter().map(|group| group.apps.len()).sum();
    let mut main = Html::new();
    main.raw("<h1>Apps</h1>\n");
    if count >= MANY || !portal.wanted.is_empty() {
        main.html(search(portal));
    }
    if !portal.wanted.is_empty() && count > 0 {
        let found = if count == 1 {
            "1 app".to_owned()
        } else {
            format!("{count} apps")
        };
        main.raw("<p role=\"status\">")
            .text(&found)
            .raw(" found for “")
            .text(&portal.wanted);
        main.raw("”.</p>\n");
    }
    if portal.cut {
        main.raw(
            "<p>There are more apps than fit here. Search for a name to find the others.</p>\n",
        );
    }
    match count {
        0 => main.html(nothing(portal)),
        _ => main.html(groups(&portal.groups)),
    };
    if let Some(person) = &portal.person {
        main.html(known_as(person, count == 0 && portal.wanted.is_empty()));
    }
    wide("Apps", session(portal.person.as_ref()), main)
}

/// A field that works without a script: the server looks for the text.
fn search(portal: &Portal) -> Html {
    let mut form = Html::new();
    form.raw("<form class=\"search\" role=\"search\" method=\"get\" action=\"")
        .text(&portal.action)
        .raw("\">\n<label for=\"q\">Find an app</label>\n<div>\n<input id=\"q\" name=\"q\" type=\"search\" maxlength=\"100\" autocomplete=\"off\" value=\"")
        .text(&portal.wanted)
        .raw("\">\n<button type=\"submit\">Find</button>\n");
    if !portal.wanted.is_empty() {
        form.raw("<a class=\"target\" href=\"")
            .text(&portal.action)
            .raw("\">Show all</a>\n");
    }
    form.raw("</div>\n</form>\n");
    form
}

fn nothing(portal: &Portal) -> Html {
    let mut piece = Html::new();
    if !portal.wanted.is_empty() {
        piece
            .raw("<p role=\"status\">No app that is open to you is called “")
            .text(&portal.wanted);
        piece.raw("” or lies there.</p>\n");
        return piece;
    }
    piece
        .raw("<p>No app is open to you. ")
        .raw(match portal.person {
            Some(_) => "Ask an operator for access, and say how policies know you:</p>\n",
            None => {
                "<a href=\"/_sallyport/login\">Sign in</a>, or ask an operator for access.</p>\n"
            }
        });
    piece
}

fn groups(groups: &[Group]) -> Html {
    let mut piece = Html::new();
    for group in groups {
        piece.raw("<section>\n");
        if let Some(title) = &group.title {
            piece.raw("<h2>").text(title).raw("</h2>\n");
        }
        piece.raw("<ul class=\"apps\">\n");
        for app in &group.apps {
            piece.html(entry(app));
        }
        piece.raw("</ul>\n</section>\n");
    }
    piece
}

fn entry(app: &Entry) -> Html {
    let mut piece = Html::new();
    piece
        .raw("<li><a href=\"")
        .text(&app.href)
        .raw("\">")
        .text(&app.name);
    piece
        .raw("</a> <span class=\"where\">")
        .text(&app.address)
        .raw("</span>");
    if let Some(wish) = app.wish {
        piece.raw(" <span class=\"wish\">").raw(wish).raw("</span>");
    }
    piece.raw("</li>\n");
    piece
}

fn session(person: Option<&Person>) -> Html {
    let mut piece = Html::new();
    let Some(person) = person else {
        piece.raw("<a class=\"target\" href=\"/_sallyport/login\">Sign in</a>\n");
        return piece;
    };
    piece
        .raw("<p class=\"who\"><strong>")
        .text(&person.name)
        .raw("</strong>\n<span>");
    piece.text(&person.way).raw(if person.mfa {
        " · with a second factor · since "
    } else {
        " · without a second factor · since "
    });
    piece
        .raw("<time datetime=\"")
        .text(&person.since.strftime("%Y-%m-%dT%H:%M:%SZ").to_string());
    piece
        .raw("\">")
        .text(&person.since.strftime("%-d %b %Y, %H:%M UTC").to_string());
    piece.raw("</time></span></p>\n");
    if person.leaves {
        piece.raw("<form method=\"post\" action=\"/_sallyport/logout\">\n<button class=\"quiet\" type=\"submit\">Sign out</button>\n</form>\n");
    }
    piece
}

/// The id and the groups, which is what an operator has to know.
fn known_as(person: &Person, open: bool) -> Html {
    let mut piece = Html::new();
    piece.raw(if open { "<details open>" } else { "<details>" });
    piece
        .raw("\n<summary>How policies know you</summary>\n<dl>\n<dt>Id</dt>\n<dd><code>")
        .text(&person.id);
    piece.raw("</code></dd>\n<dt>Groups</dt>\n");
    for group in &person.groups {
        piece.raw("<dd><code>").text(group).raw("</code></dd>\n");
    }
    if person.groups.is_empty() {
        piece.raw("<dd>none</dd>\n");
    }
    piece.raw("</dl>\n</details>\n");
    piece
}
