//! Build tools and downloads of apps in development. Stand-ins are in the places of the real tools, which are
//! not part of this repository.

use std::os::unix::fs::PermissionsExt;
use std::path::Path;

use super::{BODY, PAGE, server};
use crate::harness::{DEV, Server, eventually, is_alive};
use crate::http::Ask;
use crate::upstream::Upstream;

const STYLED: &str = r#"
def handler(req):
    return {}

app = ace.app("Styled", routes=[ace.html("/")], style=ace.style("daisyui", themes=["cupcake"]))
"#;

/// A stand-in for the compiler: it writes the sheet, starts a child of its own and goes on until its
/// standard input ends, as the real one does with `--watch`.
const COMPILER: &str = "#!/bin/sh\nwhile [ $# -gt 0 ]; do [ \"$1\" = -o ] && out=$2; shift; done\n\
    mkdir -p \"$(dirname \"$out\")\"\necho '/*! tailwindcss stand-in */b{}' > \"$out\"\necho $$ > \"$HOME/pid\"\ncat\n";

/// A program in `folder`, and its path.
fn program(folder: &Path, script: &str) -> String {
    let file = folder.join("stand-in");
    std::fs::write(&file, script).unwrap();
    std::fs::set_permissions(&file, std::fs::Permissions::from_mode(0o755)).unwrap();
    file.to_str().unwrap().to_owned()
}

#[test]
fn the_style_compiler_lives_as_long_as_it_is_needed() {
    let tools = tempfile::TempDir::new().unwrap();
    let command = program(tools.path(), COMPILER);
    let mut server = server(&format!("tailwindcss_command = \"{command}\"\n"));
    let files = [("app.star", STYLED), ("page.go.html", BODY)];
    let source = server.develop("/styled", &files);
    let page = |server: &Server| server.send(&Ask::get("/styled").basic(DEV.0, DEV.1).browser());
    eventually("the sheet is linked", || {
        page(&server).body.contains("/static/gen/css/style")
    });
    let work = std::fs::read_dir(server.home().join("dev")).unwrap();
    let work = work.map(Result::unwrap).next().unwrap().path();
    let input = std::fs::read_to_string(work.join("style/input.css")).unwrap();
    assert!(input.contains("cupcake, emerald --default"), "{input}");
    let run = server.last("dev.run");
    assert_eq!(
        (&run["decision"], &run["principal"]["type"]),
        (&"allow".into(), &"AppInstance".into())
    );
    let pid = || std::fs::read_to_string(work.join("pid")).unwrap();
    let first = pid();
    assert!(is_alive(&first));

    std::fs::write(
        source.join("app.star"),
        STYLED.replace("cupcake", "dracula"),
    )
    .unwrap();
    eventually("a new order is a new compiler", || {
        pid() != first && !is_alive(&first)
    });
    let second = pid();
    std::fs::write(
        source.join("app.star"),
        STYLED.replace(", style=ace.style(\"daisyui\", themes=[\"cupcake\"])", ""),
    )
    .unwrap();
    eventually("without a style there is none", || !is_alive(&second));
    std::fs::write(source.join("app.star"), STYLED).unwrap();
    eventually("and again", || pid() != second && is_alive(&pid()));
    let third = pid();
    server.cli(&["server", "stop"]).ok();
    eventually("it ends with the server", || !is_alive(&third));
    server.restart();
    eventually("it starts with the server", || {
        pid() != third && is_alive(&pid())
    });
    let fourth = pid();
    server.kill();
    eventually("it does not outlive a killed server", || !is_alive(&fourth));
}

/// Another, which writes all the time.
const EAGER: &str = "#!/bin/sh\nwhile [ $# -gt 0 ]; do [ \"$1\" = -o ] && out=$2; shift; done\n\
    (while sleep 0.1; do echo '/*! tailwindcss stand-in */' > \"$out\"; done) &\ncat\nkill $!\n";

#[test]
fn the_style_compiler_cannot_be_led_out_of_the_folder() {
    let tools = tempfile::TempDir::new().unwrap();
    let command = program(tools.path(), EAGER);
    let server = server(&format!("tailwindcss_command = \"{command}\"\n"));
    let files = [("app.star", STYLED), ("page.go.html", BODY)];
    let source = server.develop("/styled", &files);
    let sheet = source.join("static/gen/css/style.css");
    let ours = |text: String| text.starts_with("/*! tailwindcss stand-in");
    eventually("the sheet", || {
        std::fs::read_to_string(&sheet).is_ok_and(ours)
    });
    let wrote = server.last("dev.write");
    assert_eq!(wrote["decision"], "allow", "{wrote}");
    let victim = tools.path().join("victim");
    std::fs::write(&victim, "v").unwrap();
    std::fs::remove_file(&sheet).unwrap();
    std::os::unix::fs::symlink(&victim, &sheet).unwrap();
    eventually("the link is refused", || {
        server.get("/styled").body.contains("symbolic link")
    });
    // Nothing says that nothing will happen: the pause is many times what the stand-in takes.
    std::thread::sleep(std::time::Duration::from_millis(500));
    assert_eq!(std::fs::read_to_string(&victim).unwrap(), "v");
}

