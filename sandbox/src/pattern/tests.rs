//! The router by table; expected results follow go-chi v5.

use super::*;
use crate::inspection::RouteKind;

fn routes(patterns: &[&str]) -> Vec<Route> {
    let route = |text: &&str| {
        let (method, pattern) = text.split_once(' ').unwrap_or(("GET", text));
        Route {
            kind: RouteKind::Html,
            method: method.into(),
            pattern: pattern.into(),
            full: String::new(),
            partial: String::new(),
            api_type: String::new(),
            handler: 0,
            proxy: None,
        }
    };
    patterns.iter().map(route).collect()
}

/// `index name=value …`, or the methods allowed, or `-`.
fn check(patterns: &[&str], request: &str, expected: &str) {
    let (method, path) = request.split_once(' ').unwrap_or(("GET", request));
    let found = match match_route(&routes(patterns), method, path) {
        RouteMatch::Found { index, params, .. } => params
            .iter()
            .fold(index.to_string(), |text, (name, value)| {
                format!("{text} {name}={value}")
            }),
        RouteMatch::MethodNotAllowed(methods) => methods.join(","),
        RouteMatch::NotFound => "-".into(),
    };
    assert_eq!(found, expected, "{request} in {patterns:?}");
}

#[test]
fn literals_and_params() {
    let users = [
        "/",
        "/users",
        "/users/{id}",
        "/users/new",
        "/users/{id}/edit",
    ];
    check(&users, "/", "0");
    check(&users, "/users", "1");
    check(&users, "/users/7", "2 id=7");
    check(&users, "/users/new", "3");
    check(&users, "/users/newer", "2 id=newer");
    check(&users, "/users/new/edit", "4 id=new");
    check(&users, "/users/", "-");
    check(&users, "/users/7/8", "-");
    check(&users, "/Users", "-");
}

#[test]
fn delimiters_inside_a_segment() {
    let both = ["/{a}-{b}", "/{name}"];
    check(&both, "/x-y", "0 a=x b=y");
    check(&both, "/x-y-z", "0 a=x b=y-z");
    check(&both, "/xy", "1 name=xy");
    check(&both, "/-y", "1 name=-y");
    check(&["/{file}.json", "/{file}"], "/a.json", "0 file=a");
    check(&["/{file}.json", "/{file}"], "/a.txt", "1 file=a.txt");
}

#[test]
fn regular_expressions_come_before_plain_parameters() {
    let both = ["/{name}", "/{id:[0-9]+}"];
    check(&both, "/12", "1 id=12");
    check(&both, "/12a", "0 name=12a");
    check(&["/{id:[0-9]{2}}/x"], "/12/x", "0 id=12");
    check(&["/{id:[0-9]{2}}/x"], "/123/x", "-");
    check(&["/{id:a|b}"], "/ab", "-");
}

#[test]
fn wildcards_take_the_rest() {
    let files = ["/files/*", "/files/list", "/*"];
    check(&files, "/files/a/b", "0 *=a/b");
    check(&files, "/files/", "0 *=");
    check(&files, "/files/list", "1");
    check(&files, "/files/list/x", "0 *=list/x");
    check(&files, "/other", "2 *=other");
    check(&["/u/{id}/*"], "/u/1/x/y", "0 *=x/y id=1");
}

#[test]
fn dead_ends_go_back() {
    check(&["/a/{x}/c", "/{y}/b/d"], "/a/b/d", "1 y=a");
    check(&["/ab/{x}", "/{y}"], "/ab", "1 y=ab");
}

#[test]
fn methods() {
    let notes = ["GET /n/{id}", "POST /n/{key}", "DELETE /n/x"];
    check(&notes, "POST /n/1", "1 key=1");
    check(&notes, "PUT /n/1", "GET,POST");
    check(&notes, "HEAD /n/1", "GET,POST");
    check(&notes, "GET /n/x", "0 id=x");
    check(&notes, "PUT /n/x", "DELETE,GET,POST");
    check(&notes, "GET /m", "-");
}

#[test]
fn the_later_of_two_equal_routes_wins() {
    check(&["/a", "/a"], "/a", "1");
    check(&["/{x}", "/{y}"], "/1", "1 y=1");
}

#[test]
fn bad_patterns_are_named() {
    let check = |method: &str, pattern: &str, expected: &str| {
        let found =
            super::check(method, pattern).map_or_else(|error| error.to_string(), |()| "ok".into());
        assert_eq!(found, expected);
    };
    check("GET", "/a/{b:[0-9]{1,3}}/*", "ok");
    check("GET", "a", "routing pattern `a` must begin with `/`");
    check(
        "GET",
        "/{a",
        "route param closing delimiter `}` is missing in `/{a`",
    );
    check(
        "GET",
        "/*/a",
        "wildcard `*` must be the last value in the route `/*/a`",
    );
    check(
        "GET",
        "/{a}/{a}",
        "routing pattern `/{a}/{a}` contains duplicate param key `a`",
    );
    check(
        "GET",
        "/{a:[}",
        "invalid regexp `[` in route pattern `/{a:[}`",
    );
    check("FETCH", "/", "`FETCH` is not a supported http method");
}

#[test]
fn a_route_for_every_method() {
    let proxied = ["/own", "* /", "* /*", "POST /form"];
    check(&proxied, "/own", "0");
    check(&proxied, "POST /own", "2 *=own");
    check(&proxied, "PURGE /", "1");
    check(&proxied, "POST /form", "3");
    check(&proxied, "GET /form", "2 *=form");
    check(&["* /x", "GET /x"], "GET /x", "1");
    check(&["GET /x", "* /x"], "GET /x", "1");
    check(&["* /x"], "/y", "-");
}
