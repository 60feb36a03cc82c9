//! The question for one socket, by netlink: `SOCK_DIAG_BY_FAMILY` of `linux/inet_diag.h`.
//!
//! Invariant: only the kernel answers, to this question, and nothing is waited for. Whatever else comes is silence.

use std::net::{IpAddr, SocketAddr};

use rustix::io::Errno;
use rustix::net::netlink::{SOCK_DIAG, SocketAddrNetlink};
use rustix::net::{
    AddressFamily, RecvFlags, SendFlags, SocketFlags, SocketType, connect, recv, send, socket_with,
};

/// What the kernel says.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Answer {
    /// The socket's owner.
    User(u32),
    /// There is no such connection.
    Nobody,
    /// Nothing, as some kernels and containers do.
    Silence,
}

/// `struct nlmsghdr`.
const HEADER: usize = 16;
/// `struct inet_diag_req_v2`.
const QUESTION: usize = 56;
/// `struct inet_diag_msg`.
const ANSWER: usize = 72;
/// `SOCK_DIAG_BY_FAMILY`, `NLMSG_ERROR` and `NLM_F_REQUEST`.
const BY_FAMILY: u16 = 20;
const ERROR: u16 = 2;
const REQUEST: u16 = 1;
/// Any number: there is one question.
const SEQUENCE: u32 = 0xcc0;
const TCP: u8 = 6;
const ESTABLISHED: u8 = 1;
/// Where the state and the user are in an answer.
const STATE_AT: usize = HEADER + 1;
const USER_AT: usize = HEADER + 64;

/// The user that owns the client's end of an established connection, of which both ends are written alike.
pub(super) fn owner(client: SocketAddr, server: SocketAddr) -> Answer {
    ask(&question(client, server)).map_or(Answer::Silence, |bytes| understood(&bytes))
}

fn ask(question: &[u8]) -> Result<Vec<u8>, Errno> {
    let socket =
        socket_with(AddressFamily::NETLINK, SocketType::DGRAM, SocketFlags::CLOEXEC, Some(SOCK_DIAG))?;
    // Connected to the kernel, it hears nobody else.
    connect(&socket, &SocketAddrNetlink::new(0, 0))?;
    send(&socket, question, SendFlags::empty())?;
    let mut bytes = vec![0; 1024];
    // The kernel has answered when it has taken the question.
    let (length, _) = recv(&socket, &mut bytes[..], RecvFlags::DONTWAIT)?;
    bytes.truncate(length);
    Ok(bytes)
}

fn question(client: SocketAddr, server: SocketAddr) -> Vec<u8> {
    let family = if client.is_ipv4() { AddressFamily::INET } else { AddressFamily::INET6 };
    let mut bytes = Vec::with_capacity(HEADER + QUESTION);
    bytes.extend_from_slice(&72_u32.to_ne_bytes());
    bytes.extend_from_slice(&BY_FAMILY.to_ne_bytes());
    bytes.extend_from_slice(&REQUEST.to_ne_bytes());
    bytes.extend_from_slice(&SEQUENCE.to_ne_bytes());
    bytes.extend_from_slice(&0_u32.to_ne_bytes());
    let family = u8::try_from(family.as_raw()).unwrap_or(0);
    bytes.extend_from_slice(&[family, TCP, 0, 0]);
    // All states; the answer says which one it is in.
    bytes.extend_from_slice(&u32::MAX.to_ne_bytes());
    bytes.extend_from_slice(&client.port().to_be_bytes());
    bytes.extend_from_slice(&server.port().to_be_bytes());
    for address in [client, server] {
        let mut ip = [0; 16];
        match address.ip() {
            IpAddr::V4(v4) => ip[..4].copy_from_slice(&v4.octets()),
            IpAddr::V6(v6) => ip.copy_from_slice(&v6.octets()),
        }
        bytes.extend_from_slice(&ip);
    }
    // Any interface, and no cookie.
    bytes.extend_from_slice(&0_u32.to_ne_bytes());
    bytes.extend_from_slice(&[0xff; 8]);
    debug_assert_eq!(bytes.len(), HEADER + QUESTION);
    bytes
}

fn understood(bytes: &[u8]) -> Answer {
    let word = |at: usize| Some(u32::from_ne_bytes(*bytes.get(at..)?.first_chunk()?));
    let kind = bytes.get(4..).and_then(|rest| rest.first_chunk()).map(|kind| u16::from_ne_bytes(*kind));
    if word(8) != Some(SEQUENCE) {
        return Answer::Silence;
    }
    match kind {
        Some(BY_FAMILY) if bytes.len() >= HEADER + ANSWER => match word(USER_AT) {
            // One that listens on the client's port is not the client.
            Some(user) if bytes[STATE_AT] == ESTABLISHED => Answer::User(user),
            _ => Answer::Nobody,
        },
        Some(ERROR) => match word(HEADER) {
            Some(code) if code == Errno::NOENT.raw_os_error().wrapping_neg().cast_unsigned() => {
                Answer::Nobody
            }
            _ => Answer::Silence,
        },
        _ => Answer::Silence,
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn what_is_no_answer_is_silence() {
        for length in 0..200 {
            assert_eq!(understood(&vec![0; length]), Answer::Silence, "{length}");
        }
        let mut short = question("127.0.0.1:1".parse().unwrap(), "127.0.0.1:2".parse().unwrap());
        assert_eq!(understood(&short), Answer::Silence, "a question is not an answer");
        short.resize(HEADER + ANSWER, 0);
        assert_eq!(understood(&short), Answer::Nobody, "in another state than established");
        let nobody = owner("127.0.0.1:1".parse().unwrap(), "127.0.0.1:2".parse().unwrap());
        assert!(!matches!(nobody, Answer::User(_)));
    }
}
