//! Clients of events: one that is timed, and many that come and go.

use std::io::{self, BufRead as _, BufReader, Write as _};
use std::net::TcpStream;
use std::path::Path;
use std::time::Duration;

use corpus::Append;

use crate::measure::times::Times;

/// Clients in all, and at a time.
const CLIENTS: usize = 10_000;
pub(crate) const AT_ONCE: usize = 1_000;
/// Between a line that is seen and the next.
const PAUSE: Duration = Duration::from_millis(3);

fn listen(port: u16) -> io::Result<BufReader<TcpStream>> {
    let mut stream = TcpStream::connect(("127.0.0.1", port))?;
    stream.set_read_timeout(Some(Duration::from_secs(30)))?;
    stream.write_all(b"GET /api/events HTTP/1.1\r\nHost: localhost\r\n\r\n")?;
    Ok(BufReader::new(stream))
}

/// All tokens in the next event.
fn tokens(client: &mut BufReader<TcpStream>) -> u64 {
    heard(client).expect("an event")
}

/// The same; an error if there is none.
fn heard(client: &mut BufReader<TcpStream>) -> io::Result<u64> {
    let mut line = String::new();
    loop {
        line.clear();
        if client.read_line(&mut line)? == 0 {
            return Err(io::ErrorKind::UnexpectedEof.into());
        }
        let tokens = line.strip_prefix("data: ").and_then(|data| {
            let (_, totals) = data.split_once("\"totals\":")?;
            let (_, tokens) = totals.split_once("\"total_tokens\":")?;
            tokens.split(',').next()?.parse().ok()
        });
        if let Some(tokens) = tokens {
            return Ok(tokens);
        }
    }
}

/// Appends so many lines: from before the write of a line until an event client has its tokens. Lines that bring none
/// are written and not timed.
pub(crate) fn visible(port: u16, root: &Path, lines: u64) -> Times {
    let mut client = listen(port).expect("a server");
    let before = tokens(&mut client);
    let (mut told, mut shown) = (0, before);
    let mut times = Times::default();
    let append = Append { lines, rate: None, seed: 2, split: false };
    let made = corpus::append(&append, root, |line| {
        if line.tokens.total() > told {
            told = line.tokens.total();
            while shown < before + told {
                shown = tokens(&mut client);
            }
            let now_us = jiff::Timestamp::now().as_microsecond();
            times.push(Duration::from_micros(u64::try_from(now_us - line.begun_us).unwrap_or(0)));
        }
        std::thread::sleep(PAUSE + Duration::from_micros(line.bytes % 1000));
        Ok(())
    });
    made.expect("appends");
    times
}

/// Lets clients come, all of them hear an event while all are there, and go. Returns how many came, and how many of them
/// heard nothing.
pub(crate) fn come_and_go(port: u16) -> (usize, usize) {
    let mut unheard = 0;
    for _ in 0..CLIENTS / AT_ONCE {
        let mut clients: Vec<_> = (0..AT_ONCE).map(|_| listen(port)).collect();
        for client in &mut clients {
            let heard = client.as_mut().is_ok_and(|client| heard(client).is_ok());
            unheard += usize::from(!heard);
        }
    }
    (CLIENTS, unheard)
}
