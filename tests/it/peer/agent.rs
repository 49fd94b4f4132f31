//! A person with a browser, without the browser: keeps cookies as browsers do, follows redirects, fills forms.
//!
//! Which cookies go along with a request from another site decides whether sign-ins that come back by POST work, so
//! `SameSite` is honoured. Names below localhost are this machine.

mod form;
mod jar;

use std::net::SocketAddr;

use url::{Url, form_urlencoded};

use self::form::Form;
use self::jar::{Jar, site};
use crate::http::{Ask, Reply};

/// How often an answer may lead elsewhere.
const HOPS: usize = 20;

/// A person with a browser of their own.
#[derive(Default)]
pub struct Agent {
    jar: Jar,
    stop: Option<String>,
}

/// A page a person looks at, and the addresses that led there.
#[derive(Debug)]
pub struct Page {
    pub url: Url,
    pub reply: Reply,
    pub trail: Vec<Url>,
}

impl Page {
    /// The form with a field or button of that name.
    fn form(&self, field: &str) -> Form {
        let forms = Form::all(&self.reply.body);
        let found = forms.into_iter().find(|form| form.has(field));
        found.unwrap_or_else(|| panic!("no form with {field:?} on {self:?}"))
    }

    /// Whether the page has a form with a field of that name.
    pub fn asks(&self, field: &str) -> bool {
        Form::all(&self.reply.body)
            .iter()
            .any(|form| form.has(field))
    }

    /// What a field of a form holds.
    pub fn field(&self, name: &str) -> String {
        self.form(name).value(name).unwrap_or_default().to_owned()
    }

    /// The first link whose address contains a text.
    #[track_caller]
    pub fn link(&self, part: &str) -> Url {
        let links = form::links(&self.reply.body);
        let found = links.iter().find(|link| link.contains(part));
        let found = found.unwrap_or_else(|| panic!("no link with {part:?} on {self:?}"));
        self.url.join(found).unwrap()
    }
}

impl Agent {
    pub fn new() -> Agent {
        Agent::default()
    }

    /// Opens an address as if it were typed.
    #[track_caller]
    pub fn open(&mut self, url: &str) -> Page {
        self.follow(Step::get(Url::parse(url).unwrap(), None), HOPS)
    }

    /// Sends a form to an address, as a page of the same origin does.
    #[track_caller]
    pub fn post(&mut self, url: &str, fields: &[(&str, &str)]) -> Page {
        let url = Url::parse(url).unwrap();
        let form = form_urlencoded::Serializer::new(String::new())
            .extend_pairs(fields)
            .finish();
        let step = Step {
            form: Some(form),
            ..Step::get(url.clone(), Some(&url))
        };
        self.follow(step, HOPS)
    }

    /// Opens an address and stays at the first answer.
    #[track_caller]
    pub fn glance(&mut self, url: &str) -> Page {
        self.follow(Step::get(Url::parse(url).unwrap(), None), 0)
    }

    /// Goes where a link of a page leads.
    #[track_caller]
    pub fn click(&mut self, page: &Page, part: &str) -> Page {
        self.follow(Step::get(page.link(part), Some(&page.url)), HOPS)
    }

    /// Opens what a page shows in frames.
    #[track_caller]
    pub fn frames(&mut self, page: &Page) -> Vec<Page> {
        let frames = form::frames(&page.reply.body);
        let mut open = |frame: &String| {
            let step = Step {
                framed: true,
                ..Step::get(page.url.join(frame).unwrap(), Some(&page.url))
            };
            self.follow(step, HOPS)
        };
        frames.iter().map(&mut open).collect()
    }

    /// Fills the form that has the first of these fields, and sends it. A field the form lacks is a button's.
    #[track_caller]
    pub fn submit(&mut self, page: &Page, fields: &[(&str, &str)]) -> Page {
        self.follow(page.submission(fields), HOPS)
    }

    /// Goes on as the script of a page does that only passes a message of SAML on, until a page is for the eyes.
    #[track_caller]
    pub fn pass(&mut self, mut page: Page) -> Page {
        for _ in 0..HOPS {
            let Some(name) = ["SAMLResponse", "SAMLRequest"]
                .into_iter()
                .find(|name| page.asks(name))
            else {
                return page;
            };
            let value = page.field(name);
            page = self.submit(&page, &[(name, &value)]);
        }
        panic!("passed on without end: {page:?}");
    }

    /// From now on goes nowhere that begins so; the last page is the one that would have led there.
    pub fn stop_before(&mut self, address: &str) {
        self.stop = Some(address.to_owned());
    }

    /// Goes everywhere again.
    pub fn go_on(&mut self) {
        self.stop = None;
    }

    /// The value of a cookie that a host would get.
    pub fn cookie(&self, host: &str, name: &str) -> Option<String> {
        self.jar.value(host, name)
    }

