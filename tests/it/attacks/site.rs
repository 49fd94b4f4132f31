//! A gateway whose provider of OpenID is hostile, and the steps of a sign-in that a test may bend.

use serde_json::{Value, json};
use url::Url;

use super::Stage;
use super::provider::{Provider, honest, tokens};
use crate::harness::Server;
use crate::http::{Ask, Reply};
use crate::peer::agent::{Agent, Page};
use crate::peer::port;
use crate::sso::Site;

/// Where people sign in at a gateway at that port.
pub fn login_origin(port: u16) -> String {
    format!("http://{LOGIN}:{port}")
}

/// Our name at the provider.
pub const CLIENT: &str = "gateway";

/// The host of apps and the one of the login.
pub const APPS: &str = "localhost";
pub const LOGIN: &str = "auth.localhost";
pub const COOKIE: &str = "sallyport";
pub const BINDING: &str = "sallyport-login";

/// The gateway and its provider.
pub struct Hostile {
    pub provider: Provider,
    pub site: Site,
}

/// A sign-in whose browser stands before the provider.
pub struct Begun {
    pub agent: Agent,
    pub tenant: &'static str,
    /// Where the provider is asked.
    pub asked: Url,
}

/// An answer of the provider, before it is signed and sent.
pub struct Answer {
    pub claims: Value,
    pub query: Vec<(String, String)>,
}

impl Stage for Hostile {
    fn server(&self) -> &Server {
        &self.site.server
    }

    fn good(&self) {
        self.signed_in("ann");
    }
}

impl Hostile {
    /// `corp` and `other` are honest in what they publish; `plain` offers PKCE without hashing.
    pub fn start(more: &str) -> Hostile {
        let (provider, port) = (Provider::start(), port());
        let mut sections = "default_provider = \"corp\"\n\n".to_owned();
        for tenant in ["corp", "other", "plain"] {
            let issuer = provider.issuer(tenant);
            sections += &format!(
                "[oidc.{tenant}]\nissuer = \"{issuer}\"\nclient_id = \"{CLIENT}\"\nclient_secret_file = \"@HOME@/secret\"\n\
                 scopes = [\"openid\"]\ngroups_claim = \"groups\"\n{more}\n"
            );
        }
        let site = Site::start(port, &[("secret", "known to both")], &sections);
        Hostile { provider, site }
    }

    /// The address of a path where people sign in.
    pub fn login(&self, path: &str) -> String {
        login_origin(self.site.port) + path
    }

    /// Begins a sign-in on the way to `/open` and stays before the provider.
    #[track_caller]
    pub fn begin(&self, agent: Agent) -> Begun {
        self.begin_at(agent, "corp", "/open")
    }

    #[track_caller]
    pub fn begin_at(&self, mut agent: Agent, tenant: &'static str, next: &str) -> Begun {
        let flow = self.flow(&mut agent, next);
        let page =
            agent.glance(&self.login(&format!("/_sallyport/oidc/{tenant}/start?flow={flow}")));
        Begun {
            agent,
            tenant,
            asked: location(&page),
        }
    }

    /// The id of a new sign-in.
    #[track_caller]
    pub fn flow(&self, agent: &mut Agent, next: &str) -> String {
        let next: String = url::form_urlencoded::byte_serialize(next.as_bytes()).collect();
        let page = agent.glance(&self.site.url(&format!("/_sallyport/login?next={next}")));
        value(&location(&page), "flow").expect("a flow")
    }

    /// What an honest provider would answer.
    pub fn answer(&self, begun: &Begun, subject: &str) -> Answer {
        let (now, issuer) = (
            jiff::Timestamp::now().as_second(),
            self.provider.issuer(begun.tenant),
        );
        let state = value(&begun.asked, "state").unwrap_or_default();
        Answer {
            claims: json!({
                "iss": issuer, "aud": CLIENT, "sub": subject, "iat": now, "exp": now + 300, "auth_time": now,
                "nonce": value(&begun.asked, "nonce"), "name": subject, "groups": ["dev"], "sid": format!("at-{subject}"),
            }),
            query: [("code", "c0de"), ("state", &state), ("iss", &issuer)]
                .map(|(key, value)| (key.to_owned(), value.to_owned()))
                .to_vec(),
        }
    }

    /// Where an answer leads the browser, with its token at the token endpoint.
    pub fn callback(&self, begun: &Begun, answer: &Answer) -> String {
        self.hand_out(&honest(&answer.claims));
        self.bare_callback(begun, answer)
    }

    pub fn bare_callback(&self, begun: &Begun, answer: &Answer) -> String {
        let mut url =
            Url::parse(&value(&begun.asked, "redirect_uri").expect("a redirect")).unwrap();
        url.query_pairs_mut().extend_pairs(&answer.query);
        url.into()
    }

