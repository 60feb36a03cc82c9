//! A load: connections that ask for one thing over and over.

use std::io::{Read as _, Write as _};
use std::net::TcpStream;
use std::sync::atomic::{AtomicU64, Ordering};
use std::time::{Duration, Instant};

use super::times::Times;

/// What is asked for.
#[derive(Clone, Copy)]
pub(crate) struct Load<'a> {
    pub(crate) target: &'a str,
    /// Headers besides `Host`, each with its line's end. `Connection: close` connects for each request.
    pub(crate) headers: &'a str,
    /// Whether each connection sends the last ETag, as browsers do.
    pub(crate) remembers: bool,
    pub(crate) connections: usize,
}

impl<'a> Load<'a> {
    /// Full bodies, on one connection.
    pub(crate) fn of(target: &'a str) -> Self {
        Self { target, headers: "", remembers: false, connections: 1 }
    }
}

/// What a load came to.
pub(crate) struct Done {
    pub(crate) requests: u64,
    /// Those that were answered with 304.
    pub(crate) unchanged: u64,
    pub(crate) times: Times,
    taken: Duration,
}

impl Done {
    #[allow(clippy::cast_precision_loss)] // for reading only
    pub(crate) fn a_second(&self) -> f64 {
        self.requests as f64 / self.taken.as_secs_f64()
    }
}

/// An answer, of which only this matters.
pub(crate) struct Answer {
    pub(crate) is_unchanged: bool,
    pub(crate) body: usize,
    pub(crate) etag: String,
}

/// A connection.
pub(crate) struct Client {
    stream: TcpStream,
    buffer: Vec<u8>,
}

impl Client {
    pub(crate) fn connect(port: u16) -> Self {
        let stream = TcpStream::connect(("127.0.0.1", port)).expect("a server");
        stream.set_nodelay(true).expect("a socket");
        Self { stream, buffer: vec![0; 64 << 10] }
    }

    /// Asks, and reads the whole answer; `None` if it is an error.
    pub(crate) fn get(&mut self, target: &str, headers: &str) -> Option<Answer> {
        self.send(format!("GET {target} HTTP/1.1\r\nHost: localhost\r\n{headers}\r\n").as_bytes())
    }

    fn send(&mut self, request: &[u8]) -> Option<Answer> {
        self.stream.write_all(request).ok()?;
        let mut held = 0;
        let head = loop {
            let read = self.stream.read(&mut self.buffer[held..]).ok()?;
            let from = held.saturating_sub(3);
            held += read;
            if read == 0 {
                return None;
            }
            if let Some(at) = memchr::memmem::find(&self.buffer[from..held], b"\r\n\r\n") {
                break from + at + 4;
            }
        };
        let text = std::str::from_utf8(&self.buffer[..head]).ok()?;
        let header = |name: &str| text.split_once(name)?.1.split("\r\n").next();
        let status: u16 = text.get(9..12)?.parse().ok()?;
        let etag = header("etag: ").unwrap_or_default().to_owned();
        let body = if status == 304 { 0 } else { header("content-length: ")?.parse().ok()? };
        let mut rest = body - (held - head).min(body);
        while rest > 0 {
            let most = rest.min(self.buffer.len());
            let read = self.stream.read(&mut self.buffer[..most]).ok().filter(|read| *read > 0)?;
            rest -= read;
        }
        matches!(status, 200 | 304).then_some(Answer { is_unchanged: status == 304, body, etag })
    }
}

/// Asks on all connections as long as `goes_on`, of how many requests were sent and for how long.
pub(crate) fn run(port: u16, load: &Load<'_>, goes_on: impl Fn(u64, Duration) -> bool + Sync) -> Done {
    let (sent, unchanged) = (AtomicU64::new(0), AtomicU64::new(0));
    let began = Instant::now();
    let is_short = load.headers.contains("close");
    let request = |etag: &str| {
        let known = if etag.is_empty() { String::new() } else { format!("If-None-Match: {etag}\r\n") };
        format!("GET {} HTTP/1.1\r\nHost: localhost\r\n{}{known}\r\n", load.target, load.headers)
    };
    let ask = || {
        let mut times = Vec::new();
        let (mut asks, mut known) = (request(""), String::new());
        let mut client = (!is_short).then(|| Client::connect(port));
        while goes_on(sent.fetch_add(1, Ordering::Relaxed), began.elapsed()) {
            let asked = Instant::now();
            let mut own = None;
            let client = client.as_mut().unwrap_or_else(|| own.insert(Client::connect(port)));
            let answer = client.send(asks.as_bytes()).expect("an answer");
            times.push(asked.elapsed());
            unchanged.fetch_add(u64::from(answer.is_unchanged), Ordering::Relaxed);
            if load.remembers && answer.etag != known {
                (asks, known) = (request(&answer.etag), answer.etag);
            }
        }
        times
    };
    let times: Times = std::thread::scope(|scope| {
        let threads: Vec<_> = (0..load.connections).map(|_| scope.spawn(ask)).collect();
        threads.into_iter().flat_map(|thread| thread.join().expect("a client")).collect()
    });
    let taken = began.elapsed();
    // Each connection was told once that it is over.
    let requests = sent.into_inner() - load.connections as u64;
    Done { requests, unchanged: unchanged.into_inner(), times, taken }
}
