//! How long a page with a table of a thousand rows takes, here and by Go's html/template in the same run:
//! `cargo run --release -p sallyport-template --example render`. Without Go, only ours is told.
#![expect(
    clippy::expect_used,
    clippy::disallowed_methods,
    reason = "a benchmark that cannot run says why and stops, and it starts Go"
)]

use std::path::{Path, PathBuf};
use std::process::Command;
use std::sync::Arc;
use std::time::{Duration, Instant};

use gotemplate::value::{List, Record, Shape};
use gotemplate::{Functions, Run, Set, Value};

const PAGE: &str = include_str!("page.go.html");
const LONG: Duration = Duration::from_secs(3);

/// Pages, microseconds, bytes of one page.
struct Measured(u64, u64, u64);

fn main() {
    println!(
        "{:<24} {:>10} {:>10} {:>10}",
        "1000 rows", "µs a page", "pages/s", "MB/s"
    );
    report("from text to a page", &first());
    report("gotemplate", &ours());
    match go() {
        Some(measured) => report("Go html/template", &measured),
        None => println!("Go is not here; put `go` on the PATH to compare"),
    }
}

fn report(name: &str, Measured(pages, micros, length): &Measured) {
    println!(
        "{name:<24} {:>10} {:>10} {:>10}",
        micros / pages,
        pages * 1_000_000 / micros.max(&1),
        pages * length / micros.max(&1),
    );
}

fn set() -> Set {
    let mut set = Set::html(Arc::new(Functions::for_apps()));
    set.add("page", PAGE).expect("the page is a template");
    set
}

/// From the text to the end of the first page.
fn first() -> Measured {
    let dot = dot(1);
    measured(|| page(&set(), &dot))
}

fn ours() -> Measured {
    let (set, dot) = (set(), dot(1000));
    measured(|| page(&set, &dot))
}

fn page(set: &Set, dot: &Value) -> usize {
    let mut out = Vec::new();
    set.execute("page", dot.clone(), &mut out, &Run::default())
        .expect("the page renders");
    out.len()
}

fn measured(mut page: impl FnMut() -> usize) -> Measured {
    let begun = Instant::now();
    let (mut pages, mut length) = (0, 0);
    while pages == 0 || begun.elapsed() < LONG {
        length = page() as u64;
        pages += 1;
    }
    let micros = u64::try_from(begun.elapsed().as_micros()).expect("a short time");
    Measured(pages, micros, length)
}

/// A request whose data has so many rows.
fn dot(rows: i64) -> Value {
    let row = |id: i64| {
        let kind = ["a", "b", "c"]
            .into_iter()
            .cycle()
            .nth(usize::try_from(id % 3).expect("a remainder"));
        Value::map([
            ("id", Value::int(id)),
            ("name", format!("item {id}").into()),
            ("text", "fast & <b>\"loose\"</b>, it's 'so'".into()),
            ("price", Value::float(f64::from(id as i32) * 1.25)),
            ("kind", kind.unwrap_or_default().into()),
            ("late", Value::Bool(id % 7 == 0)),
        ])
    };
    let rows = List::of((0..rows).map(row).collect());
    let data = Value::map([("rows", Value::List(Arc::new(rows)))]);
    let shape = Shape::new("main.request", &["AppName", "Data"]);
    Value::Record(Arc::new(Record::new(shape, vec!["Items".into(), data])))
}

/// The same by Go, if it is here.
fn go() -> Option<Measured> {
    let here = Path::new(env!("CARGO_MANIFEST_DIR")).join("examples/render");
    let program = std::env::temp_dir().join(format!("page-{}.go", std::process::id()));
    std::fs::copy(here.join("page.go.txt"), &program).expect("the temporary folder takes a file");
    let answer = Command::new(tool())
        .arg("run")
        .arg(&program)
        .arg(here.join("page.go.html"))
        .arg(format!("{}s", LONG.as_secs()))
        .output();
    std::fs::remove_file(&program).expect("the file is there");
    let answer = answer.ok()?;
    assert!(
        answer.status.success(),
        "{}",
        String::from_utf8_lossy(&answer.stderr)
    );
    let text = String::from_utf8_lossy(&answer.stdout).into_owned();
    let mut numbers = text
        .split_whitespace()
        .map(|number| number.parse::<u64>().expect("a number"));
    let mut number = || numbers.next();
    Some(Measured(number()?, number()?, number()?))
}

fn tool() -> PathBuf {
    let usual = Path::new("/usr/local/go/bin/go");
    match usual.exists() {
        true => usual.to_owned(),
        false => "go".into(),
    }
}
