//! The place where clients connect: a port, or a socket in a folder.
//!
//! Invariant: only this user's processes, and root's, get through the Unix socket, whatever its folder allows. A socket
//! that another server still uses is not taken from it.

use std::fs::{self, Permissions};
use std::io;
use std::os::unix::fs::{FileTypeExt as _, PermissionsExt as _};
use std::os::unix::net::{UnixListener as StdUnixListener, UnixStream as StdUnixStream};
use std::path::{Path, PathBuf};

use tokio::net::{TcpListener, TcpStream, UnixListener, UnixStream};

use super::address::Address;
use super::error::ServeError;
use super::peer::Peer;

/// A bound address, before there is a runtime.
pub(super) enum Bound {
    Tcp(std::net::TcpListener),
    Unix(StdUnixListener, PathBuf),
}

/// Accepts clients. Dropping it removes the socket from its folder.
pub(super) enum Listener {
    Tcp(TcpListener),
    Unix { listener: UnixListener, _file: SocketFile },
}

/// A client's stream.
pub(super) enum Stream {
    Tcp(TcpStream),
    Unix(UnixStream),
}

/// The name of a socket; removed when this is dropped.
pub(super) struct SocketFile(PathBuf);

impl Drop for SocketFile {
    fn drop(&mut self) {
        if let Err(error) = fs::remove_file(&self.0) {
            tracing::debug!("cannot remove the socket {}: {error}", self.0.display());
        }
    }
}

impl Bound {
    /// Takes the address. Returns the one that was taken: port 0 stands for any that is free.
    pub(super) fn take(address: &Address) -> Result<(Self, Address), ServeError> {
        let failed = |source| ServeError::Listen { address: address.clone(), source };
        match address {
            Address::Tcp(wanted) => {
                let listener = std::net::TcpListener::bind(wanted).map_err(failed)?;
                listener.set_nonblocking(true).map_err(failed)?;
                let taken = Address::Tcp(listener.local_addr().map_err(failed)?);
                Ok((Self::Tcp(listener), taken))
            }
            Address::Unix(path) => {
                let listener = bind(path).map_err(failed)?;
                listener.set_nonblocking(true).map_err(failed)?;
                // Until then others may connect, and are turned away.
                fs::set_permissions(path, Permissions::from_mode(0o600)).map_err(failed)?;
                Ok((Self::Unix(listener, path.clone()), address.clone()))
            }
        }
    }

    /// Accepts clients from now on, in the runtime that this is called in.
    pub(super) fn listen(self) -> io::Result<Listener> {
        match self {
            Self::Tcp(listener) => TcpListener::from_std(listener).map(Listener::Tcp),
            Self::Unix(listener, path) => {
                let file = SocketFile(path);
                UnixListener::from_std(listener).map(|listener| Listener::Unix { listener, _file: file })
            }
        }
    }
}

impl Listener {
    /// The next client. Fails for one that may not connect.
    pub(super) async fn accept(&self) -> io::Result<(Stream, Peer)> {
        match self {
            Self::Tcp(listener) => {
                let (stream, client) = listener.accept().await?;
                // Events are small and must not wait for more.
                stream.set_nodelay(true)?;
                let peer = Peer::tcp(client, stream.local_addr()?);
                Ok((Stream::Tcp(stream), peer))
            }
            Self::Unix { listener, .. } => {
                let (stream, _) = listener.accept().await?;
                let user = stream.peer_cred()?.uid();
                if user != 0 && user != rustix::process::geteuid().as_raw() {
                    return Err(io::Error::new(
                        io::ErrorKind::PermissionDenied,
                        format!("user {user} may not use the socket"),
                    ));
                }
                Ok((Stream::Unix(stream), Peer::unix()))
            }
        }
    }
}

/// Binds a socket, in the place of one that nobody listens on.
fn bind(path: &Path) -> io::Result<StdUnixListener> {
    match StdUnixListener::bind(path) {
        Err(error) if error.kind() == io::ErrorKind::AddrInUse && is_left_over(path) => {
            fs::remove_file(path)?;
            StdUnixListener::bind(path)
        }
        other => other,
    }
}

fn is_left_over(path: &Path) -> bool {
    let is_socket = fs::symlink_metadata(path).is_ok_and(|found| found.file_type().is_socket());
    is_socket
        && StdUnixStream::connect(path).is_err_and(|error| error.kind() == io::ErrorKind::ConnectionRefused)
}
