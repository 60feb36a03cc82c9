//! README's examples for other languages are those of the guide, which each reader's tests run.

const README: &str = include_str!("../README.md");
const GUIDE: &str = include_str!("../docs/embedding.md");

/// The examples in a language.
fn examples<'t>(text: &'t str, language: &str) -> Vec<&'t str> {
    let start = format!("```{language}\n");
    text.split(&start).skip(1).map(|rest| rest.split("```").next().unwrap_or_default()).collect()
}

#[test]
fn readme_shows_what_the_guide_shows() {
    for language in ["rust,no_run", "c", "python", "ts", "lua", "go"] {
        let shown = examples(README, language);
        assert_eq!(shown.len(), 1, "README has one example in {language}");
        assert!(
            examples(GUIDE, language).contains(&shown[0]),
            "another example in {language} than the guide's"
        );
    }
}
