//! The person behind an account: what policy and apps get to know of it.

use jiff::Timestamp;
use policy::{Authentication, GroupId, Person, UserId};

use crate::store::UserRow;

const PROVIDER: &str = "local";
/// The group everybody with an account is in.
const EVERYONE: &str = "local:users";

pub(super) fn from_password(user: &UserRow, now: Timestamp) -> Person {
    new(
        user,
        Authentication {
            method: "password".into(),
            mfa: false,
            at: now,
            session: None,
        },
    )
}

pub(super) fn new(user: &UserRow, auth: Authentication) -> Person {
    let stored = user
        .groups
        .iter()
        .map(|group| GroupId::new(format!("{PROVIDER}:{group}")));
    let mut groups: Vec<GroupId> = std::iter::once(GroupId::from(EVERYONE))
        .chain(stored)
        .collect();
    groups.sort();
    groups.dedup();
    Person {
        id: UserId::new(user.id.as_str()),
        name: user.name.clone(),
        provider: PROVIDER.into(),
        subject: user
            .id
            .strip_prefix("local:")
            .unwrap_or(&user.id)
            .to_owned(),
        groups,
        disabled: user.disabled,
        auth,
    }
}
