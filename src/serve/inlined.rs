//! A page with style sheets and scripts inside, and their hashes for the policy that permits them.
//!
//! Invariant: the hash is of exactly the text that stands between the tags, as Content Security Policy wants it, so the
//! browser takes that text and nothing else. Used by the route of the dashboard.

use base64::Engine as _;
use base64::engine::general_purpose::STANDARD;
use sha2::{Digest as _, Sha256};

/// A page that is being put together.
#[derive(Debug)]
pub(super) struct Inlined {
    pub(super) html: String,
}

impl Inlined {
    /// A page with empty elements for what is put in.
    pub(super) fn new(html: &str) -> Self {
        Self { html: html.to_owned() }
    }

    /// Puts a text into the first empty element of this name, and gives the source of the policy that permits it. The text
    /// must not end its element; it is part of the program, and a test reads the page.
    pub(super) fn put(&mut self, element: &str, text: &str) -> String {
        let (empty, full) = (format!("<{element}></{element}>"), format!("<{element}>\n{text}</{element}>"));
        self.html = self.html.replacen(&empty, &full, 1);
        format!("'sha256-{}'", STANDARD.encode(Sha256::digest(format!("\n{text}"))))
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_hash_is_of_what_stands_between_the_tags() {
        let mut page = Inlined::new("<title>a</title><style></style><script></script>");
        let script = page.put("script", "f()");
        assert_eq!(page.html, "<title>a</title><style></style><script>\nf()</script>");
        // printf '\nf()' | openssl dgst -sha256 -binary | base64
        assert_eq!(script, "'sha256-/zbBF+sqijeOYCb86dn3qP06MDf19tpxHRaBw66SJFA='");
    }
}