    /// Lets the token endpoint answer with a token.
    pub fn hand_out(&self, token: &str) {
        self.provider.change(|world| world.token = tokens(token));
    }

    /// A sign-in whose answer is bent before it is signed.
    #[track_caller]
    pub fn bent(&self, bend: impl FnOnce(&mut Answer)) -> Reply {
        let mut begun = self.begin(Agent::new());
        let mut answer = self.answer(&begun, "mallory");
        bend(&mut answer);
        let callback = self.callback(&begun, &answer);
        begun.agent.glance(&callback).reply
    }

    /// A sign-in with other claims.
    #[track_caller]
    pub fn claims(&self, bend: impl FnOnce(&mut Value)) -> Reply {
        self.bent(|answer| bend(&mut answer.claims))
    }

    /// A sign-in with one claim changed; gone, if it becomes nothing.
    #[track_caller]
    pub fn claim(&self, name: &str, value: Value) -> Reply {
        self.claims(|claims| match value {
            Value::Null => drop(claims.as_object_mut().unwrap().remove(name)),
            value => claims[name] = value,
        })
    }

    /// A sign-in with a token that is signed otherwise.
    #[track_caller]
    pub fn token(&self, sign: impl FnOnce(&Value) -> String) -> Reply {
        let mut begun = self.begin(Agent::new());
        let answer = self.answer(&begun, "mallory");
        self.hand_out(&sign(&answer.claims));
        begun
            .agent
            .glance(&self.bare_callback(&begun, &answer))
            .reply
    }

    /// Somebody who has signed in and stands before the app, whose session nobody has seen yet.
    #[track_caller]
    pub fn at_the_door(&self, subject: &str) -> Agent {
        self.at_the_door_with(Agent::new(), subject, |_| {})
    }

    #[track_caller]
    pub fn at_the_door_with(
        &self,
        agent: Agent,
        subject: &str,
        bend: impl FnOnce(&mut Value),
    ) -> Agent {
        let mut begun = self.begin(agent);
        let mut answer = self.answer(&begun, subject);
        bend(&mut answer.claims);
        let callback = self.callback(&begun, &answer);
        begun.agent.stop_before(&self.site.url("/open"));
        let page = begun.agent.open(&callback);
        begun.agent.go_on();
        assert_eq!(
            (page.reply.status, page.url.path()),
            (303, "/_sallyport/session"),
            "{page:?}"
        );
        begun.agent
    }

    /// Somebody who has signed in and looks at the app.
    #[track_caller]
    pub fn signed_in(&self, subject: &str) -> Agent {
        let mut agent = self.at_the_door(subject);
        let page = agent.glance(&self.site.url("/open"));
        assert_eq!(page.reply.status, 200, "{page:?}");
        agent
    }

    /// Where somebody would be led back to their app, before they go there.
    #[track_caller]
    pub fn ticket(&self, begun: &mut Begun, subject: &str) -> String {
        let answer = self.answer(begun, subject);
        let callback = self.callback(begun, &answer);
        location(&begun.agent.glance(&callback)).into()
    }

    /// Asks for the app as a program with these cookies.
    #[track_caller]
    pub fn ask(&self, host: &str, path: &str, cookies: &[&str]) -> Reply {
        let mut ask = Ask::get(path).host(&format!("{host}:{}", self.site.port));
        for cookies in cookies {
            ask = ask.header("Cookie", cookies);
        }
        self.site.server.send(&ask)
    }

    /// Opens an address as somebody who has nothing but these cookies.
    #[track_caller]
    pub fn open_with(&self, url: &str, cookies: &[&str]) -> Reply {
        let url = Url::parse(url).unwrap();
        let target = format!("{}?{}", url.path(), url.query().unwrap_or_default());
        self.ask(url.host_str().unwrap(), &target, cookies)
    }
}

/// The session of an agent at a host.
#[track_caller]
pub fn session(agent: &Agent, host: &str) -> String {
    agent.cookie(host, COOKIE).expect("a session")
}

/// The session as it stands in `Cookie`.
#[track_caller]
pub fn shown(agent: &Agent, host: &str) -> String {
    format!("{COOKIE}={}", session(agent, host))
}

/// Where a page leads.
#[track_caller]
pub fn location(page: &Page) -> Url {
    let to = page.reply.header("location");
    let to = to.unwrap_or_else(|| panic!("it leads nowhere: {page:?}"));
    page.url.join(to).unwrap()
}

/// A value of an address.
pub fn value(url: &Url, name: &str) -> Option<String> {
    let mut pairs = url.query_pairs();
    pairs
        .find(|(key, _)| key == name)
        .map(|(_, value)| value.into_owned())
}
