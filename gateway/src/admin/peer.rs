//! Who is at the other end of the socket: the kernel says, the client cannot.

use std::sync::Arc;

use jiff::Timestamp;
use policy::{Authentication, Caller, GroupId, Person, UserId};
use tokio::net::UnixStream;

/// The user id of a connected process.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) struct Peer {
    uid: u32,
    owner: u32,
}

impl Peer {
    /// Asks the kernel; `owner` is who runs the server.
    pub fn of(stream: &UnixStream, owner: u32) -> std::io::Result<Peer> {
        Ok(Peer {
            uid: stream.peer_cred()?.uid(),
            owner,
        })
    }

    /// The caller: root and the server's owner are administrators, others have no group.
    pub fn caller(self, now: Timestamp) -> Caller {
        local(self.uid, self.owner, Authentication::plain("unix", now))
    }
}

/// The account `uid` of this machine, who has proven it as `auth` says; `owner` is who runs the server.
pub(crate) fn local(uid: u32, owner: u32, auth: Authentication) -> Caller {
    let admin = uid == 0 || uid == owner;
    Caller::Person(Arc::new(Person {
        id: UserId::new(format!("os:{uid}")),
        name: format!("uid {uid}"),
        provider: "os".to_owned(),
        subject: uid.to_string(),
        groups: admin
            .then(|| GroupId::new("local:admins"))
            .into_iter()
            .collect(),
        email: None,
        disabled: false,
        auth,
    }))
}

#[cfg(test)]
mod tests {
    use super::*;

    fn check(uid: u32, owner: u32, expected: &[&str]) {
        let Caller::Person(person) = (Peer { uid, owner }).caller(Timestamp::UNIX_EPOCH) else {
            panic!("a peer is a person");
        };
        let groups: Vec<&str> = person.groups.iter().map(GroupId::as_str).collect();
        assert_eq!(groups, expected, "{uid} {owner}");
        assert_eq!(person.id.as_str(), format!("os:{uid}"));
    }

    #[test]
    fn root_and_the_owner_administer() {
        check(0, 0, &["local:admins"]);
        check(0, 1000, &["local:admins"]);
        check(1000, 1000, &["local:admins"]);
        check(1001, 1000, &[]);
        check(1000, 0, &[]);
    }
}
