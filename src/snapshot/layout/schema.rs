//! The schema hash: a number on which all files of one layout version agree.
//!
//! Invariant: it can be computed from the layout's JSON alone, and changes if a name, an offset or a size does;
//! wording does not change it.

use super::part::Field;
use super::regions::Region;
use super::sizes::WORD_BYTES;
use super::structs::STRUCTS;

/// The hash over names, offsets and sizes of everything in the layout.
pub const fn schema_hash() -> u64 {
    let mut hash = FNV_OFFSET;
    let mut part = 0;
    while part < STRUCTS.len() {
        hash = named(hash, STRUCTS[part].name);
        hash = fields(hash, STRUCTS[part].fields);
        part += 1;
    }
    let mut region = 0;
    while region < Region::ALL.len() {
        hash = named(hash, Region::ALL[region].name());
        hash = fields(hash, Region::ALL[region].fields());
        region += 1;
    }
    hash
}

const fn fields(mut hash: u64, fields: &[Field]) -> u64 {
    let mut field = 0;
    while field < fields.len() {
        hash = named(hash, fields[field].name);
        hash = fnv1a(hash, &(((fields[field].word - fields[0].word) * WORD_BYTES) as u64).to_le_bytes());
        hash = fnv1a(hash, &((fields[field].words * WORD_BYTES) as u64).to_le_bytes());
        field += 1;
    }
    hash
}

const fn named(hash: u64, name: &str) -> u64 {
    fnv1a(fnv1a(hash, name.as_bytes()), &[0])
}

/// Start value of [`fnv1a`].
pub const FNV_OFFSET: u64 = 0xcbf2_9ce4_8422_2325;
/// Multiplier of [`fnv1a`].
pub const FNV_PRIME: u64 = 0x100_0000_01b3;

/// 64-bit FNV-1a, also the hash of the index regions: every language has it in five lines.
pub const fn fnv1a(mut hash: u64, bytes: &[u8]) -> u64 {
    let mut at = 0;
    while at < bytes.len() {
        hash = (hash ^ bytes[at] as u64).wrapping_mul(FNV_PRIME);
        at += 1;
    }
    hash
}
