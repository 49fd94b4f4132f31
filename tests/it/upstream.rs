//! A service outside the gateway: answers on loopback and remembers every request, so that a test can say
//! "nothing reached it".

use std::io::{BufRead, BufReader, Read, Write};
use std::net::{SocketAddr, TcpListener, TcpStream};
use std::sync::{Arc, Mutex};

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
        let listener = TcpListener::bind(address).unwrap();
        let address = listener.local_addr().unwrap();
        let seen = Arc::new(Mutex::new(Vec::new()));
        let (remember, answer) = (Arc::clone(&seen), Arc::new(answer));
        std::thread::spawn(move || {
            for stream in listener.incoming().map_while(Result::ok) {
                let (remember, answer) = (Arc::clone(&remember), Arc::clone(&answer));
                std::thread::spawn(move || serve(stream, &remember, answer.as_ref()));
            }
        });
        Upstream { address, seen }
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

fn serve(
    mut stream: TcpStream,
    remember: &Mutex<Vec<String>>,
    answer: &dyn Fn(&str) -> (String, String, String),
) {
    let mut reader = BufReader::new(stream.try_clone().unwrap());
    let mut head = String::new();
    while !head.ends_with("\r\n\r\n") {
        if reader.read_line(&mut head).unwrap_or(0) == 0 {
            return;
        }
    }
    let length = head
        .lines()
        .find_map(|line| {
            line.to_ascii_lowercase()
                .strip_prefix("content-length: ")
                .and_then(|length| length.parse().ok())
        })
        .unwrap_or(0);
    let mut body = vec![0; length];
    if reader.read_exact(&mut body).is_err() {
        return;
    }
    head.push_str(&String::from_utf8_lossy(&body));
    let (status, headers, text) = answer(&head);
    remember.lock().unwrap().push(head);
    let _ = write!(
        stream,
        "HTTP/1.1 {status}\r\n{headers}Content-Length: {}\r\nConnection: close\r\n\r\n{text}",
        text.len()
    );
}
