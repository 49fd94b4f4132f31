//! Who asks, and when. The edge names the caller once; everything behind it carries the name along.

use std::net::IpAddr;
use std::sync::Arc;

use audit::{EntityRef, RecordId};
use jiff::Timestamp;

use crate::ids::{AppId, AppSet, GroupId, InstanceId, UserId};

/// Who asks for something.
#[derive(Clone, Debug)]
pub enum Caller {
    /// Nobody known.
    Anonymous,
    /// A person or a service account that has proven who it is.
    Person(Arc<Person>),
    /// App code, acting for a person or on its own.
    App(Arc<Acting>),
}

impl Caller {
    /// Who records say has asked.
    pub fn principal(&self) -> EntityRef {
        match self {
            Caller::Anonymous => EntityRef::new("Anonymous", "anonymous"),
            Caller::Person(person) => person.entity(),
            Caller::App(acting) => EntityRef::new("AppInstance", acting.instance.id.as_str()),
        }
    }
}

/// A person or service account, as the login found it.
#[derive(Clone, Debug)]
pub struct Person {
    /// The immutable id.
    pub id: UserId,
    /// The name shown to people; policies never see it.
    pub name: String,
    /// Where the account lives, for example `local`.
    pub provider: String,
    /// The immutable id at the provider.
    pub subject: String,
    /// Groups, already complete: groups are not nested.
    pub groups: Vec<GroupId>,
    /// The e-mail address, only if the provider vouches for it.
    pub email: Option<String>,
    /// Whether the account is switched off.
    pub disabled: bool,
    /// How and when the person proved who they are.
    pub auth: Authentication,
}

impl Person {
    /// The Cedar type of the account.
    pub(crate) fn kind(&self) -> &'static str {
        if self.id.is_service() {
            "ServiceAccount"
        } else {
            "User"
        }
    }

    pub(crate) fn entity(&self) -> EntityRef {
        EntityRef::new(self.kind(), self.id.as_str())
    }
}

/// How and when a person proved who they are.
#[derive(Clone, Debug)]
pub struct Authentication {
    /// `password`, `otp`, `oidc`, `saml`, `certificate`, `token` or `unix`.
    pub method: String,
    /// Whether a second factor was used.
    pub mfa: bool,
    /// The methods the provider names, RFC 8176 (`pwd`, `otp`, …).
    pub amr: Vec<String>,
    /// The authentication context class the provider names; empty when it names none.
    pub acr: String,
    /// When it happened.
    pub at: Timestamp,
    /// The id of the session, token or certificate; only its keyed hash is recorded.
    pub session: Option<String>,
    /// What a token is limited to; nothing for everybody who has no token.
    pub scope: Option<Arc<Scope>>,
}

impl Authentication {
    /// One without a second factor, a session or a limit.
    pub fn plain(method: &str, at: Timestamp) -> Authentication {
        Authentication {
            method: method.to_owned(),
            mfa: false,
            amr: Vec::new(),
            acr: String::new(),
            at,
            session: None,
            scope: None,
        }
    }
}

/// What a token may be used for, whatever its account may do.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Scope {
    /// Where the apps are mounted (`[host:]/path`); empty means every app.
    pub apps: Vec<String>,
    /// Whether only `GET`, `HEAD` and `OPTIONS` are meant.
    pub read_only: bool,
}

/// An app as installed in one environment: the principal of everything its code does.
#[derive(Clone, Debug)]
pub struct Instance {
    /// `<app id>@<environment>`.
    pub id: InstanceId,
    /// The app.
    pub app: AppId,
    /// Where it is mounted: `host:/path` or `/path`.
    pub path: String,
    /// `prod`, `stage`, `preview` or `dev`.
    pub env: String,
    /// The space (folder of apps) it belongs to, for example `/team1`.
    pub space: String,
    /// The app sets it is in.
    pub sets: Vec<AppSet>,
    /// Whether the running code is the approved code.
    pub approved: bool,
    /// Version of the running code.
    pub version: u64,
    /// Hash of the running code.
    pub spec_hash: String,
    /// Audit position of the approval.
    pub approval_seq: Option<u64>,
    /// Risk class 0 to 3, set by operators.
    pub risk: i64,
    /// The group that owns the app.
    pub owner_group: GroupId,
    /// How people sign in for it: `any`, `none`, or the provider that must have named them.
    pub auth: String,
}

/// An app instance at work.
#[derive(Clone, Debug)]
pub struct Acting {
    /// The instance whose code runs.
    pub instance: Arc<Instance>,
    /// The person whose request it serves, if any.
    pub on_behalf_of: Option<Arc<Person>>,
}

/// When and from where something is asked. Time is an argument here: nothing below reads a clock.
#[derive(Clone, Debug)]
pub struct Moment {
    /// The time, read once at the edge.
    pub now: Timestamp,
    /// The id that ties the records of one request together.
    pub trace: String,
    /// The record of the request that led to this one.
    pub parent: Option<RecordId>,
    /// The network side.
    pub net: Net,
}

/// The network side of a request.
#[derive(Clone, Copy, Debug)]
pub struct Net {
    /// Address of the other end of the connection; no header changes it.
    pub ip: IpAddr,
    /// Whether the connection is encrypted.
    pub tls: bool,
    /// Whether it came over the unix socket.
    pub unix: bool,
}
