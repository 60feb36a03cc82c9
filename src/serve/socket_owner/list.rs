//! The list of all sockets, `/proc/net/tcp` and `tcp6`. Reading it takes the longer, the more there are.

use std::fs::File;
use std::io::{BufRead as _, BufReader};
use std::net::{IpAddr, SocketAddr};

/// The code of an established connection.
const ESTABLISHED: &str = "01";

/// The user that owns the client's end of an established connection, of which both ends are written alike.
pub(super) fn owner(client: SocketAddr, server: SocketAddr) -> Option<u32> {
    let list = if client.is_ipv4() { "/proc/net/tcp" } else { "/proc/net/tcp6" };
    owner_in(list, client, server)
}

fn owner_in(list: &str, client: SocketAddr, server: SocketAddr) -> Option<u32> {
    let wanted = format!(" {} {} {ESTABLISHED} ", written(client), written(server));
    let mut lines = BufReader::with_capacity(64 << 10, File::open(list).ok()?);
    let mut line = String::with_capacity(160);
    while lines.read_line(&mut line).ok()? > 0 {
        if let Some((_, rest)) = line.split_once(&wanted) {
            // Queues, timer and retransmits come first.
            return rest.split_ascii_whitespace().nth(3)?.parse().ok();
        }
        line.clear();
    }
    None
}

/// As the kernel writes an address: each 32 bits as a number of this machine, in hexadecimal.
fn written(address: SocketAddr) -> String {
    let words = |bytes: &[u8]| -> String {
        let word = |bytes: &[u8; 4]| format!("{:08X}", u32::from_ne_bytes(*bytes));
        bytes.as_chunks().0.iter().map(word).collect()
    };
    let ip = match address.ip() {
        IpAddr::V4(ip) => words(&ip.octets()),
        IpAddr::V6(ip) => words(&ip.octets()),
    };
    format!("{ip}:{:04X}", address.port())
}
