//! The person behind an account or a sign-in: what policy and apps get to know of it.

use std::sync::Arc;

use jiff::Timestamp;
use policy::{Authentication, GroupId, Person, UserId};

use super::LOCAL;
use crate::{
    clock,
    store::{SignInRow, Signed, UserRow},
};

/// The group everybody with a local account is in.
const EVERYONE: &str = "local:users";

/// Somebody whom a password, a code or a provider has named, before there is a session.
#[derive(Clone, Debug)]
pub struct Proven {
    /// Who, with everything policy asks about.
    pub person: Arc<Person>,
    /// The provider's own name of its session.
    pub sid: Option<String>,
    /// What the provider gave, to be sealed.
    pub tokens: Option<Vec<u8>>,
    /// The latest end the provider allows, Unix nanoseconds.
    pub until: Option<i64>,
    /// How long it is good without the provider's word, in nanoseconds; nothing when the provider is asked again.
    pub longest: Option<i64>,
}

impl Proven {
    /// A local account, proven as `auth` says.
    pub(super) fn local(user: &UserRow, auth: Authentication) -> Proven {
        Proven {
            person: Arc::new(new(user, auth)),
            sid: None,
            tokens: None,
            until: None,
            longest: None,
        }
    }
}

/// What is kept of a person who has signed in.
pub fn signed(person: &Person) -> Signed {
    let auth = &person.auth;
    let groups = person.groups.iter().map(|group| group.as_str().to_owned());
    Signed {
        name: person.name.clone(),
        subject: person.subject.clone(),
        email: person.email.clone(),
        groups: groups.collect(),
        method: auth.method.clone(),
        mfa: auth.mfa,
        amr: auth.amr.clone(),
        acr: auth.acr.clone(),
        at: clock::nanoseconds(auth.at),
    }
}

pub(super) fn from_password(user: &UserRow, now: Timestamp) -> Person {
    new(user, Authentication::plain("password", now))
}

pub(super) fn new(user: &UserRow, auth: Authentication) -> Person {
    let stored = user
        .groups
        .iter()
        .map(|group| GroupId::new(format!("{LOCAL}:{group}")));
    let mut groups: Vec<GroupId> = std::iter::once(GroupId::from(EVERYONE))
        .chain(stored)
        .collect();
    groups.sort();
    groups.dedup();
    Person {
        id: UserId::new(user.id.as_str()),
        name: user.name.clone(),
        provider: LOCAL.into(),
        subject: user
            .id
            .strip_prefix("local:")
            .unwrap_or(&user.id)
            .to_owned(),
        groups,
        email: None,
        disabled: user.disabled,
        auth,
    }
}

/// The person of a provider, as the sign-in remembers what the provider said.
pub fn remembered(row: &SignInRow) -> Option<Person> {
    let signed = &row.signed;
    Some(Person {
        id: UserId::new(row.user.as_str()),
        name: signed.name.clone(),
        provider: row.provider.clone(),
        subject: signed.subject.clone(),
        groups: signed
            .groups
            .iter()
            .map(|group| GroupId::new(group.as_str()))
            .collect(),
        email: signed.email.clone(),
        disabled: false,
        auth: authentication(signed, None)?,
    })
}

/// How a sign-in proved who it is.
pub(super) fn authentication(signed: &Signed, session: Option<&str>) -> Option<Authentication> {
    Some(Authentication {
        mfa: signed.mfa,
        amr: signed.amr.clone(),
        acr: signed.acr.clone(),
        session: session.map(str::to_owned),
        ..Authentication::plain(
            &signed.method,
            Timestamp::from_nanosecond(signed.at.into()).ok()?,
        )
    })
}
