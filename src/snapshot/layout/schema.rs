//! The schema hash: what files of one version agree on without listing it.

use super::Region;
use super::fields::{CONTROL, COUNTERS, Field, IDENTITY, LIMIT, PERIOD, SLOT, row_fields};

/// 64-bit FNV-1a over the names of all fields, one after another without separators: of the static part, the control
/// words, a slot, a set of counters, a period and a limit, then of each region its name and its fields.
pub const fn schema_hash() -> u64 {
    let mut hash = FNV_OFFSET;
    hash = names(hash, IDENTITY);
    hash = names(hash, CONTROL);
    hash = names(hash, SLOT);
    hash = names(hash, COUNTERS);
    hash = names(hash, PERIOD);
    hash = names(hash, LIMIT);
    let mut region = 0;
    while region < Region::ALL.len() {
        hash = fnv1a(hash, Region::ALL[region].name().as_bytes());
        hash = names(hash, row_fields(Region::ALL[region]));
        region += 1;
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
