//! A service outside the gateway: answers on loopback and remembers every request, so that a test can say
//! "nothing reached it".

use std::io::Read;
use std::net::SocketAddr;
use std::sync::{Arc, Mutex};

use crate::service::{Service, Visit};

/// Remembers the head and body of each request it gets.
pub struct Upstream {
    pub address: SocketAddr,
    seen: Arc<Mutex<Vec<String>>>,
}

impl Upstream {
    /// Answers every request with what `answer` makes of its head: (status line, extra headers, body).
    pub fn start(
        answer: impl Fn(&str) -> (String, String, String) + Send + Sync + 'static,
    ) -> Upstream {
        Upstream::at("127.0.0.1:0", answer)
    }

    /// The same at an address that something else names.
    pub fn at(
        address: &str,
        answer: impl Fn(&str) -> (String, String, String) + Send + Sync + 'static,
    ) -> Upstream {
        let seen = Arc::new(Mutex::new(Vec::new()));
        let remember = Arc::clone(&seen);
        let service = Service::at(address, move |mut visit| {
            let Some(asked) = whole(&mut visit) else {
                return;
            };
            let (status, headers, text) = answer(&asked);
            remember.lock().unwrap().push(asked);
            visit.answer(&format!(
                "HTTP/1.1 {status}\r\n{headers}Content-Length: {}\r\nConnection: close\r\n\r\n{text}",
                text.len()
            ));
        });
        Upstream {
            address: service.address,
            seen,
        }
    }

    /// Answers 200 with a small JSON object.
    pub fn json() -> Upstream {
        Upstream::start(|_| {
            (
                "200 OK".into(),
                "Content-Type: application/json\r\n".into(),
                r#"{"sky":"clear"}"#.into(),
            )
        })
    }

    pub fn seen(&self) -> Vec<String> {
        self.seen.lock().unwrap().clone()
    }

    pub fn url(&self) -> String {
        format!("http://{}", self.address)
    }
}

/// Head and body of a request, if all of it came.
fn whole(visit: &mut Visit) -> Option<String> {
    let length = visit.head.lines().find_map(|line| {
        let line = line.to_ascii_lowercase();
        line.strip_prefix("content-length: ")?.parse().ok()
    });
    let mut body = vec![0; length.unwrap_or(0)];
    visit.reader.read_exact(&mut body).ok()?;
    Some(visit.head.clone() + &String::from_utf8_lossy(&body))
}
