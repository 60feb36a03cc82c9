//! Tells the service manager: ready, alive, reloading, stopping (the protocol of sd_notify).
//!
//! Invariant: a message never blocks the publisher and never makes it fail. A manager that does not listen misses it,
//! and its watchdog then does its work. Without a manager nothing is sent.

use std::ffi::OsString;
use std::os::unix::ffi::OsStrExt as _;
use std::os::unix::net::{SocketAddr, UnixDatagram};
use std::time::Duration;

/// A service manager's socket, if there is one.
#[derive(Debug, Default)]
pub struct Notifier {
    socket: Option<(UnixDatagram, SocketAddr)>,
    watchdog_every: Option<Duration>,
}

impl Notifier {
    /// Reads the environment: `NOTIFY_SOCKET`, and for this process `own_pid` `WATCHDOG_USEC` with
    /// `WATCHDOG_PID`. `variable` looks up an environment variable.
    pub fn new(own_pid: u32, variable: impl Fn(&str) -> Option<OsString>) -> Self {
        let socket = variable("NOTIFY_SOCKET").and_then(|name| {
            let address = address(name.as_bytes())?;
            let socket = UnixDatagram::unbound().and_then(|socket| {
                socket.set_nonblocking(true)?;
                Ok(socket)
            });
            match socket {
                Ok(socket) => Some((socket, address)),
                Err(error) => {
                    tracing::warn!(%error, "cannot connect to the service manager");
                    None
                }
            }
        });
        let number = |name| variable(name)?.to_str()?.parse::<u64>().ok();
        let is_meant = number("WATCHDOG_PID").is_none_or(|pid| pid == u64::from(own_pid));
        let limit = number("WATCHDOG_USEC").filter(|limit| is_meant && *limit > 0);
        // Half the limit, as its manual advises: one late word is no death.
        Self { socket, watchdog_every: limit.map(|limit| Duration::from_micros(limit / 2)) }
    }

    /// How often [`Notifier::alive`] must be called, if there is a watchdog.
    pub fn watchdog_every(&self) -> Option<Duration> {
        self.watchdog_every
    }

    /// The first publish is done, or a reload is.
    pub fn ready(&self) {
        self.tell("READY=1");
    }

    /// The publisher's loop ran once more.
    pub fn alive(&self) {
        self.tell("WATCHDOG=1");
    }

    /// The settings are being read again, until [`Notifier::ready`].
    pub fn reloading(&self) {
        self.tell(&format!("RELOADING=1\nMONOTONIC_USEC={}", monotonic_us()));
    }

    /// The publisher is ending because it was told to.
    pub fn stopping(&self) {
        self.tell("STOPPING=1");
    }

    /// A line for the manager's status display.
    pub fn status(&self, words: &str) {
        self.tell(&format!("STATUS={}", words.replace('\n', " ")));
    }

    fn tell(&self, words: &str) {
        let Some((socket, address)) = &self.socket else { return };
        if let Err(error) = socket.send_to_addr(words.as_bytes(), address) {
            tracing::debug!(%error, words, "cannot notify the service manager");
        }
    }
}

/// A path, or, after an `@`, a name in Linux's abstract space.
fn address(name: &[u8]) -> Option<SocketAddr> {
    let address = match name {
        #[cfg(target_os = "linux")]
        [b'@', name @ ..] => {
            use std::os::linux::net::SocketAddrExt as _;
            SocketAddr::from_abstract_name(name)
        }
        [b'/', ..] => SocketAddr::from_pathname(std::path::Path::new(std::ffi::OsStr::from_bytes(name))),
        _ => return None,
    };
    address.map_err(|error| tracing::warn!(%error, "NOTIFY_SOCKET is invalid")).ok()
}

/// CLOCK_MONOTONIC in microseconds, which the manager wants with a reload.
fn monotonic_us() -> i128 {
    let now = rustix::time::clock_gettime(rustix::time::ClockId::Monotonic);
    i128::from(now.tv_sec) * 1_000_000 + i128::from(now.tv_nsec) / 1000
}

#[cfg(test)]
mod tests {
    use super::*;

    fn notifier(variables: &[(&str, &str)]) -> Notifier {
        Notifier::new(7, |name| variables.iter().find(|(key, _)| *key == name).map(|(_, value)| value.into()))
    }

    fn heard(socket: &UnixDatagram) -> String {
        let mut buffer = [0; 256];
        socket.set_read_timeout(Some(Duration::from_secs(10))).unwrap();
        let length = socket.recv(&mut buffer).unwrap();
        String::from_utf8(buffer[..length].to_vec()).unwrap()
    }

    #[test]
    fn the_manager_hears_of_each_turn() {
        let folder = tempfile::tempdir().unwrap();
        let path = folder.path().join("notify");
        let manager = UnixDatagram::bind(&path).unwrap();
        let notifier = notifier(&[("NOTIFY_SOCKET", path.to_str().unwrap())]);
        notifier.ready();
        assert_eq!(heard(&manager), "READY=1");
        notifier.alive();
        assert_eq!(heard(&manager), "WATCHDOG=1");
        notifier.reloading();
        assert!(heard(&manager).starts_with("RELOADING=1\nMONOTONIC_USEC="));
        notifier.stopping();
        assert_eq!(heard(&manager), "STOPPING=1");
    }

    #[test]
    #[cfg(target_os = "linux")]
    fn abstract_sockets_are_heard_too() {
        use std::os::linux::net::SocketAddrExt as _;
        let name = format!("cco-test-{}", std::process::id());
        let manager = UnixDatagram::bind_addr(&SocketAddr::from_abstract_name(&name).unwrap()).unwrap();
        notifier(&[("NOTIFY_SOCKET", &format!("@{name}"))]).ready();
        assert_eq!(heard(&manager), "READY=1");
    }

    #[test]
    fn the_watchdog_is_fed_at_half_its_limit_by_whom_it_watches() {
        let every = |variables| notifier(variables).watchdog_every();
        assert_eq!(every(&[("WATCHDOG_USEC", "30000000")]), Some(Duration::from_secs(15)));
        assert_eq!(
            every(&[("WATCHDOG_USEC", "30000000"), ("WATCHDOG_PID", "7")]),
            Some(Duration::from_secs(15))
        );
        assert_eq!(every(&[("WATCHDOG_USEC", "30000000"), ("WATCHDOG_PID", "8")]), None);
        assert_eq!(every(&[("WATCHDOG_USEC", "0")]), None);
        notifier(&[]).ready();
        notifier(&[("NOTIFY_SOCKET", "nonsense")]).ready();
    }
}
