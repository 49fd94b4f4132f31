//! A service that sees requests as bytes and answers as it likes.

use std::io::{BufRead, BufReader, Write};
use std::net::{SocketAddr, TcpListener, TcpStream};
use std::sync::{Arc, Mutex};

/// One request as the upstream got it, and the connection to answer on.
pub struct Visit {
    pub head: String,
    pub reader: BufReader<TcpStream>,
    pub stream: TcpStream,
}

impl Visit {
    /// Answers with these bytes.
    pub fn answer(&mut self, text: &str) {
        let _ = self.stream.write_all(text.as_bytes());
    }

    /// A body in pieces as it arrived, with what comes behind it; nothing of any other body.
    pub fn pieces(&mut self) -> String {
        let mut text = String::new();
        let chunked = "transfer-encoding: chunked\r\n";
        while self.head.to_lowercase().contains(chunked) && !is_whole(&text) {
            if self.reader.read_line(&mut text).unwrap_or(0) == 0 {
                break;
            }
        }
        text
    }

    /// Answers 200 with a text and closes.
    pub fn plain(&mut self, headers: &str, body: &str) {
        let length = body.len();
        self.answer(&format!(
            "HTTP/1.1 200 OK\r\n{headers}Content-Length: {length}\r\nConnection: close\r\n\r\n{body}"
        ));
    }
}

/// A service that sees requests as bytes; remembers their heads.
pub struct Service {
    pub address: SocketAddr,
    seen: Arc<Mutex<Vec<String>>>,
}

impl Service {
    /// Gives each visit to `answer`.
    pub fn start(answer: impl Fn(Visit) + Send + Sync + 'static) -> Service {
        Service::at("127.0.0.1:0", answer)
    }

    /// The same at an address that something else names.
    pub fn at(address: &str, answer: impl Fn(Visit) + Send + Sync + 'static) -> Service {
        let listener = TcpListener::bind(address).unwrap();
        let address = listener.local_addr().unwrap();
        let seen = Arc::new(Mutex::new(Vec::new()));
        let (remember, answer) = (Arc::clone(&seen), Arc::new(answer));
        std::thread::spawn(move || {
            for stream in listener.incoming().map_while(Result::ok) {
                let (remember, answer) = (Arc::clone(&remember), Arc::clone(&answer));
                std::thread::spawn(move || {
                    let mut reader = BufReader::new(stream.try_clone().unwrap());
                    let head = head(&mut reader);
                    if head.is_empty() {
                        return;
                    }
                    remember.lock().unwrap().push(head.clone());
                    answer(Visit {
                        head,
                        reader,
                        stream,
                    });
                });
            }
        });
        Service { address, seen }
    }

    /// Answers every request with the head it came with, and its body if that came in pieces.
    pub fn echo() -> Service {
        Service::start(|mut visit| {
            let shown = format!("{}{}", visit.head.clone(), visit.pieces());
            visit.plain("Content-Type: text/plain\r\n", &shown);
        })
    }

    pub fn url(&self) -> String {
        format!("http://{}", self.address)
    }

    pub fn seen(&self) -> Vec<String> {
        self.seen.lock().unwrap().clone()
    }
}

/// Whether the last piece, which is empty, and what follows it are there.
fn is_whole(pieces: &str) -> bool {
    let last = pieces.starts_with("0\r\n") || pieces.contains("\r\n0\r\n");
    last && pieces.ends_with("\r\n\r\n")
}

/// Reads up to the empty line; nothing when the connection ends before.
fn head(reader: &mut impl BufRead) -> String {
    let mut head = String::new();
    while !head.ends_with("\r\n\r\n") {
        if reader.read_line(&mut head).unwrap_or(0) == 0 {
            return String::new();
        }
    }
    head
}
