//! What a reader refuses: the checks that make a file a snapshot, in words.
//!
//! Invariant: these are the checks of `Identity::decode`, `Geometry::decode`, `Extent::of` and `Frame::check_names`, and all of them.

use super::schema::schema_hash;
use super::sizes::{
    ALIGN_BYTES, BANKS, HEALTH_SLOTS, MAJOR, MAX_CAPACITY, MAX_FILE_BYTES, MAX_ROW_BYTES, MINOR, PAGE_BYTES,
};

/// The checks, each a sentence.
pub(super) fn rules() -> Vec<String> {
    vec![
        format!("The file has at least {PAGE_BYTES} bytes and at most {MAX_FILE_BYTES}."),
        "`magic` and `endian_mark` are as given.".into(),
        format!("The major version is {MAJOR}. Check it before the rest of page 0, whose layout may differ otherwise."),
        "`checksum` is right.".into(),
        "`file_bytes` is the length of the file.".into(),
        format!(
            "If the version is {MAJOR}.{MINOR}, `schema_hash` is `0x{:016x}`. A reader that knows another minor version \
             does not compare it.",
            schema_hash()
        ),
        "`epoch` is not 0; `program` and `zone` are UTF-8.".into(),
        "The directory lists each region of this document exactly once. Ignore ids that you do not know.".into(),
        format!(
            "A region starts at a multiple of {ALIGN_BYTES}, at {PAGE_BYTES} or later; all its copies end within \
             `file_bytes`; no two regions overlap."
        ),
        format!(
            "A row has at least the bytes that this document gives it, at most {MAX_ROW_BYTES}, and a multiple of 8. In a \
             region of bytes a row has exactly 1 byte."
        ),
        format!(
            "A capacity is at least 1 and at most {MAX_CAPACITY}; that of `banks` is {BANKS}, that of `health` \
             {HEALTH_SLOTS}, that of an index a power of two."
        ),
        "In a slot, `bank` is 0 or 1, no table has more rows in use than its capacity, `history_oldest` is below \
         `history_rows` (0 if that is 0), and `names_bytes` is at most the capacity of `names`. A reader of totals alone \
         need not check this."
            .into(),
        "The bank that a slot names has a sequence that is not below the slot's: banks are completed first.".into(),
        "A name that is not empty lies in the first `names_bytes` bytes of `names`, and is UTF-8. A reader that shows no \
         name need not check this."
            .into(),
    ]
}
