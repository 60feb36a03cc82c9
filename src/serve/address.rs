//! Where a server listens: `127.0.0.1:3000`, a port alone, or `unix:` and a path.
//!
//! Invariant: no name but `localhost` is an address, so nothing is looked up.

use std::fmt;
use std::net::{IpAddr, Ipv4Addr, SocketAddr};
use std::path::PathBuf;
use std::str::FromStr;

/// Where a server listens unless told otherwise.
pub const DEFAULT: &str = "127.0.0.1:3000";
const UNIX: &str = "unix:";

/// An address to listen on.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Address {
    /// A port of this machine.
    Tcp(SocketAddr),
    /// A socket in a folder.
    Unix(PathBuf),
}

impl Address {
    /// Whether only this machine can reach it.
    pub fn is_local(&self) -> bool {
        match self {
            Self::Tcp(address) => address.ip().is_loopback(),
            Self::Unix(_) => true,
        }
    }

    /// Its port, if it has one.
    pub fn port(&self) -> Option<u16> {
        match self {
            Self::Tcp(address) => Some(address.port()),
            Self::Unix(_) => None,
        }
    }
}

impl FromStr for Address {
    type Err = String;

    fn from_str(text: &str) -> Result<Self, String> {
        if let Some(path) = text.strip_prefix(UNIX) {
            let path = PathBuf::from(path);
            return if path.is_absolute() {
                Ok(Self::Unix(path))
            } else {
                Err(format!("the socket's path must be absolute: use {UNIX}/run/user/1000/cco.sock"))
            };
        }
        let local =
            |port: &str| port.parse().ok().map(|port| SocketAddr::new(Ipv4Addr::LOCALHOST.into(), port));
        let address = match text.strip_prefix("localhost:") {
            Some(port) => local(port),
            None => local(text).or_else(|| text.parse().ok()),
        };
        address.map(Self::Tcp).ok_or_else(|| {
            format!(
                "use an IP address and a port such as {DEFAULT}, a port such as 3000, or {UNIX} and a path"
            )
        })
    }
}

/// As a client writes it.
impl fmt::Display for Address {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::Tcp(address) => match address.ip() {
                ip if ip.is_unspecified() => {
                    write!(f, "http://{}/", SocketAddr::new(here(ip), address.port()))
                }
                _ => write!(f, "http://{address}/"),
            },
            Self::Unix(path) => write!(f, "{UNIX}{}", path.display()),
        }
    }
}

/// Where this machine reaches itself on all addresses of a kind.
fn here(ip: IpAddr) -> IpAddr {
    if ip.is_ipv4() { Ipv4Addr::LOCALHOST.into() } else { std::net::Ipv6Addr::LOCALHOST.into() }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn an_address_is_written_in_four_ways() {
        let tcp = |text: &str| Address::Tcp(text.parse().unwrap());
        for (text, address) in [
            ("127.0.0.1:3000", tcp("127.0.0.1:3000")),
            ("localhost:80", tcp("127.0.0.1:80")),
            ("4000", tcp("127.0.0.1:4000")),
            ("[::1]:0", tcp("[::1]:0")),
            ("unix:/run/a.sock", Address::Unix("/run/a.sock".into())),
        ] {
            assert_eq!(text.parse(), Ok(address), "{text}");
        }
        for bad in [
            "",
            "unix:",
            "unix:a.sock",
            "example.org:80",
            "127.0.0.1",
            "99999",
            ":3000",
            "http://127.0.0.1:3000",
        ] {
            assert!(bad.parse::<Address>().is_err(), "{bad}");
        }
    }

    #[test]
    fn only_loopback_and_sockets_are_local() {
        let is_local = |text: &str| text.parse::<Address>().unwrap().is_local();
        assert!(["127.0.0.1:1", "127.9.9.9:1", "[::1]:1", "unix:/a"].into_iter().all(is_local));
        assert!(!["0.0.0.0:1", "10.0.0.1:1", "[::]:1"].into_iter().any(is_local));
    }
}
