//! What is typed, as a shell hands it over, and what it has to insert.
//!
//! Invariant: a value that is inserted is one word, which the shell reads back as the value: nothing in it is expanded
//! or run.

use crate::cli::completions::Shell;

/// The words up to the cursor; the last is what is being typed.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(super) struct Typed {
    pub(super) words: Vec<String>,
    /// How many bytes of the last word stay: the shell replaces only what follows.
    kept: usize,
    quote: Quote,
}

/// The quotes in which the cursor is.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
enum Quote {
    None,
    Single,
    Double,
}

impl Typed {
    /// bash's word breaks, and its line up to the cursor. bash itself splits words at `=` and `:`, which options have in
    /// them, so its own words are of no use.
    pub(super) fn on_a_bash_line(given: &[String]) -> Self {
        let [breaks, line] = given else { return Self::as_words(given, Shell::Bash) };
        let mut typed = Self { words: Vec::new(), kept: 0, quote: Quote::None };
        let mut word: Option<String> = None;
        let mut letters = line.chars().peekable();
        while let Some(c) = letters.next() {
            if typed.quote == Quote::None && matches!(c, ' ' | '\t' | '\n') {
                typed.words.extend(word.take());
                typed.kept = 0;
                continue;
            }
            let current = word.get_or_insert_default();
            match (typed.quote, c) {
                (Quote::None, '\'' | '"') => {
                    typed.quote = if c == '"' { Quote::Double } else { Quote::Single };
                    typed.kept = current.len();
                }
                (Quote::Single, '\'') | (Quote::Double, '"') => {
                    typed.quote = Quote::None;
                    typed.kept = current.len();
                }
                (Quote::None, '\\') => current.extend(letters.next()),
                (Quote::Double, '\\') => match letters.next_if(|next| "$`\"\\\n".contains(*next)) {
                    Some(escaped) => current.push(escaped),
                    None => current.push(c),
                },
                (Quote::None, c) => {
                    current.push(c);
                    if breaks.contains(c) {
                        typed.kept = current.len();
                    }
                }
                (_, c) => current.push(c),
            }
        }
        typed.words.push(word.unwrap_or_default());
        typed.begin_with_the_program();
        typed
    }

    /// The words as other shells split them. The last one may have quotes and escapes in it still.
    pub(super) fn as_words(given: &[String], shell: Shell) -> Self {
        let mut words = given.to_vec();
        let current = words.pop().unwrap_or_default();
        // PowerShell drops empty arguments, so its function puts a letter before this one.
        let current =
            if shell == Shell::Powershell { current.get(1..).unwrap_or_default() } else { &current };
        words.push(if shell == Shell::Elvish { current.to_owned() } else { unquoted(current, shell) });
        Self { words, kept: 0, quote: Quote::None }
    }

    /// Assignments may stand before the program.
    fn begin_with_the_program(&mut self) {
        let is_assignment = |word: &String| word.contains('=') && !word.starts_with('-');
        let before = self.words.iter().take_while(|word| is_assignment(word)).count();
        if before < self.words.len() {
            self.words.drain(..before);
        }
    }

    /// What is being typed.
    pub(super) fn current(&self) -> &str {
        self.words.last().map_or("", String::as_str)
    }

    /// What the shell's function gets for a value; `None` if it does not continue what stays.
    pub(super) fn inserted(&self, value: &str, shell: Shell) -> Option<String> {
        match shell {
            Shell::Bash => {
                let kept = self.current().get(..self.kept)?;
                Some(in_bash(value.strip_prefix(kept)?, self.quote))
            }
            Shell::Powershell => Some(in_powershell(value)),
            // They quote what they insert.
            Shell::Elvish | Shell::Fish | Shell::Zsh => Some(value.to_owned()),
        }
    }
}

/// A word, perhaps unfinished, without its quotes and escapes.
fn unquoted(word: &str, shell: Shell) -> String {
    let escape = if shell == Shell::Powershell { '`' } else { '\\' };
    let mut quote = None;
    let mut plain = String::new();
    let mut letters = word.chars();
    while let Some(c) = letters.next() {
        match quote {
            None if c == '\'' || c == '"' => quote = Some(c),
            Some(open) if c == open => quote = None,
            Some('\'') => plain.push(c),
            _ if c == escape => plain.extend(letters.next()),
            _ => plain.push(c),
        }
    }
    plain
}

