//! A terminal at which a test types.

use std::fs::{File, OpenOptions};
use std::io::Write as _;

use rustix::pty::{OpenptFlags, grantpt, openpt, ptsname, unlockpt};

pub(crate) struct Terminal(File);

impl Terminal {
    pub(crate) fn new() -> Self {
        let terminal = openpt(OpenptFlags::RDWR | OpenptFlags::NOCTTY).unwrap();
        grantpt(&terminal).unwrap();
        unlockpt(&terminal).unwrap();
        Self(File::from(terminal))
    }

    /// Types these lines, and ends the input whenever more is asked.
    pub(crate) fn types(&self, lines: &[u8]) {
        const END: u8 = 4;
        (&self.0).write_all(&[lines, &[END; 8]].concat()).unwrap();
    }

    /// What a program reads them from.
    pub(crate) fn stdin(&self) -> File {
        let name = ptsname(&self.0, Vec::new()).unwrap().into_string().unwrap();
        OpenOptions::new().read(true).write(true).open(name).unwrap()
    }
}
