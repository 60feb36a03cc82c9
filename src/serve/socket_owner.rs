//! Which user a TCP client on this machine is, as Linux lists sockets in `/proc/net/tcp` and `tcp6`.
//!
//! Invariant: only a connection that is established counts. The kernel lists a socket that its process closed under
//! user 0, so one that is ending says nothing. Elsewhere than on Linux nobody is known.

use std::fs::File;
use std::io::{BufRead as _, BufReader};
use std::net::{IpAddr, SocketAddr};

/// The code of an established connection.
const ESTABLISHED: &str = "01";

/// The user that owns the client's end of a connection, if both ends are on this machine.
pub(super) fn owner(client: SocketAddr, server: SocketAddr) -> Option<u32> {
    if !cfg!(target_os = "linux") {
        return None;
    }
    let same = match (client, server) {
        (SocketAddr::V4(_), SocketAddr::V4(_)) => owner_in("/proc/net/tcp", client, server),
        _ => None,
    };
    // A client can reach an IPv4 address from an IPv6 socket.
    same.or_else(|| owner_in("/proc/net/tcp6", as_v6(client), as_v6(server)))
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

fn as_v6(address: SocketAddr) -> SocketAddr {
    match address.ip() {
        IpAddr::V4(ip) => SocketAddr::new(ip.to_ipv6_mapped().into(), address.port()),
        IpAddr::V6(_) => address,
    }
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

#[cfg(all(test, target_os = "linux"))]
mod tests {
    use std::net::{TcpListener, TcpStream};

    use super::*;

    #[test]
    fn a_connection_of_this_process_is_this_users() {
        let me = Some(rustix::process::geteuid().as_raw());
        for address in ["127.0.0.1:0", "[::1]:0"] {
            let Ok(listener) = TcpListener::bind(address) else { continue };
            let server = listener.local_addr().unwrap();
            let stream = TcpStream::connect(server).unwrap();
            let client = stream.local_addr().unwrap();
            assert_eq!(owner(client, server), me, "{address}");
            drop((stream, listener.accept().unwrap()));
            // Whoever closed it is listed as nobody in particular, if at all.
            assert_eq!(owner(client, server), None, "{address}");
        }
    }

    #[test]
    fn a_connection_that_is_ending_is_nobodys() {
        let listener = TcpListener::bind("127.0.0.1:0").unwrap();
        let server = listener.local_addr().unwrap();
        let stream = TcpStream::connect(server).unwrap();
        let client = stream.local_addr().unwrap();
        let _open = listener.accept().unwrap();
        drop(stream);
        assert_eq!(owner(client, server), None);
    }
}
