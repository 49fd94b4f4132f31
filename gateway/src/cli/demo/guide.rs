//! What to try, ready to be copied.

use secrecy::ExposeSecret;

use super::setup::Made;
use crate::Home;

/// The next steps.
pub(super) fn text(home: &Home, urls: &[String], people: &[Made], keep: bool) -> String {
    let url = urls.first().map(String::as_str).unwrap_or_default();
    let program = std::env::current_exe().map_or_else(
        |_| "sallyport".to_owned(),
        |path| path.display().to_string(),
    );
    let users: String = people.iter().fold(String::new(), |all, made| {
        let may = if made.name == "ops" {
            "sees apps too"
        } else {
            "opens apps"
        };
        format!(
            "{all}      {}   {}   ({may})\n",
            made.name,
            made.password.expose_secret()
        )
    });
    let fate = if keep { "kept" } else { "deleted at the end" };
    let folder = home.path().display();
    format!(
        r#"
Sallyport runs at {url}
Everything lies in {folder} ({fate}). Stop with Ctrl-C.

  Users
{users}
  Four apps are installed: /disk_usage, /addressbook, /weather, /denied. None is approved yet.

  1. Open {url}/disk_usage and sign in as dev. It is refused, and the refusal is recorded.

  2. In another terminal, see what the app asks for, and approve it:

       alias sp='{program} --home {folder}'
       sp app show /disk_usage
       sp app approve /disk_usage

     Reload the page: it works now, and only inside what was approved.

  3. An API key that the app never sees:

       sp app approve /weather

     Open {url}/weather?city=Lisbon

  4. Documents in a store, and pages that update in place:

       sp app approve /addressbook

     Open {url}/addressbook, then edit a copy of it in development:

       cp -r {folder}/examples/addressbook my-book
       sp app create my-book /my-book --dev --approve

  5. Ten ways to step outside what was approved:

       sp app approve /denied

     Open {url}/denied

  6. Who did what, under which policy:

       sp audit list --decision deny
       sp policy explain <seq>
       sp audit verify
"#
    )
}
