//! Which user a TCP client on this machine is, as Linux knows the owner of each socket.
//!
//! The kernel is asked for the one socket; if it does not answer that, its list of all sockets is read.
//!
//! Invariant: only a connection that is established counts. The kernel lists a socket that its process closed under
//! user 0, so one that is ending says nothing. Elsewhere than on Linux nobody is known.

#[cfg(target_os = "linux")]
mod diag;
#[cfg(target_os = "linux")]
mod list;

use std::net::SocketAddr;

/// The user that owns the client's end of a connection, if both ends are on this machine.
#[cfg(target_os = "linux")]
pub(super) fn owner(client: SocketAddr, server: SocketAddr) -> Option<u32> {
    let as_v6 = |address: SocketAddr| match address {
        SocketAddr::V4(v4) => SocketAddr::new(v4.ip().to_ipv6_mapped().into(), v4.port()),
        SocketAddr::V6(_) => address,
    };
    let ask = |client, server| match diag::owner(client, server) {
        diag::Answer::User(user) => Some(user),
        diag::Answer::Nobody => None,
        diag::Answer::Silence => list::owner(client, server),
    };
    // A client can reach an IPv4 address from an IPv6 socket.
    ask(client, server).or_else(|| client.is_ipv4().then(|| ask(as_v6(client), as_v6(server)))?)
}

#[cfg(not(target_os = "linux"))]
pub(super) fn owner(_: SocketAddr, _: SocketAddr) -> Option<u32> {
    None
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
    fn the_kernels_answer_is_that_of_its_list() {
        let listener = TcpListener::bind("127.0.0.1:0").unwrap();
        let server = listener.local_addr().unwrap();
        let stream = TcpStream::connect(server).unwrap();
        let client = stream.local_addr().unwrap();
        let me = rustix::process::geteuid().as_raw();
        assert_eq!(list::owner(client, server), Some(me));
        match diag::owner(client, server) {
            diag::Answer::Silence => {}
            answer => assert_eq!(answer, diag::Answer::User(me)),
        }
        // Whoever listens on a port is not its client.
        assert_ne!(diag::owner(server, server), diag::Answer::User(me));
        assert_eq!(list::owner(server, server), None);
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
