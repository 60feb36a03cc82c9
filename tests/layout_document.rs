//! `LAYOUT.md` says what the code does: it is the output of `cco layout`.
//!
//! After a change of the layout write it anew by `CCO_WRITE_LAYOUT=1 cargo test --test layout_document`.

#[test]
fn layout_md_is_what_the_code_says() {
    let path = concat!(env!("CARGO_MANIFEST_DIR"), "/LAYOUT.md");
    let document = cco::snapshot::layout::document();
    if std::env::var_os("CCO_WRITE_LAYOUT").is_some() {
        std::fs::write(path, &document).unwrap();
    }
    let written = std::fs::read_to_string(path).unwrap_or_default();
    assert!(written == document, "LAYOUT.md is stale: run with CCO_WRITE_LAYOUT=1");
}