/// bash inserts what it gets as it is.
fn in_bash(text: &str, quote: Quote) -> String {
    let letter = |c: char| match quote {
        Quote::Single if c == '\'' => r"'\''".to_owned(),
        Quote::Single => c.to_string(),
        // Nothing else keeps an exclamation mark from the history.
        Quote::Double if c == '!' => r#""'!'""#.to_owned(),
        Quote::Double if "$`\"\\".contains(c) => format!("\\{c}"),
        Quote::Double => c.to_string(),
        Quote::None if c.is_ascii_alphanumeric() || !c.is_ascii() || "_-./,+@%:=".contains(c) => {
            c.to_string()
        }
        Quote::None => format!("\\{c}"),
    };
    text.chars().map(letter).collect()
}

/// PowerShell inserts what it gets as it is. In single quotes only a quote means something, typographic ones too.
fn in_powershell(text: &str) -> String {
    if !text.is_empty() && text.chars().all(|c| c.is_ascii_alphanumeric() || "_-./:=".contains(c)) {
        return text.to_owned();
    }
    let is_quote = |c: char| c == '\'' || ('\u{2018}'..='\u{201b}').contains(&c);
    let letters = text.chars().flat_map(|c| [Some(c), Some(c).filter(|c| is_quote(*c))]).flatten();
    format!("'{}'", letters.collect::<String>())
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::*;

    const BREAKS: &str = " \t\n\"'@><=;|&(:";

    fn line(text: &str) -> Typed {
        Typed::on_a_bash_line(&[BREAKS.to_owned(), text.to_owned()])
    }

    #[test]
    fn a_line_of_bash_is_split_as_bash_runs_it() {
        for (text, words) in [
            ("cco ", &["cco", ""][..]),
            ("cco da", &["cco", "da"]),
            ("cco daily --project=/a\\ b", &["cco", "daily", "--project=/a b"]),
            ("cco daily --project '/a \"$(b", &["cco", "daily", "--project", "/a \"$(b"]),
            ("cco \"a\\$\\x\" ''  b", &["cco", "a$\\x", "", "b"]),
            ("TZ=UTC X='a b' cco daily", &["cco", "daily"]),
        ] {
            assert_eq!(line(text).words, words, "{text}");
        }
    }

    #[test]
    fn only_what_bash_replaces_is_inserted_and_it_is_quoted_as_the_word_is() {
        for (text, value, inserted) in [
            ("cco --project a", "a$(b) c", "a\\$\\(b\\)\\ c"),
            ("cco --project=a", "--project=a b", "a\\ b"),
            ("cco --project='a", "--project=a'b", "a'\\''b"),
            ("cco --project \"a", "a$`\"\\!b", "a\\$\\`\\\"\\\\\"'!'\"b"),
            ("cco --model anthropic:cl", "anthropic:claude", "claude"),
            ("cco --model ", "~x", "\\~x"),
        ] {
            assert_eq!(line(text).inserted(value, Shell::Bash).as_deref(), Some(inserted), "{text}");
        }
        assert_eq!(line("cco --a=b").inserted("--c=b", Shell::Bash), None);
        assert_eq!(in_powershell("it's $(x)"), "'it''s $(x)'");
        assert_eq!(in_powershell("/a/b"), "/a/b");
    }

    #[test]
    fn other_shells_words_are_read_without_quotes() {
        for (typed, word) in [("a\\ b", "a b"), ("'a b", "a b"), ("\"a $b", "a $b"), ("", "")] {
            let typed = Typed::as_words(&["cco".to_owned(), typed.to_owned()], Shell::Zsh);
            assert_eq!(typed.current(), word);
        }
        let typed = Typed::as_words(&["cco".to_owned(), "+'a b".to_owned()], Shell::Powershell);
        assert_eq!(typed.current(), "a b");
    }

    proptest! {
        #[test]
        fn an_inserted_word_is_read_back_as_the_value(value in "[ -~é’]{1,20}") {
            for (before, after) in [("", ""), ("'", "'"), ("\"", "\"")] {
                let typed = line(&format!("x {before}"));
                let text = format!("x {before}{}{after}", typed.inserted(&value, Shell::Bash).unwrap());
                prop_assert_eq!(line(&text).words, vec!["x".to_owned(), value.clone()]);
            }
        }
    }
}
