//! The smallest HTTP/1.1 client that sends exactly the bytes a test wants sent.

use std::io::{Read, Write};
use std::net::{SocketAddr, TcpStream};
use std::time::Duration;

use base64::Engine as _;

/// What came back.
#[derive(Debug)]
pub struct Reply {
    pub status: u16,
    pub headers: Vec<(String, String)>,
    pub body: String,
}

impl Reply {
    pub fn header(&self, name: &str) -> Option<&str> {
        self.headers
            .iter()
            .find(|(key, _)| key.eq_ignore_ascii_case(name))
            .map(|(_, value)| value.as_str())
    }

    /// Every value of a header.
    pub fn all(&self, name: &str) -> Vec<&str> {
        self.headers
            .iter()
            .filter(|(key, _)| key.eq_ignore_ascii_case(name))
            .map(|(_, value)| value.as_str())
            .collect()
    }

    pub fn json(&self) -> serde_json::Value {
        serde_json::from_str(&self.body).unwrap_or_else(|error| panic!("{error}: {self:?}"))
    }
}

/// A request under construction; `Connection: close` is always sent.
pub struct Ask {
    method: String,
    target: String,
    host: String,
    headers: String,
    body: String,
}

impl Ask {
    pub fn new(method: &str, target: &str) -> Ask {
        Ask {
            method: method.into(),
            target: target.into(),
            host: "localhost".into(),
            headers: String::new(),
            body: String::new(),
        }
    }

    pub fn get(target: &str) -> Ask {
        Ask::new("GET", target)
    }

    pub fn post(target: &str, form: &str) -> Ask {
        Ask {
            body: form.into(),
            ..Ask::new("POST", target).header("Content-Type", "application/x-www-form-urlencoded")
        }
    }

    pub fn body(self, body: &str) -> Ask {
        Ask {
            body: body.into(),
            ..self
        }
    }

    pub fn host(self, host: &str) -> Ask {
        Ask {
            host: host.into(),
            ..self
        }
    }

    pub fn header(mut self, name: &str, value: &str) -> Ask {
        self.headers.push_str(&format!("{name}: {value}\r\n"));
        self
    }

    pub fn basic(self, name: &str, password: &str) -> Ask {
        self.header("Authorization", &basic(name, password))
    }

    /// Says what a browser says when a person follows a link.
    pub fn browser(self) -> Ask {
        self.header("Accept", "text/html,application/xhtml+xml")
            .header("Sec-Fetch-Mode", "navigate")
    }

    pub fn send(&self, to: SocketAddr) -> Reply {
        self.try_send(to).expect("an answer")
    }

    pub fn try_send(&self, to: SocketAddr) -> std::io::Result<Reply> {
        let length = if self.body.is_empty() {
            String::new()
        } else {
            format!("Content-Length: {}\r\n", self.body.len())
        };
        raw(
            to,
            format!(
                "{} {} HTTP/1.1\r\nHost: {}\r\nConnection: close\r\n{}{length}\r\n{}",
                self.method, self.target, self.host, self.headers, self.body
            )
            .as_bytes(),
        )
    }
}

/// What `Authorization` says of somebody with a password.
pub fn basic(name: &str, password: &str) -> String {
    let token = base64::engine::general_purpose::STANDARD.encode(format!("{name}:{password}"));
    format!("Basic {token}")
}

/// Sends bytes as they are and reads the answer to its end.
pub fn raw(to: SocketAddr, bytes: &[u8]) -> std::io::Result<Reply> {
    let mut stream = TcpStream::connect(to)?;
    stream.set_read_timeout(Some(Duration::from_secs(60)))?;
    stream.write_all(bytes)?;
    let mut answer = Vec::new();
    stream.read_to_end(&mut answer)?;
    parse(&answer).ok_or_else(|| {
        std::io::Error::other(format!(
            "not an answer: {:?}",
            String::from_utf8_lossy(&answer)
        ))
    })
}

fn parse(answer: &[u8]) -> Option<Reply> {
    let split = answer.windows(4).position(|window| window == b"\r\n\r\n")?;
    let head = String::from_utf8_lossy(&answer[..split]).into_owned();
    let mut lines = head.split("\r\n");
    let status = lines.next()?.split(' ').nth(1)?.parse().ok()?;
    let headers: Vec<(String, String)> = lines
        .filter_map(|line| line.split_once(": "))
        .map(|(key, value)| (key.into(), value.into()))
        .collect();
    let rest = &answer[split + 4..];
    let chunked = headers
        .iter()
        .any(|(key, value)| key.eq_ignore_ascii_case("transfer-encoding") && value == "chunked");
    // The answer to HEAD has the headers of a body and none.
    let body = if chunked && !rest.is_empty() {
        dechunk(rest)?
    } else {
        rest.to_vec()
    };
    Some(Reply {
        status,
        headers,
        body: String::from_utf8_lossy(&body).into_owned(),
    })
}

fn dechunk(mut rest: &[u8]) -> Option<Vec<u8>> {
    let mut body = Vec::new();
    loop {
        let line = rest.windows(2).position(|window| window == b"\r\n")?;
        let size = usize::from_str_radix(std::str::from_utf8(&rest[..line]).ok()?, 16).ok()?;
        if size == 0 {
            return Some(body);
        }
        body.extend_from_slice(rest.get(line + 2..line + 2 + size)?);
        rest = rest.get(line + 4 + size..)?;
    }
}
