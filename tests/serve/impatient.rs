//! A server that waits for its clients only for a moment, in the test's own process: those that make it wait are dropped.

use std::io::Read as _;
use std::os::fd::AsFd as _;
use std::os::unix::net::UnixStream;
use std::path::PathBuf;
use std::sync::Arc;
use std::time::{Duration, Instant};

use cco::config::{Flags, Settings};
use cco::serve::{Links, Options, Patience, Server};
use cco::snapshot::{Publication, Writer, WriterOptions};
use rustix::event::{PollFd, PollFlags, Timespec, poll};

use crate::client::{Client, PATIENCE};

/// How long the server waits where a test says so.
const MOMENT: Duration = Duration::from_millis(200);
/// How long it waits elsewhere: no test takes as long.
const LONG: Duration = Duration::from_secs(600);

/// A server on a socket of its own, and the snapshot that it reads.
struct Impatient {
    writer: Writer,
    commits: u64,
    socket: PathBuf,
    _server: Server,
    _folder: tempfile::TempDir,
}

impl Impatient {
    fn begin(patience: Patience) -> Self {
        let folder = tempfile::tempdir().unwrap();
        let snapshot = folder.path().join("usage.snapshot");
        let (state, socket) = (folder.path().join("state"), folder.path().join("socket"));
        let options = WriterOptions { zone: "UTC".into(), week_start: 0, program: "1".into() };
        let writer = Writer::open(&snapshot, options).unwrap();
        let flags = Flags { state: Some(state), snapshot: Some(snapshot), ..Flags::default() };
        let home = folder.path().as_os_str().to_owned();
        let mut settings = Settings::resolve(flags, |name| (name == "HOME").then(|| home.clone())).unwrap();
        settings.http.address = Some(format!("unix:{}", socket.display()));
        let links = Links { nudge: Arc::new(|| {}), progress: Arc::new(|| None) };
        let options = Options::of(&settings, links).unwrap().with_patience(patience);
        let server = Server::begin(options).unwrap();
        let mut begun = Self { writer, commits: 0, socket, _server: server, _folder: folder };
        begun.publish();
        begun
    }

    fn publish(&mut self) {
        self.commits += 1;
        let mut publication = Publication::default();
        publication.totals.requests = self.commits;
        self.writer.commit(&publication).unwrap();
    }

    fn listen(&self) -> Client<UnixStream> {
        let mut client = Client::connect_to(&self.socket);
        client.send(b"GET /api/events HTTP/1.1\r\nHost: localhost\r\n\r\n").unwrap();
        client
    }

    /// A client that was answered. On a busy machine a request may be too slow, and is made again.
    fn answered(&self) -> Client<UnixStream> {
        let began = Instant::now();
        loop {
            let mut client = Client::connect_to(&self.socket);
            let sent = client.send(b"GET /api/stats HTTP/1.1\r\nHost: localhost\r\n\r\n");
            if sent.and_then(|()| client.answer(true)).is_ok_and(|answer| answer.status == 200) {
                return client;
            }
            assert!(began.elapsed() < PATIENCE, "it does not answer");
        }
    }
}

/// Whether the other end of a socket has closed it, whatever is left to read.
fn is_dropped(client: &Client<UnixStream>) -> bool {
    let mut polled = [PollFd::from_borrowed_fd(client.stream.get_ref().as_fd(), PollFlags::empty())];
    poll(&mut polled, Some(&Timespec::default())).unwrap();
    polled[0].revents().contains(PollFlags::HUP)
}

#[test]
fn a_client_that_takes_nothing_is_dropped_and_holds_up_nobody() {
    let mut server = Impatient::begin(Patience { headers: LONG, writes: MOMENT });
    let mut quick = server.listen();
    quick.head().unwrap();
    quick.event();
    let slow = server.listen();
    let began = Instant::now();
    // What the system keeps for it is soon full.
    while !is_dropped(&slow) {
        assert!(began.elapsed() < PATIENCE, "it is still connected after {} events", server.commits);
        server.publish();
        quick.event();
    }
    assert!(began.elapsed() >= MOMENT, "it was not given time");
    server.answered();
}

#[test]
fn a_request_that_never_ends_is_ended() {
    let server = Impatient::begin(Patience { headers: MOMENT, writes: LONG });
    let mut client = Client::connect_to(&server.socket);
    let began = Instant::now();
    client.send(b"GET /api/stats HTTP/1.1\r\nHost: localhost\r\n").unwrap();
    // A header now and then does not buy time.
    while client.send(b"X: y\r\n").is_ok() {
        assert!(began.elapsed() < PATIENCE, "it is still connected");
        std::thread::sleep(MOMENT / 20);
    }
    assert!(began.elapsed() >= MOMENT, "it was not given time");
    server.answered();
}

#[test]
fn an_idle_connection_ends_before_and_after_a_request() {
    let server = Impatient::begin(Patience { headers: MOMENT, writes: LONG });
    for mut client in [Client::connect_to(&server.socket), server.answered()] {
        assert_eq!(client.stream.get_mut().read(&mut [0; 16]).unwrap(), 0, "it is still connected");
    }
}

#[test]
fn users_get_a_server_that_waits_for_ten_seconds() {
    let ten = Duration::from_secs(10);
    assert_eq!(Patience::default(), Patience { headers: ten, writes: ten });
}
