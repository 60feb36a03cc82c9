//! Suggestions for mistyped words.

/// The word in `known` that is most similar to `word`, if any is similar enough.
pub fn nearest<'a>(word: &str, known: &[&'a str]) -> Option<&'a str> {
    let (distance, nearest) = known.iter().map(|known| (distance(word, known), *known)).min()?;
    (distance <= 1 + word.chars().count() / 4).then_some(nearest)
}

/// How many characters must be inserted, removed or replaced to turn `b` into `a`.
fn distance(a: &str, b: &str) -> usize {
    let b: Vec<char> = b.chars().collect();
    let mut row: Vec<usize> = (0..=b.len()).collect();
    for (i, letter) in a.chars().enumerate() {
        let mut diagonal = row[0];
        row[0] = i + 1;
        for (j, other) in b.iter().enumerate() {
            let replaced = diagonal + usize::from(letter != *other);
            diagonal = row[j + 1];
            row[j + 1] = replaced.min(row[j] + 1).min(diagonal + 1);
        }
    }
    row[b.len()]
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_typo_gets_a_suggestion_and_another_word_does_not() {
        let known = ["roots", "exclude", "timezone", "week_start", "log"];
        assert_eq!(nearest("root", &known), Some("roots"));
        assert_eq!(nearest("time_zone", &known), Some("timezone"));
        assert_eq!(nearest("weekstart", &known), Some("week_start"));
        assert_eq!(nearest("colour", &known), None);
    }
}
