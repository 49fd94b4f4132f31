//! Names with a hierarchy, as chains of entities: a host in its domains, a path in its directories, a
//! secret in its folders, a space in its spaces. Prefix questions become `in`, exact at the borders.

use std::path::Path;

use crate::call::{Fact, Node};
use crate::caller::Instance;
use crate::ids::SecretId;

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
    name.match_indices('.').filter_map(|(at, _)| name.get(at + 1..).map(str::to_owned)).collect()
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
        .filter_map(|(at, _)| secret.path.get(..at).map(|folder| format!("{}:{folder}", secret.provider)))
        .collect();
    folders.push(format!("{}:", secret.provider));
    chain(node, "SecretPath", folders)
}

/// A space, then the spaces around it up to `/`.
pub(crate) fn space(name: &str) -> Vec<Node> {
    let mut around: Vec<String> = name
        .rmatch_indices('/')
        .filter_map(|(at, _)| name.get(..at).map(|outer| if outer.is_empty() { "/".to_owned() } else { outer.to_owned() }))
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
    nodes.extend(instance.sets.iter().map(|set| Node::new("AppSet", set.as_str())));
    nodes
}

/// The text of a path; bytes that are not UTF-8 are escaped, so that two paths never share a text.
pub(crate) fn text(path: &Path) -> String {
    path.to_str().map_or_else(|| format!("{path:?}"), str::to_owned)
}

fn chain(first: Node, kind: &'static str, above: Vec<String>) -> Vec<Node> {
    let mut nodes = vec![first];
    for id in above {
        if let Some(last) = nodes.last_mut() {
            last.parents.push((kind, id.clone()));
        }
        nodes.push(Node::new(kind, id));
    }
    nodes
}