    /// Puts a cookie of a host in the place of what was there.
    pub fn set_cookie(&mut self, host: &str, name: &str, value: &str) {
        self.jar.store(host, &format!("{name}={value}; Path=/"));
    }

    #[track_caller]
    fn follow(&mut self, mut step: Step, hops: usize) -> Page {
        let mut trail = Vec::new();
        loop {
            let reply = self.send(&step);
            let location = reply
                .header("location")
                .map(|to| step.url.join(to).unwrap());
            match location {
                Some(to)
                    if (301..=308).contains(&reply.status)
                        && trail.len() < hops
                        && !self.stops_at(&to) =>
                {
                    trail.push(step.url.clone());
                    step = step.onward(to, reply.status);
                }
                _ if hops > 0 && trail.len() >= hops => panic!("too many redirects: {trail:?}"),
                _ => match form::refresh(&reply.body).filter(|_| trail.len() < hops) {
                    Some(to) => {
                        let to = step.url.join(&to).unwrap();
                        trail.push(step.url.clone());
                        step = Step::get(to, Some(&step.url));
                    }
                    None => {
                        return Page {
                            url: step.url,
                            reply,
                            trail,
                        };
                    }
                },
            }
        }
    }

    fn stops_at(&self, to: &Url) -> bool {
        let stop = self.stop.as_deref();
        stop.is_some_and(|stop| to.as_str().starts_with(stop))
    }

    #[track_caller]
    fn send(&mut self, step: &Step) -> Reply {
        let host = step.url.host_str().unwrap();
        let mut target = step.url.path().to_owned();
        if let Some(query) = step.url.query() {
            target = format!("{target}?{query}");
        }
        let ask = match &step.form {
            Some(form) => Ask::post(&target, form),
            None => Ask::get(&target),
        };
        let mut ask = ask.host(&authority(&step.url)).browser();
        ask = ask.header("Sec-Fetch-Site", step.relation()).header(
            "Sec-Fetch-Dest",
            if step.framed { "iframe" } else { "document" },
        );
        if let Some(from) = step.from.as_ref().filter(|_| step.form.is_some()) {
            ask = ask.header("Origin", &from.origin().ascii_serialization());
        }
        let apart = step.framed || step.form.is_some();
        let cookies = self
            .jar
            .header(host, step.url.path(), step.is_foreign(), apart);
        if !cookies.is_empty() {
            ask = ask.header("Cookie", &cookies);
        }
        let reply = ask
            .try_send(address(&step.url))
            .unwrap_or_else(|error| panic!("{}: {error}", step.url));
        for cookie in reply.all("set-cookie") {
            self.jar.store(host, cookie);
        }
        reply
    }
}

/// One request of a person, and the page it comes from.
struct Step {
    url: Url,
    form: Option<String>,
    from: Option<Url>,
    /// Within a page, where a foreign site gets no cookies but those for everybody.
    framed: bool,
}

impl Step {
    fn get(url: Url, from: Option<&Url>) -> Step {
        Step {
            url,
            form: None,
            from: from.cloned(),
            framed: false,
        }
    }

    /// Where an answer leads. Only 307 and 308 send the form again.
    fn onward(self, to: Url, status: u16) -> Step {
        let form = self.form.filter(|_| matches!(status, 307 | 308));
        Step {
            url: to,
            form,
            from: self.from,
            framed: self.framed,
        }
    }

    fn is_foreign(&self) -> bool {
        self.from
            .as_ref()
            .is_some_and(|from| site(from) != site(&self.url))
    }

    fn relation(&self) -> &'static str {
        match &self.from {
            None => "none",
            Some(from) if from.origin() == self.url.origin() => "same-origin",
            Some(_) if self.is_foreign() => "cross-site",
            Some(_) => "same-site",
        }
    }
}

impl Page {
    #[track_caller]
    fn submission(&self, fields: &[(&str, &str)]) -> Step {
        let mut form = self.form(fields[0].0);
        for (name, value) in fields {
            form.set(name, value);
        }
        let encoded = form.encoded();
        let mut to = match form.action.as_deref() {
            Some("") | None => self.url.clone(),
            Some(action) => self.url.join(action).unwrap(),
        };
        to.set_fragment(None);
        if form.is_post {
            return Step {
                form: Some(encoded),
                ..Step::get(to, Some(&self.url))
            };
        }
        to.set_query(Some(&encoded));
        Step::get(to, Some(&self.url))
    }
}

/// Host and port as they stand in `Host`.
fn authority(url: &Url) -> String {
    let host = url.host_str().unwrap();
    url.port()
        .map_or(host.to_owned(), |port| format!("{host}:{port}"))
}

/// Everything a person of these tests opens is on this machine.
fn address(url: &Url) -> SocketAddr {
    let host = url.host_str().unwrap();
    let here = host == "127.0.0.1" || host == "localhost" || host.ends_with(".localhost");
    assert!(
        here && url.scheme() == "http",
        "{url} is not on this machine"
    );
    super::local(url.port_or_known_default().unwrap())
}
