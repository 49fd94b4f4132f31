//! The question as policy gets it: who, what, on what, under which circumstances. Everything that
//! matters for the answer is in it; nothing is looked up later.

use audit::Durability;
use jiff::Timestamp;

use crate::action::Action;
use crate::address;
use crate::call::{Ask, Fact, Fields, Node};
use crate::caller::{Acting, Authentication, Caller, Moment, Net, Person};
use crate::email;
use crate::ids::InstanceId;
use crate::place;

/// A person in more groups than this is denied.
const MOST_GROUPS: usize = 500;

/// A complete question.
#[derive(Debug)]
pub(crate) struct Question {
    /// The principal first, then what it belongs to and for whom it acts.
    pub who: Vec<Node>,
    /// What is asked.
    pub action: Action,
    /// The resource first, then what it belongs to.
    pub what: Vec<Node>,
    /// The context, except which regular expressions match.
    pub context: Fields,
    /// The instance whose own policies count.
    pub instance: Option<InstanceId>,
    /// Texts for the instance's regular expressions, by parameter.
    pub subjects: Vec<(usize, String)>,
}

impl Question {
    /// The question that `ask` is when `caller` asks it.
    pub fn new(caller: &Caller, ask: &Ask, at: &Moment) -> Question {
        let context = ask.facts.clone().with("now", Fact::Time(at.now));
        let (who, context, instance) = match caller {
            Caller::Anonymous => (
                vec![Node::new("Anonymous", "anonymous")],
                context.with("net", net(&at.net)),
                None,
            ),
            Caller::Person(person) => {
                let context = context
                    .with("net", net(&at.net))
                    .with("auth", auth(&person.auth, ask, at.now));
                (person_nodes(person), context, None)
            }
            Caller::App(acting) => (
                acting_nodes(acting),
                context.with("caller", behind(acting)),
                Some(acting.instance.id.clone()),
            ),
        };
        let what = ask.resource.clone();
        Question {
            who,
            action: ask.action,
            what,
            context,
            instance,
            subjects: ask.subjects.clone(),
        }
    }

    /// Whether it has more entities than a question may cost; such questions are denied.
    pub fn is_too_deep(&self) -> bool {
        self.who.len() > MOST_GROUPS || self.what.len() > place::DEEPEST
    }
}

fn person_nodes(person: &Person) -> Vec<Node> {
    let kind = person.kind();
    let user = Node::new(kind, person.id.as_str())
        .with("provider", Fact::text(&person.provider))
        .with("subject", Fact::text(&person.subject))
        .with("disabled", Fact::Flag(person.disabled));
    let user = match person.email.as_deref().filter(|_| kind == "User") {
        Some(email) => with_email(user, email),
        None => user,
    };
    let mut groups: Vec<&str> = person.groups.iter().map(|group| group.as_str()).collect();
    groups.sort_unstable();
    groups.dedup();
    let user = groups
        .iter()
        .fold(user, |user, group| user.below("Group", *group));
    std::iter::once(user)
        .chain(groups.into_iter().map(|group| Node::new("Group", group)))
        .collect()
}

/// The address and, when there is no doubt about it, its domain in small letters.
fn with_email(user: Node, email: &str) -> Node {
    let user = user.with("email", Fact::text(email));
    match email::domain(email) {
        Some(domain) => user.with("emailDomain", Fact::text(domain)),
        None => user,
    }
}

fn acting_nodes(acting: &Acting) -> Vec<Node> {
    let mut nodes = place::instance(&acting.instance);
    nodes.extend(
        acting
            .on_behalf_of
            .iter()
            .flat_map(|person| person_nodes(person)),
    );
    nodes
}

fn behind(acting: &Acting) -> Fact {
    let caller = Fields::new().with("perms", Fact::Texts(Vec::new()));
    Fact::Record(
        match acting
            .on_behalf_of
            .as_deref()
            .filter(|person| !person.id.is_service())
        {
            Some(person) => caller.with("user", Fact::Entity("User", person.id.to_string())),
            None => caller,
        },
    )
}

fn net(net: &Net) -> Fact {
    let ip = address::canonical(net.ip);
    let class = if net.unix {
        "unix"
    } else {
        address::class(ip).as_str()
    };
    Fact::Record(
        Fields::new()
            .with("ip", Fact::Ip(ip))
            .with("ipClass", Fact::text(class))
            .with("tls", Fact::Flag(net.tls))
            .with("unix", Fact::Flag(net.unix)),
    )
}

fn auth(auth: &Authentication, ask: &Ask, now: Timestamp) -> Fact {
    Fact::Record(
        Fields::new()
            .with("method", Fact::text(&auth.method))
            .with("mfa", Fact::Flag(auth.mfa))
            .with("amr", Fact::Texts(auth.amr.clone()))
            .with("acr", Fact::text(&auth.acr))
            .with("inScope", Fact::Flag(in_scope(auth, ask)))
            .with("at", Fact::Time(auth.at))
            .with("ageSec", Fact::Number(age(auth, now))),
    )
}

/// Whether the call is one that the token is meant for; pages of the gateway itself always are. What promises to
/// change nothing is what an answer is held for.
fn in_scope(auth: &Authentication, ask: &Ask) -> bool {
    let Some(scope) = auth.scope.as_deref() else {
        return true;
    };
    let app = match (&ask.instance, ask.action) {
        (_, Action::GatewayPage) => return true,
        (Some(app), Action::AppAccess) => app,
        _ => return false,
    };
    let reads = ask.durability == Durability::Held;
    (scope.apps.is_empty() || scope.apps.contains(&app.path)) && (reads || !scope.read_only)
}

/// Seconds since the person proved who they are; negative when the clock went back.
pub(crate) fn age(auth: &Authentication, now: Timestamp) -> i64 {
    now.as_second().saturating_sub(auth.at.as_second())
}