/// A stand-in for the bundler: it copies the entry file.
const BUNDLER: &str = "#!/bin/sh\nin=$1\nfor a; do case $a in --outfile=*) out=${a#--outfile=};; esac; done\n\
    grep -q broken \"$in\" && { echo 'no such package' >&2; exit 1; }\n{ echo \"// bundled $*\"; cat \"$in\"; } > \"$out\"\n";

#[test]
fn libraries_are_bundled_and_downloads_are_off() {
    let tools = tempfile::TempDir::new().unwrap();
    let command = program(tools.path(), BUNDLER);
    let server = server(&format!("esbuild_command = \"{command}\"\n"));
    let with = |libraries: &str| {
        PAGE.replace(
            "routes=[ace.html(\"/\")]",
            &format!("routes=[ace.html(\"/\")], libraries=[{libraries}]"),
        )
    };
    let good = with("ace.library(\"d3\", \"7.8.5\", args=[\"--minify\"])");
    let source = server.develop(
        "/lib",
        &[("app.star", good.as_str()), ("page.go.html", BODY)],
    );
    let bundle = source.join("static/gen/esm/d3-7.8.5.js");
    eventually("the bundle", || bundle.exists());
    let text = std::fs::read_to_string(&bundle).unwrap();
    assert!(
        text.contains("--format=esm")
            && text.contains("--minify")
            && text.contains("export * from \"d3\""),
        "{text}"
    );
    for (libraries, expected) in [
        ("ace.library(\"broken\", \"1\")", "error building broken"),
        (
            "ace.library(\"d3\", \"8\", args=[\"--outfile=/tmp/x\"])",
            "error parsing esbuild args",
        ),
        ("\"https://cdn.example/x.js\"", "downloads are off"),
    ] {
        std::fs::write(source.join("app.star"), with(libraries)).unwrap();
        eventually(expected, || server.get("/lib").body.contains(expected));
    }
    std::fs::write(
        source.join("app.star"),
        with("\"https://unpkg.com/htmx.org@1.9.2/dist/htmx.min.js\""),
    )
    .unwrap();
    eventually("a shipped library needs no download", || {
        std::fs::read_to_string(source.join("static/gen/lib/htmx.min.js"))
            .is_ok_and(|text| text.contains("1.9.2"))
    });
    assert!(server.decisions("dev.fetch").is_empty());
    eventually("a library that is gone is removed", || !bundle.exists());
}

#[test]
fn downloads_are_judged_bounded_and_checked() {
    let upstream = Upstream::start(|head| {
        let path = head.split(' ').nth(1).unwrap_or_default();
        let answer = |status: &str, headers: &str, body: &str| {
            (status.to_owned(), headers.to_owned(), body.to_owned())
        };
        match path {
            "/lib.js" => answer("200 OK", "", "// a library"),
            "/moved.js" => answer("302 Found", "Location: /lib.js\r\n", ""),
            "/away.js" => answer("302 Found", "Location: http://localhost/x\r\n", ""),
            "/big.js" => answer("200 OK", "", &"x".repeat(5000)),
            _ => answer("404 Not Found", "", "no such page"),
        }
    });
    let server =
        server("download = true\ndownload_hosts = [\"127.0.0.1\"]\ndownload_bytes = 2048\n");
    let with = |name: &str| {
        let libraries = format!("libraries=[\"{}{name}\"]", upstream.url());
        PAGE.replace("routes=", &format!("{libraries}, routes="))
    };
    let files = [("app.star", &*with("/lib.js")), ("page.go.html", BODY)];
    let source = server.develop("/lib", &files);
    let shows = |text: &str| eventually(text, || server.get("/lib").body.contains(text));
    shows("internal address");
    let refused = server.last("dev.fetch");
    assert_eq!(
        (&refused["decision"], &refused["principal"]["type"]),
        (&"deny".into(), &"AppInstance".into())
    );
    assert!(upstream.seen().is_empty());

    server.cli(&["set", "add", "egress-internal", "/lib"]).ok();
    let lib = source.join("static/gen/lib/lib.js");
    eventually("the library", || lib.exists());
    assert_eq!(std::fs::read_to_string(&lib).unwrap(), "// a library");
    assert_eq!(server.last("dev.fetch")["decision"], "allow");
    for (name, expected) in [
        ("/gone.js", "404"),
        ("/big.js", "longer than 2048 bytes"),
        ("/away.js", "download_hosts"),
    ] {
        std::fs::write(source.join("app.star"), with(name)).unwrap();
        shows(expected);
        assert!(!source.join(format!("static/gen/lib{name}")).exists());
    }
    std::fs::write(source.join("app.star"), with("/moved.js")).unwrap();
    eventually("a redirect is followed", || {
        source.join("static/gen/lib/moved.js").exists()
    });
    eventually("and what is gone is removed", || !lib.exists());
}
