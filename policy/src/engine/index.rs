//! Finds the policies that can match a question by their scopes. Cedar looks at every policy of the set it
//! is given; this keeps those sets small however many policies there are. It may only give too many,
//! never too few: a test compares it with the whole set.

use std::collections::{BTreeSet, HashMap};

use cedar_policy::{
    ActionConstraint, EntityTypeName, EntityUid, Policy, PrincipalConstraint, ResourceConstraint,
};

use super::world::{WorldError, uid};
use crate::call::Node;

/// What a scope asks of a principal or resource, `in` and `==` alike.
#[derive(Clone, Debug, PartialEq, Eq, Hash)]
enum Scope {
    Any,
    Is(EntityTypeName),
    Of(EntityUid),
}

/// Policies by the scopes they have.
#[derive(Debug, Default)]
pub(super) struct Index {
    buckets: HashMap<(Scope, Scope), Vec<usize>>,
}

impl Index {
    pub fn new<'a>(policies: impl Iterator<Item = &'a Policy>) -> Index {
        let mut index = Index::default();
        for (number, policy) in policies.enumerate() {
            let key = (principal_scope(policy), resource_scope(policy));
            index.buckets.entry(key).or_default().push(number);
        }
        index
    }

    /// The numbers of the policies whose scopes `who` and `what` can meet, in order.
    pub fn find(&self, who: &[Node], what: &[Node]) -> Result<BTreeSet<usize>, WorldError> {
        let (who, what) = (scopes(who)?, scopes(what)?);
        let pairs = who
            .iter()
            .flat_map(|who| what.iter().map(move |what| (who.clone(), what.clone())));
        Ok(pairs
            .filter_map(|pair| self.buckets.get(&pair))
            .flatten()
            .copied()
            .collect())
    }
}

/// Whether the action part of a policy's scope holds for an action with these uids (its own and its
/// groups').
pub(super) fn action_matches(policy: &Policy, uids: &[EntityUid]) -> bool {
    match policy.action_constraint() {
        ActionConstraint::Any => true,
        ActionConstraint::Eq(action) => uids.first() == Some(&action),
        ActionConstraint::In(actions) => actions.iter().any(|action| uids.contains(action)),
    }
}

fn scopes(nodes: &[Node]) -> Result<Vec<Scope>, WorldError> {
    let mut scopes = vec![Scope::Any];
    for (position, node) in nodes.iter().enumerate() {
        let own = uid(node.kind, &node.id)?;
        if position == 0 {
            scopes.push(Scope::Is(own.type_name().clone()));
        }
        scopes.push(Scope::Of(own));
        for (kind, id) in &node.parents {
            scopes.push(Scope::Of(uid(kind, id)?));
        }
    }
    Ok(scopes)
}

fn principal_scope(policy: &Policy) -> Scope {
    match policy.principal_constraint() {
        PrincipalConstraint::Any => Scope::Any,
        PrincipalConstraint::Is(kind) => Scope::Is(kind),
        PrincipalConstraint::In(uid)
        | PrincipalConstraint::Eq(uid)
        | PrincipalConstraint::IsIn(_, uid) => Scope::Of(uid),
    }
}

fn resource_scope(policy: &Policy) -> Scope {
    match policy.resource_constraint() {
        ResourceConstraint::Any => Scope::Any,
        ResourceConstraint::Is(kind) => Scope::Is(kind),
        ResourceConstraint::In(uid)
        | ResourceConstraint::Eq(uid)
        | ResourceConstraint::IsIn(_, uid) => Scope::Of(uid),
    }
}
