//! Names with a hierarchy, as chains of entities: a host in its domains, a path in its directories, a
//! secret in its folders, a space in its spaces. Prefix questions become `in`, exact at the borders.

use std::path::Path;

use crate::call::{Fact, Node};
use crate::caller::Instance;
use crate::ids::{AppId, SecretId};

/// A host, then its domains up to the last label. Addresses have none.
pub(crate) fn host(name: &str) -> Vec<Node> {
    let node = Node::new("Host", name).with("name", Fact::text(name));
    if name.parse::<std::net::Ipv4Addr>().is_ok() || name.starts_with('[') {
        return vec![node];
    }
    let parents = suffixes(name);
    chain(node, "Domain", parents)
}

fn suffixes(name: &str) -> Vec<String> {
    name.match_indices('.')
        .filter_map(|(at, _)| name.get(at + 1..).map(str::to_owned))
        .collect()
}

/// A file or directory, then its directories up to the root.
pub(crate) fn path(path: &Path) -> Vec<Node> {
    below_directories("Path", path)
}

/// A program, then its directories up to the root.
pub(crate) fn program(path: &Path) -> Vec<Node> {
    below_directories("Program", path)
}

fn below_directories(kind: &'static str, path: &Path) -> Vec<Node> {
    let node = Node::new(kind, text(path));
    chain(node, "Path", path.ancestors().skip(1).map(text).collect())
}

/// A secret, then its folders: `vault:kv/a/b` in `vault:kv/a` in `vault:kv` in `vault:`.
pub(crate) fn secret(secret: &SecretId) -> Vec<Node> {
    let node = Node::new("Secret", secret.to_string())
        .with("provider", Fact::text(&secret.provider))
        .with("path", Fact::text(&secret.path));
    let mut folders: Vec<String> = secret
        .path
        .rmatch_indices('/')
        .filter_map(|(at, _)| {
            secret
                .path
                .get(..at)
                .map(|folder| format!("{}:{folder}", secret.provider))
        })
        .collect();
    folders.push(format!("{}:", secret.provider));
    chain(node, "SecretPath", folders)
}

/// The documents of an app in the store of an account, or one table of it. What is called `default` is
/// the plugin's without an account.
pub(crate) fn store(app: &AppId, account: &str, table: Option<&str>) -> Vec<Node> {
    let id = store_id(app.as_str(), account);
    let store = Node::new("Store", id.as_str()).with("account", Fact::text(account));
    match table {
        None => vec![store],
        Some(name) => {
            let table = Node::new("Table", format!("{id}/{name}"))
                .with("name", Fact::text(name))
                .below("Store", id);
            vec![table, store]
        }
    }
}

/// The id of a store: `<app>/<account or default>`.
pub(crate) fn store_id(app: &str, account: &str) -> String {
    let account = if account.is_empty() {
        NO_ACCOUNT
    } else {
        account
    };
    format!("{app}/{account}")
}

/// What stands for "no account" in ids; no account may be called so.
pub(crate) const NO_ACCOUNT: &str = "default";

/// A space, then the spaces around it up to `/`.
pub(crate) fn space(name: &str) -> Vec<Node> {
    let mut around: Vec<String> = name
        .rmatch_indices('/')
        .filter_map(|(at, _)| {
            name.get(..at).map(|outer| {
                if outer.is_empty() {
                    "/".to_owned()
                } else {
                    outer.to_owned()
                }
            })
        })
        .filter(|outer| outer != name)
        .collect();
    around.dedup();
    chain(Node::new("Space", name), "Space", around)
}

/// An app instance, then its app, its spaces and its sets.
pub(crate) fn instance(instance: &Instance) -> Vec<Node> {
    let mut nodes = vec![Node::instance(instance)];
    nodes.push(Node::new("App", instance.app.as_str()).below("Space", &instance.space));
    nodes.extend(space(&instance.space));
    nodes.extend(
        instance
            .sets
            .iter()
            .map(|set| Node::new("AppSet", set.as_str())),
    );
    nodes
}

/// The text of a path; bytes that are not UTF-8 are escaped, so that two paths never share a text.
pub(crate) fn text(path: &Path) -> String {
    path.to_str()
        .map_or_else(|| format!("{path:?}"), str::to_owned)
}

/// More ancestors than this are not followed; a question with so many is denied, see
/// [`Question::is_too_deep`](crate::question::Question::is_too_deep).
pub(crate) const DEEPEST: usize = 150;

fn chain(first: Node, kind: &'static str, above: Vec<String>) -> Vec<Node> {
    let mut nodes = vec![first];
    for id in above.into_iter().take(DEEPEST + 1) {
        if let Some(last) = nodes.last_mut() {
            last.parents.push((kind, id.clone()));
        }
        nodes.push(Node::new(kind, id));
    }
    nodes
}

#[cfg(test)]
mod tests {
    use super::*;

    fn check(nodes: &[Node], expected: &str) {
        let names: Vec<String> = nodes
            .iter()
            .map(|node| format!("{} {}", node.kind, node.id))
            .collect();
        assert_eq!(names.join(" < "), expected);
        for (node, above) in nodes.iter().zip(nodes.iter().skip(1)) {
            assert_eq!(node.parents, [(above.kind, above.id.clone())]);
        }
    }

    #[test]
    fn chains_end_at_borders() {
        check(
            &host("a.b.example"),
            "Host a.b.example < Domain b.example < Domain example",
        );
        check(&host("10.1.2.3"), "Host 10.1.2.3");
        check(&host("[::1]"), "Host [::1]");
        check(
            &path(Path::new("/srv/data")),
            "Path /srv/data < Path /srv < Path /",
        );
        check(&path(Path::new("/")), "Path /");
        check(
            &program(Path::new("/usr/du")),
            "Program /usr/du < Path /usr < Path /",
        );
        check(&space("/a/b"), "Space /a/b < Space /a < Space /");
        check(&space("/a"), "Space /a < Space /");
        check(&space("/"), "Space /");
        let key = SecretId {
            provider: "vault".into(),
            path: "kv/a".into(),
        };
        check(
            &secret(&key),
            "Secret vault:kv/a < SecretPath vault:kv < SecretPath vault:",
        );
    }
}
