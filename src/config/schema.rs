//! The JSON Schema (2020-12) of the config file, for editors.
//!
//! Invariant: it has exactly the keys that the config file has. What only the program can know (whether a theme, a zone or a
//! file exists) it leaves open. Used by `cco config`.

/// The schema.
pub const SCHEMA: &str = include_str!("schema.json");

/// The schema's name beside the config file; its first line refers to it.
pub const FILE_NAME: &str = "config.schema.json";

/// Whether a file is some version of the schema.
pub fn is_ours(text: &str) -> bool {
    text.contains("\"title\": \"Settings for cco\"")
}

#[cfg(test)]
mod tests;
