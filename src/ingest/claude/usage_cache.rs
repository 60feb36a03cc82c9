//! The one member of Claude Code's own state, `.claude.json`, that is about limits.
//!
//! The file holds much else that is private, and can have tens of megabytes. Invariant: everything before that member is
//! passed over without being kept, and nothing after it is looked at. Used by the publisher.

use memchr::memmem;

use crate::ingest::json::{Cursor, Fault, Nest};

const MEMBER: &[u8] = b"cachedUsageUtilization";
/// More than this is no answer about limits.
const BYTES_MAX: usize = 256 << 10;

/// The text of `cachedUsageUtilization`, if these bytes are an object that has it.
pub fn cached_usage(state: &[u8]) -> Option<&[u8]> {
    // Most files without it are done here, in a fraction of the time.
    memmem::find(state, MEMBER)?;
    let mut nest = Nest::default();
    let mut cursor = Cursor::new(state, &mut nest);
    if cursor.peek() != Ok(b'{') {
        return None;
    }
    let mut found = None;
    // What stops the walk is its end, or damage; either way the rest is of no interest.
    let _ = cursor.object(|cursor, key| {
        let _ = cursor.peek()?;
        let start = cursor.consumed();
        cursor.skip()?;
        if key != MEMBER {
            return Ok(());
        }
        found = Some(&state[start..cursor.consumed()]);
        Err(Fault::Malformed)
    });
    found.filter(|text| text.len() <= BYTES_MAX)
}

#[cfg(test)]
mod tests {
    use super::*;

    fn found(state: &str) -> Option<&str> {
        cached_usage(state.as_bytes()).map(|text| std::str::from_utf8(text).unwrap())
    }

    #[test]
    fn only_the_member_at_the_top_is_found() {
        assert_eq!(
            found(r#" {"a": 1, "cachedUsageUtilization" : {"x": [2]} , "b": "#),
            Some(r#"{"x": [2]}"#)
        );
        for none in [
            "",
            "[]",
            "7",
            "{}",
            "{\"cachedUsageUtilization\"",
            "{\"cachedUsageUtilization\": ",
            "{\"cachedUsageUtilization\": {\"x\": ",
            r#"{"projects": {"/p": {"cachedUsageUtilization": {"x": 1}}}}"#,
            r#"{"history": ["\"cachedUsageUtilization\": {}"]}"#,
            r#"{"a": "cachedUsageUtilization"}"#,
            r#"{"a": }, "cachedUsageUtilization": {}"#,
            r#"["cachedUsageUtilization", {}]"#,
        ] {
            assert_eq!(found(none), None, "{none}");
        }
    }

    #[test]
    fn neither_depth_nor_length_of_the_rest_matters() {
        let deep = format!(
            "{{\"a\": {}{}, \"cachedUsageUtilization\": {{}}}}",
            "[".repeat(100_000),
            "]".repeat(100_000)
        );
        assert_eq!(found(&deep), Some("{}"));
        let long = format!("{{\"a\": \"{}\", \"cachedUsageUtilization\": {{}}, \"b", "x".repeat(5 << 20));
        assert_eq!(found(&long), Some("{}"));
        let giant = format!("{{\"cachedUsageUtilization\": \"{}\"}}", "x".repeat(BYTES_MAX));
        assert_eq!(found(&giant), None);
        assert_eq!(cached_usage(b"{\"\xff\": \"\xfe\", \"cachedUsageUtilization\": 1}"), Some(&b"1"[..]));
    }
}
