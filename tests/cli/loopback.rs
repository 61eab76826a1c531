//! A server on this machine, for what asks others.

use std::io::{BufRead, BufReader, Write as _};
use std::net::TcpListener;
use std::sync::{Arc, Mutex};
use std::thread;

/// Answers by path and keeps what it was asked.
pub(crate) struct Server {
    pub(crate) address: String,
    asked: Arc<Mutex<Vec<String>>>,
}

impl Server {
    /// - `answer`: all of the answer to a path.
    pub(crate) fn new(answer: fn(&str) -> String) -> Self {
        let listener = TcpListener::bind("127.0.0.1:0").unwrap();
        let address = format!("http://{}", listener.local_addr().unwrap());
        let asked = Arc::new(Mutex::new(Vec::new()));
        let told = asked.clone();
        // The thread ends with the test's process.
        thread::spawn(move || {
            for stream in listener.incoming().flatten() {
                let mut reader = BufReader::new(stream);
                let (head, body) = request(&mut reader);
                let path = head.split(' ').nth(1).unwrap_or_default();
                let answer = answer(path);
                told.lock().unwrap().push(format!("{head} {body}"));
                let _ = reader.get_mut().write_all(answer.as_bytes());
            }
        });
        Self { address, asked }
    }

    /// What was asked so far: of each request the lines of its head in lower case, with `|` between
    /// them, and its body.
    pub(crate) fn asked(&self) -> Vec<String> {
        self.asked.lock().unwrap().clone()
    }
}

fn request(reader: &mut impl BufRead) -> (String, String) {
    let mut lines = Vec::new();
    let mut line = String::new();
    while reader.read_line(&mut line).is_ok_and(|len| len > 2) {
        lines.push(line.trim().to_lowercase());
        line.clear();
    }
    let len = lines.iter().find_map(|line| line.strip_prefix("content-length: "));
    let mut body = vec![0; len.map_or(0, |len| len.parse().unwrap())];
    let _ = reader.read_exact(&mut body);
    (lines.join("|"), String::from_utf8_lossy(&body).into_owned())
}

/// An answer with a length, after which the connection ends.
pub(crate) fn answer(head: &str, body: &str) -> String {
    format!("HTTP/1.1 {head}\r\nContent-Length: {}\r\nConnection: close\r\n\r\n{body}", body.len())
}
