//! The names of a draft: text that rows point into, stored once.
//!
//! Invariant: bytes never move or change until the names are rebuilt for a new file, so readers may take any name below the length a slot gives, from either bank.

use std::collections::HashMap;

use super::rows::Name;

/// Append-only text with a lookup by content.
#[derive(Debug, Default)]
pub(crate) struct Names {
    bytes: Vec<u8>,
    known: HashMap<Box<[u8]>, Name>,
    /// Of `bytes`, carried on as they grow.
    crc: crc32fast::Hasher,
}

impl Names {
    /// The name of `text`, which is added if it is new. Longer texts than 64 KiB are cut at a character;
    /// no id or path is that long. `None` if there are 4 GiB of names.
    pub(crate) fn intern(&mut self, text: &str) -> Option<Name> {
        const LONGEST: usize = 1 << 16;
        let text = &text[..text.floor_char_boundary(LONGEST)];
        if text.is_empty() {
            return Some(Name::default());
        }
        if let Some(name) = self.known.get(text.as_bytes()) {
            return Some(*name);
        }
        let end = u32::try_from(self.bytes.len() + text.len()).ok()?;
        let bytes = u32::try_from(text.len()).ok()?;
        let name = Name { offset: end - bytes, bytes };
        self.bytes.extend_from_slice(text.as_bytes());
        self.crc.update(text.as_bytes());
        self.known.insert(text.as_bytes().into(), name);
        Some(name)
    }

    /// The text of a name that was handed out.
    pub(crate) fn text(&self, name: Name) -> &str {
        let range = name.offset as usize..name.offset as usize + name.bytes as usize;
        self.bytes.get(range).and_then(|bytes| std::str::from_utf8(bytes).ok()).unwrap_or_default()
    }

    /// All bytes.
    pub(crate) fn bytes(&self) -> &[u8] {
        &self.bytes
    }

    /// The CRC-32 of all bytes.
    pub(crate) fn crc(&self) -> u32 {
        self.crc.clone().finalize()
    }
}
