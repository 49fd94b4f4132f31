//! Calls of app code to the outside world, one per plugin function, and the resolving of a secret for
//! such a call.

use std::net::IpAddr;
use std::path::PathBuf;

use audit::{Durability, Effect};

use super::ask::{Ask, Fact, Fields, Node};
use super::sealed::Asks;
use crate::action::Action;
use crate::ids::{AppId, SecretId};
use crate::place;
use crate::url::Url;

/// A plugin call; the caller is the app instance.
#[derive(Debug)]
pub struct PluginCall<T> {
    /// What it reaches for.
    pub target: Target,
    /// The account the plugin was loaded for: `work` of `store.in#work`; empty for the plugin alone.
    pub account: String,
    /// Printed arguments by parameter index, for declared regular expressions. In place of the first one
    /// the target is judged.
    pub subjects: Vec<(usize, String)>,
    /// What will be done when permitted.
    pub cargo: T,
}

/// What a plugin call reaches for, resolved to what will really be touched.
#[derive(Clone, Debug)]
pub enum Target {
    /// An HTTP request to `url`, connecting to exactly `ip`.
    Http {
        /// The method.
        method: HttpMethod,
        /// The canonical URL.
        url: Url,
        /// The address that will be connected to.
        ip: IpAddr,
    },
    /// A program on the gateway's host.
    Exec {
        /// Real path of the program.
        program: PathBuf,
        /// Its arguments.
        args: Vec<String>,
        /// Real path of the directory it runs in.
        cwd: PathBuf,
    },
    /// A request passed on to an upstream, whatever its method.
    Proxy {
        /// The method, in upper case.
        method: String,
        /// The canonical URL.
        url: Url,
        /// The address that will be connected to.
        ip: IpAddr,
    },
    /// Documents of an app.
    Store {
        /// What is done with them.
        op: StoreOp,
        /// The app they belong to.
        app: AppId,
        /// The table; none for transactions.
        table: Option<String>,
    },
    /// A file or directory.
    Fs {
        /// What is done with it.
        op: FsOp,
        /// Its real path.
        path: PathBuf,
    },
}

/// Methods of outgoing HTTP requests.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
#[expect(missing_docs, reason = "the names say it")]
pub enum HttpMethod {
    Get,
    Head,
    Options,
    Post,
    Put,
    Patch,
    Delete,
}

/// What is done with a file.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub enum FsOp {
    /// Its absolute path is told.
    Abs,
    /// A directory is listed.
    List,
    /// A tree is searched.
    Find,
    /// The content is read or served.
    Read,
    /// The content is written.
    Write,
}

/// What is done with stored documents.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
#[expect(missing_docs, reason = "the names say it")]
pub enum StoreOp {
    Begin,
    Commit,
    Rollback,
    Insert,
    SelectById,
    SelectOne,
    Select,
    Count,
    Update,
    DeleteById,
    Delete,
}

/// The resolving of one secret for one receiver; asks `secret.resolve`.
#[derive(Debug)]
pub struct SecretResolve {
    /// The secret.
    pub secret: SecretId,
    /// The call that will receive it.
    pub via: Action,
    /// Where that call sends it.
    pub sink: Sink,
    /// The account of the plugin that call is made through; empty for the plugin alone.
    pub account: String,
}

/// Where a secret will go.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Sink {
    /// To this place, by HTTP.
    Url(Url),
    /// Into this program.
    Program(PathBuf),
}

impl Target {
    /// The action it asks.
    pub fn action(&self) -> Action {
        match self {
            Target::Http { method, .. } => method.action(),
            Target::Exec { .. } => Action::ExecRun,
            Target::Proxy { .. } => Action::ProxyConfig,
            Target::Store { op, .. } => op.action(),
            Target::Fs { op, .. } => op.action(),
        }
    }

