//! A publisher under ptrace: it stops at any instruction, and goes on by one instruction if that is asked for.
//!
//! Invariant: the thread that seized it makes all calls, and a signal that arrives meanwhile is passed on.

#[cfg(not(target_os = "linux"))]
mod elsewhere;
#[cfg(target_os = "linux")]
mod linux;

#[cfg(not(target_os = "linux"))]
pub(crate) use elsewhere::Traced;
#[cfg(target_os = "linux")]
pub(crate) use linux::Traced;

/// Why a publisher is not traced.
#[derive(Debug)]
pub(crate) enum TraceError {
    /// The system does not allow it.
    Refused(String),
    /// It ended, or something else went wrong.
    #[cfg_attr(not(target_os = "linux"), expect(dead_code, reason = "nothing is traced there"))]
    Failed(String),
}

impl From<TraceError> for String {
    fn from(error: TraceError) -> Self {
        match error {
            TraceError::Refused(why) => format!("ptrace is not permitted here: {why}"),
            TraceError::Failed(what) => what,
        }
    }
}
