//! A request whose answer is read while it is still being made.

use std::io::{ErrorKind, Read, Write};
use std::net::TcpStream;
use std::time::{Duration, Instant};

use crate::harness::{DEV, Server};
use crate::http::basic;

const PATIENCE: Duration = Duration::from_secs(60);

/// A request by `dev`, and what of its answer nobody has looked at yet.
pub struct Listener {
    stream: TcpStream,
    unread: Vec<u8>,
}

impl Listener {
    pub fn get(server: &Server, target: &str) -> Listener {
        Listener::ask(server, &format!("GET {target}"), "Connection: close\r\n")
    }

    /// Sends method and target and lines of headers.
    pub fn ask(server: &Server, line: &str, headers: &str) -> Listener {
        let login = basic(DEV.0, DEV.1);
        Listener::stranger(
            server,
            line,
            &format!("Authorization: {login}\r\n{headers}"),
        )
    }

    /// The same, by nobody whom the headers do not name.
    pub fn stranger(server: &Server, line: &str, headers: &str) -> Listener {
        let stream = TcpStream::connect(server.http).unwrap();
        stream.set_read_timeout(Some(PATIENCE)).unwrap();
        let mut listener = Listener {
            stream,
            unread: Vec::new(),
        };
        listener.send(format!(
            "{line} HTTP/1.1\r\nHost: localhost\r\n{headers}\r\n"
        ));
        listener
    }

    pub fn send(&mut self, bytes: impl AsRef<[u8]>) {
        self.stream.write_all(bytes.as_ref()).unwrap();
    }

    /// Reads until `text` has come: everything up to its end.
    #[track_caller]
    pub fn hears(&mut self, text: &str) -> String {
        let text = text.as_bytes();
        let deadline = Instant::now() + PATIENCE;
        loop {
            let mut places = self.unread.windows(text.len());
            if let Some(at) = places.position(|place| place == text) {
                let heard = self.unread.drain(..at + text.len());
                return String::from_utf8(heard.collect()).unwrap();
            }
            let mut piece = [0; 4096];
            let count = self.stream.read(&mut piece).unwrap_or_default();
            assert!(
                count > 0 && Instant::now() < deadline,
                "{:?} did not come: {:?}",
                String::from_utf8_lossy(text),
                String::from_utf8_lossy(&self.unread)
            );
            self.unread.extend_from_slice(&piece[..count]);
        }
    }

    #[track_caller]
    pub fn head(&mut self) -> String {
        self.hears("\r\n\r\n")
    }

    /// The number of a process that says `pid` and its number.
    #[track_caller]
    pub fn pid(&mut self) -> String {
        self.hears("pid ");
        self.hears("\n").trim_end().to_owned()
    }

    /// Reads to the end, however it comes; an answer that goes on is none.
    #[track_caller]
    pub fn rest(mut self) -> String {
        let read = self.stream.read_to_end(&mut self.unread);
        if let Err(error) = read {
            let late = matches!(error.kind(), ErrorKind::WouldBlock | ErrorKind::TimedOut);
            assert!(
                !late,
                "{error}: {:?}",
                String::from_utf8_lossy(&self.unread)
            );
        }
        String::from_utf8(self.unread).unwrap()
    }

    /// Reads to the end without keeping anything: how many bytes came.
    pub fn count(mut self) -> u64 {
        let more = std::io::copy(&mut self.stream, &mut std::io::sink()).unwrap();
        self.unread.len() as u64 + more
    }
}

/// Whether an answer in chunks has its last one.
pub fn is_whole(heard: &str) -> bool {
    heard.ends_with("0\r\n\r\n")
}