    /// A request that may change something upstream is recorded before it, whatever the class of its action.
    fn durability(&self) -> Durability {
        match self {
            Target::Proxy { method, .. }
                if !matches!(method.as_str(), "GET" | "HEAD" | "OPTIONS") =>
            {
                Durability::Sync
            }
            Target::Proxy { .. }
            | Target::Http { .. }
            | Target::Exec { .. }
            | Target::Store { .. }
            | Target::Fs { .. } => match self.action().effect() {
                Effect::Read => Durability::Held,
                Effect::Write | Effect::System | Effect::Admin | Effect::Access => Durability::Sync,
            },
        }
    }

    /// The first argument as it really is (canonical URL, real path), not as it was written.
    fn first(&self) -> Option<String> {
        match self {
            Target::Http { url, .. } | Target::Proxy { url, .. } => Some(url.to_string()),
            Target::Exec { program, .. } => Some(place::text(program)),
            Target::Store { table, .. } => table.clone(),
            Target::Fs { path, .. } => Some(place::text(path)),
        }
    }

    fn resource(&self, account: &str) -> Vec<Node> {
        match self {
            Target::Http { url, .. } | Target::Proxy { url, .. } => place::host(url.host()),
            Target::Exec { program, .. } => place::program(program),
            Target::Store { app, table, .. } => place::store(app, account, table.as_deref()),
            Target::Fs { path, .. } => place::path(path),
        }
    }

    fn facts(&self) -> Fields {
        match self {
            Target::Http { url, ip, .. } => reach(url, *ip),
            Target::Proxy { method, url, ip } => reach(url, *ip).with("method", Fact::text(method)),
            Target::Exec { args, cwd, .. } => {
                arguments(args).with("cwd", Fact::text(place::text(cwd)))
            }
            Target::Store { .. } | Target::Fs { .. } => Fields::new(),
        }
    }
}

impl HttpMethod {
    /// Every method.
    pub const ALL: [HttpMethod; 7] = [
        HttpMethod::Get,
        HttpMethod::Head,
        HttpMethod::Options,
        HttpMethod::Post,
        HttpMethod::Put,
        HttpMethod::Patch,
        HttpMethod::Delete,
    ];

    /// The action it asks.
    pub const fn action(self) -> Action {
        match self {
            HttpMethod::Get => Action::HttpGet,
            HttpMethod::Head => Action::HttpHead,
            HttpMethod::Options => Action::HttpOptions,
            HttpMethod::Post => Action::HttpPost,
            HttpMethod::Put => Action::HttpPut,
            HttpMethod::Patch => Action::HttpPatch,
            HttpMethod::Delete => Action::HttpDelete,
        }
    }
}

impl FsOp {
    /// Every operation.
    pub const ALL: [FsOp; 5] = [FsOp::Abs, FsOp::List, FsOp::Find, FsOp::Read, FsOp::Write];

    /// The action it asks.
    pub const fn action(self) -> Action {
        match self {
            FsOp::Abs => Action::FsAbs,
            FsOp::List => Action::FsList,
            FsOp::Find => Action::FsFind,
            FsOp::Read => Action::FsRead,
            FsOp::Write => Action::FsWrite,
        }
    }
}

impl StoreOp {
    /// Every operation.
    pub const ALL: [StoreOp; 11] = [
        StoreOp::Begin,
        StoreOp::Commit,
        StoreOp::Rollback,
        StoreOp::Insert,
        StoreOp::SelectById,
        StoreOp::SelectOne,
        StoreOp::Select,
        StoreOp::Count,
        StoreOp::Update,
        StoreOp::DeleteById,
        StoreOp::Delete,
    ];

