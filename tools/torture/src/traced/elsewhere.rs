//! Systems whose ptrace cannot seize a process: nothing is ever traced.

use std::io;
use std::path::Path;
use std::time::Duration;

use super::TraceError;
use crate::publisher::Publisher;

/// A publisher that this thread traces: there is none.
#[derive(Debug)]
pub(crate) enum Traced {}

impl Traced {
    pub(crate) fn seize(_: &Publisher) -> Result<Self, TraceError> {
        Err(TraceError::Refused("only Linux can seize a process".into()))
    }

    pub(crate) fn stop(&mut self) -> Result<(), TraceError> {
        match *self {}
    }

    pub(crate) fn go_on(&mut self) -> Result<(), TraceError> {
        match *self {}
    }

    pub(crate) fn mapping_of(&self, _: &Path) -> io::Result<Option<u64>> {
        match *self {}
    }

    pub(crate) fn watch(&mut self, _: &[u64]) -> Result<bool, TraceError> {
        match *self {}
    }

    pub(crate) fn stops_within(&mut self, _: Duration) -> Result<bool, TraceError> {
        match *self {}
    }

    pub(crate) fn step(&mut self) -> Result<(), TraceError> {
        match *self {}
    }

    pub(crate) fn release(self) -> Result<(), TraceError> {
        match self {}
    }
}
