//! The other end of a connection: which user it is.
//!
//! Invariant: whoever cannot be told apart is a stranger. The system is asked once a connection, when it matters.

use std::net::SocketAddr;

use tokio::sync::OnceCell;

use super::socket_owner::owner;

/// The other end of a connection.
#[derive(Debug)]
pub(super) struct Peer {
    kind: Kind,
    is_own: OnceCell<bool>,
}

#[derive(Debug)]
enum Kind {
    /// Let in because it is this user.
    Unix,
    Tcp {
        client: SocketAddr,
        server: SocketAddr,
    },
}

impl Peer {
    /// A client on the Unix socket, which lets in only this user.
    pub(super) fn unix() -> Self {
        Self { kind: Kind::Unix, is_own: OnceCell::new() }
    }

    pub(super) fn tcp(client: SocketAddr, server: SocketAddr) -> Self {
        Self { kind: Kind::Tcp { client, server }, is_own: OnceCell::new() }
    }

    /// Whether a browser's rules for names of hosts concern it.
    pub(super) fn is_tcp(&self) -> bool {
        matches!(self.kind, Kind::Tcp { .. })
    }

    /// Whether it is the user that this process runs as.
    pub(super) async fn is_own_user(&self) -> bool {
        let Kind::Tcp { client, server } = self.kind else { return true };
        if !client.ip().to_canonical().is_loopback() && client.ip() != server.ip() {
            return false;
        }
        let ask = || async move {
            // The list has a line for each socket of the machine, so reading it takes a while.
            let user = tokio::task::spawn_blocking(move || owner(client, server)).await;
            user.is_ok_and(|user| user == Some(rustix::process::geteuid().as_raw()))
        };
        *self.is_own.get_or_init(ask).await
    }
}
