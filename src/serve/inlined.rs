//! Puts style sheets and scripts into a page, and hashes them for the policy that permits them.
//!
//! Invariant: the hash is of exactly the text that stands between the tags, as Content Security Policy wants it, so the
//! browser takes that text and nothing else. Used by the route of the dashboard.

use base64::Engine as _;
use base64::engine::general_purpose::STANDARD;
use sha2::{Digest as _, Sha256};

/// Puts a text into the first empty element of this name, and gives the source of the policy that permits it. The text must
/// not end its element; it is part of the program, and a test reads the page.
pub(super) fn put_in(page: &mut String, element: &str, text: &str) -> String {
    let content = format!("\n{text}");
    *page =
        page.replacen(&format!("<{element}></{element}>"), &format!("<{element}>{content}</{element}>"), 1);
    format!("'sha256-{}'", STANDARD.encode(Sha256::digest(content)))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_hash_is_of_what_stands_between_the_tags() {
        let mut page = "<title>a</title><style></style><script></script>".to_owned();
        let script = put_in(&mut page, "script", "f()");
        assert_eq!(page, "<title>a</title><style></style><script>\nf()</script>");
        // printf '\nf()' | openssl dgst -sha256 -binary | base64
        assert_eq!(script, "'sha256-/zbBF+sqijeOYCb86dn3qP06MDf19tpxHRaBw66SJFA='");
    }
}
