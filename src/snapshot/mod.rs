//! The snapshot: one small file that a publisher writes and any number of processes read.
//!
//! This is what others embed; it depends on memmap2, libc and crc32fast and on no other module of this
//! package. [`Reader`] maps a file and returns its [`Totals`] (loads and fences, no lock, no system call), a
//! [`Frame`] of all tables, or waits for a change; [`peek`] reads once without mapping. [`Writer`] is the
//! publisher's end. The layout is in [`layout`], the protocol in `seqlock`.
//!
//! Invariant: a reader gets whole commits only and never goes back within an epoch, whenever a writer is
//! killed. Deliberately absent: signal handlers (but for [`survive_shortened_files`], which
//! a program asks for), threads, time zones, prices, serde.

pub mod layout;

mod code;
mod commit;
mod copied;
mod counters;
mod crc;
mod draft;
mod error;
mod file;
mod floor;
mod frame;
mod freshness;
mod geometry;
mod health;
mod identity;
mod image;
mod index;
mod lock;
mod loss;
mod map;
mod mapped;
mod money;
mod names;
mod os;
mod place;
mod reader;
mod rows;
mod sections;
mod seqlock;
mod swap;
mod sync;
mod totals;
mod writer;

pub use self::{
    code::Code,
    counters::Counters,
    draft::{Draft, HISTORY_MAX, HOURS_MAX, SESSIONS_MAX},
    error::{OpenError, ReadError, WriteError},
    frame::Frame,
    freshness::{Freshness, HEARTBEAT_EVERY, HEARTBEAT_LIMIT, WriterState},
    health::{Following, Health, Histogram},
    identity::Identity,
    lock::{Lock, is_held, lock_path},
    loss::Loss,
    money::{ParseMoneyError, Picodollars},
    os::{survive_shortened_files, wall_clock_ms_once},
    place::{FILE_NAME, default_path, path_from, state_folder_from},
    reader::{Peek, PeekError, Reader, Wait, peek},
    rows::{
        Agent, AgentRow, DayRow, HistoryRow, HourRow, LimitKind, LimitRow, ModelRow, Name, ProjectRow, Row,
        SessionRow,
    },
    totals::{Control, Limit, Period, Publication, ScanState, Span, Totals},
    writer::{Writer, WriterOptions},
};
