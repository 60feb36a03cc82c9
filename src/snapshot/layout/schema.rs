//! The schema hash: what files of one version agree on without listing it.

use super::fields::{CONTROL, Field, IDENTITY, SLOT};
use super::{Region, counters};

/// A hash of the names and order of everything in the layout: files of one schema agree on it.
pub const fn schema_hash() -> u64 {
    let mut hash = FNV_OFFSET;
    hash = names(hash, IDENTITY);
    hash = names(hash, CONTROL);
    hash = names(hash, SLOT);
    let mut region = 0;
    while region < Region::ALL.len() {
        hash = fnv1a(hash, Region::ALL[region].name().as_bytes());
        let fields = Region::ALL[region].fields();
        let mut field = 0;
        while field < fields.len() {
            hash = fnv1a(hash, fields[field].0.as_bytes());
            field += 1;
        }
        region += 1;
    }
    let mut name = 0;
    while name < counters::NAMES.len() {
        hash = fnv1a(hash, counters::NAMES[name].as_bytes());
        name += 1;
    }
    hash
}

const fn names(mut hash: u64, fields: &[Field]) -> u64 {
    let mut field = 0;
    while field < fields.len() {
        hash = fnv1a(hash, fields[field].name.as_bytes());
        field += 1;
    }
    hash
}

/// Start value of [`fnv1a`].
pub const FNV_OFFSET: u64 = 0xcbf2_9ce4_8422_2325;

/// 64-bit FNV-1a, also the hash of the index regions: every language has it in five lines.
pub const fn fnv1a(mut hash: u64, bytes: &[u8]) -> u64 {
    let mut at = 0;
    while at < bytes.len() {
        hash = (hash ^ bytes[at] as u64).wrapping_mul(0x100_0000_01b3);
        at += 1;
    }
    hash
}