    /// The action it asks.
    pub const fn action(self) -> Action {
        match self {
            StoreOp::Begin => Action::StoreBegin,
            StoreOp::Commit => Action::StoreCommit,
            StoreOp::Rollback => Action::StoreRollback,
            StoreOp::Insert => Action::StoreInsert,
            StoreOp::SelectById => Action::StoreSelectById,
            StoreOp::SelectOne => Action::StoreSelectOne,
            StoreOp::Select => Action::StoreSelect,
            StoreOp::Count => Action::StoreCount,
            StoreOp::Update => Action::StoreUpdate,
            StoreOp::DeleteById => Action::StoreDeleteById,
            StoreOp::Delete => Action::StoreDelete,
        }
    }

    /// The operation that asks `action`.
    pub fn of(action: Action) -> Option<StoreOp> {
        StoreOp::ALL.into_iter().find(|op| op.action() == action)
    }
}

impl<T> PluginCall<T> {
    /// The same question without anything to be done.
    pub fn without_cargo(&self) -> PluginCall<()> {
        PluginCall {
            target: self.target.clone(),
            account: self.account.clone(),
            subjects: self.subjects.clone(),
            cargo: (),
        }
    }

    /// The first argument is judged as what it really is, not as it was written.
    fn judged_subjects(&self) -> Vec<(usize, String)> {
        let others = self
            .subjects
            .iter()
            .filter(|(index, _)| *index != 0)
            .cloned();
        let first = self.target.first().map(|first| (0, first));
        first.into_iter().chain(others).collect()
    }
}

impl<T> Asks for PluginCall<T> {
    fn ask(&self) -> Ask {
        let resource = self.target.resource(&self.account);
        Ask {
            facts: (self.target.facts()).with("account", Fact::text(&self.account)),
            durability: self.target.durability(),
            subjects: self.judged_subjects(),
            ..Ask::new(self.target.action(), resource)
        }
    }
}

impl Asks for SecretResolve {
    fn ask(&self) -> Ask {
        let facts = Fields::new()
            .with("via", Fact::text(self.via.as_str()))
            .with("account", Fact::text(&self.account));
        let (name, sink) = match &self.sink {
            Sink::Url(url) => ("sinkHost", place::host(url.host())),
            Sink::Program(path) => ("sinkProgram", place::program(path)),
        };
        let mut resource = place::secret(&self.secret);
        let facts = match &self.sink {
            Sink::Url(url) => facts.with("url", Fact::Record(url.fields())),
            Sink::Program(_) => facts,
        };
        let facts = match sink.first() {
            Some(node) => facts.with(name, Fact::Entity(node.kind, node.id.clone())),
            None => facts,
        };
        resource.extend(sink);
        Ask {
            facts,
            secrets: vec![self.secret.to_string()],
            subjects: vec![(0, self.secret.path.clone())],
            ..Ask::new(Action::SecretResolve, resource)
        }
    }
}

pub(super) fn reach(url: &Url, ip: IpAddr) -> Fields {
    let ip = crate::address::canonical(ip);
    Fields::new()
        .with("url", Fact::Record(url.fields()))
        .with("ip", Fact::Ip(ip))
        .with("ipClass", Fact::text(crate::address::class(ip).as_str()))
}

const NAMED: [&str; 8] = [
    "arg0", "arg1", "arg2", "arg3", "arg4", "arg5", "arg6", "arg7",
];

fn arguments(args: &[String]) -> Fields {
    let facts = Fields::new()
        .with(
            "argc",
            Fact::Number(i64::try_from(args.len()).unwrap_or(i64::MAX)),
        )
        .with("args", Fact::text(crate::printed::list(args)))
        .with("optionsEnd", Fact::Number(options_end(args)));
    NAMED.iter().zip(args).fold(facts, |facts, (name, arg)| {
        facts.with(name, Fact::text(arg))
    })
}

/// One past the last argument that begins with `-`: arguments from there on are no options.
fn options_end(args: &[String]) -> i64 {
    let end = args
        .iter()
        .rposition(|arg| arg.starts_with('-'))
        .map_or(0, |last| last + 1);
    i64::try_from(end).unwrap_or(i64::MAX)
}
