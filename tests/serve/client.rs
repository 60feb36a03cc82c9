//! A client that sends the bytes it is told to, and reads one answer.

use std::collections::HashMap;
use std::io::{self, BufRead as _, BufReader, Read, Write};
use std::net::TcpStream;
use std::os::unix::net::UnixStream;
use std::path::Path;
use std::time::Duration;

use serde_json::Value;

/// What takes longer has failed.
pub(crate) const PATIENCE: Duration = Duration::from_secs(30);

/// An answer.
#[derive(Debug)]
pub(crate) struct Answer {
    pub(crate) status: u16,
    pub(crate) headers: HashMap<String, String>,
    pub(crate) body: Vec<u8>,
}

impl Answer {
    pub(crate) fn header(&self, name: &str) -> &str {
        self.headers.get(name).map_or("", String::as_str)
    }

    #[track_caller]
    pub(crate) fn json(&self) -> Value {
        serde_json::from_slice(&self.body)
            .unwrap_or_else(|error| panic!("{error}: {}", String::from_utf8_lossy(&self.body)))
    }

    /// Checks that it is a problem with this status, and words of what to do.
    #[track_caller]
    pub(crate) fn is_problem(&self, status: u16, words: &str) {
        assert_eq!(self.status, status, "{}", String::from_utf8_lossy(&self.body));
        assert_eq!(self.header("content-type"), "application/problem+json");
        let problem = self.json();
        assert_eq!(problem["status"], status);
        assert!(problem["detail"].as_str().unwrap().contains(words), "{words} is missing in {problem}");
    }
}

/// A connection.
pub(crate) struct Client<S = TcpStream> {
    pub(crate) stream: BufReader<S>,
}

impl Client<UnixStream> {
    pub(crate) fn connect_to(socket: &Path) -> Self {
        let stream = UnixStream::connect(socket).unwrap();
        stream.set_read_timeout(Some(PATIENCE)).unwrap();
        stream.set_write_timeout(Some(PATIENCE)).unwrap();
        Self { stream: BufReader::new(stream) }
    }
}

impl Client {
    pub(crate) fn connect(port: u16) -> Self {
        let stream = TcpStream::connect(("127.0.0.1", port)).unwrap();
        stream.set_read_timeout(Some(PATIENCE)).unwrap();
        stream.set_write_timeout(Some(PATIENCE)).unwrap();
        stream.set_nodelay(true).unwrap();
        Self { stream: BufReader::new(stream) }
    }
}

impl<S: Read + Write> Client<S> {
    pub(crate) fn send(&mut self, bytes: &[u8]) -> io::Result<()> {
        self.stream.get_mut().write_all(bytes)
    }

    /// Asks with these headers besides `Host`.
    pub(crate) fn ask(&mut self, method: &str, target: &str, headers: &[(&str, &str)]) -> Answer {
        let mut request = format!("{method} {target} HTTP/1.1\r\n");
        if !headers.iter().any(|(name, _)| *name == "Host") {
            request += "Host: localhost\r\n";
        }
        for (name, value) in headers {
            request += &format!("{name}: {value}\r\n");
        }
        self.send(format!("{request}\r\n").as_bytes()).unwrap();
        self.answer(method != "HEAD").unwrap()
    }

    /// Reads status and headers.
    pub(crate) fn head(&mut self) -> io::Result<Answer> {
        let mut line = String::new();
        if self.stream.read_line(&mut line)? == 0 {
            return Err(io::ErrorKind::UnexpectedEof.into());
        }
        let status = line.split(' ').nth(1).unwrap().parse().unwrap();
        let mut headers = HashMap::new();
        loop {
            line.clear();
            self.stream.read_line(&mut line)?;
            let Some((name, value)) = line.trim_end().split_once(": ") else { break };
            headers.insert(name.to_owned(), value.to_owned());
        }
        Ok(Answer { status, headers, body: Vec::new() })
    }

    pub(crate) fn answer(&mut self, has_body: bool) -> io::Result<Answer> {
        let mut answer = self.head()?;
        let length = answer.header("content-length").parse().unwrap_or(0);
        if has_body && answer.status != 304 {
            answer.body.resize(length, 0);
            self.stream.read_exact(&mut answer.body)?;
        }
        Ok(answer)
    }

    /// The next server-sent event, as its fields; comments are passed over.
    pub(crate) fn event(&mut self) -> HashMap<String, String> {
        let mut fields = HashMap::new();
        loop {
            let mut line = String::new();
            assert!(self.stream.read_line(&mut line).unwrap() > 0, "the stream ended");
            let line = line.trim_end();
            // What frames chunks are lengths and empty lines.
            if let Some((name, value)) = line.split_once(": ").filter(|(name, _)| !name.is_empty()) {
                fields.insert(name.to_owned(), value.to_owned());
            } else if line.is_empty() && fields.contains_key("data") {
                return fields;
            }
        }
    }

    /// Whether the server closed the connection.
    pub(crate) fn is_closed(&mut self) -> bool {
        let mut rest = Vec::new();
        match self.stream.read_to_end(&mut rest) {
            Ok(_) => true,
            Err(error) => error.kind() == io::ErrorKind::ConnectionReset,
        }
    }
}

/// Asks once.
pub(crate) fn ask(port: u16, method: &str, target: &str, headers: &[(&str, &str)]) -> Answer {
    Client::connect(port).ask(method, target, headers)
}

/// Gets once.
pub(crate) fn get(port: u16, target: &str) -> Answer {
    ask(port, "GET", target, &[])
}
