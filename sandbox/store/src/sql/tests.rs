//! Orders as apps write them, and how they are spelt.

use super::{Dialect, Order, Statement};

#[track_caller]
fn check(entries: &[&str], sqlite: &str) {
    let entries: Vec<String> = entries.iter().map(|entry| (*entry).to_owned()).collect();
    let orders = Order::parse(&entries).unwrap();
    assert_eq!(
        Statement::new(Dialect::Sqlite, "").ordered(&orders).text,
        sqlite
    );
}

#[test]
fn orders_are_spelt() {
    check(&[], " ORDER BY _id ASC");
    check(&["a"], " ORDER BY _json ->> 'a' ASC, _id ASC");
    check(
        &["a:DESC", "_id:asc"],
        " ORDER BY _json ->> 'a' DESC, _id ASC, _id ASC",
    );
}

#[test]
fn nonsense_is_refused() {
    let refused = |entry: &str| Order::parse(&[entry.to_owned()]).unwrap_err().to_string();
    assert_eq!(
        refused("a:up"),
        "invalid sort field a:up, use a, a:asc or a:desc"
    );
    assert_eq!(refused("a'"), "field path cannot contain ': a'");
    assert_eq!(refused("_json"), "querying _json directly is not supported");
}
