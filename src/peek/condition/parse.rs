//! The text of a condition: words and the tree that they make.
//!
//! `or` binds weakest, then `and`, then `not`. Invariant: whatever is parsed can be judged without deep recursion, because
//! nesting is bounded.

use super::decimal::Decimal;
use crate::plain_text;
use crate::report::field::Field;

/// How deep parentheses and `not` may be nested.
const DEPTH_MAX: usize = 32;

/// A condition as a tree.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(super) enum Tree {
    Any(Vec<Tree>),
    All(Vec<Tree>),
    Not(Box<Tree>),
    Is(Comparison),
}

/// Two values and how they should compare.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(super) struct Comparison {
    pub(super) left: Operand,
    pub(super) operator: Operator,
    pub(super) right: Operand,
}

/// A path or a constant.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(super) enum Operand {
    Path { path: String, field: Field },
    Number(Decimal),
    Text(String),
    Truth(bool),
    Null,
}

/// How two values should compare.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Operator {
    Above,
    AtLeast,
    Below,
    AtMost,
    Equal,
    Unequal,
}

impl Operator {
    const ALL: [(&str, Self); 6] = [
        (">=", Self::AtLeast),
        ("<=", Self::AtMost),
        ("==", Self::Equal),
        ("!=", Self::Unequal),
        (">", Self::Above),
        ("<", Self::Below),
    ];

    /// Its sign.
    pub(super) fn sign(self) -> &'static str {
        Self::ALL.iter().find(|(_, operator)| *operator == self).map_or("", |(sign, _)| sign)
    }
}

/// A word of the text.
#[derive(Clone, Debug, PartialEq, Eq)]
enum Word {
    Operand(Operand),
    Operator(Operator),
    And,
    Or,
    Not,
    Open,
    Close,
}

/// Parses a whole text. The error says what is wrong and what to write.
pub(super) fn parse(text: &str) -> Result<Tree, String> {
    let words = words(text)?;
    if words.is_empty() {
        return Err("is empty: write one such as 'today.cost_usd > 20'".to_owned());
    }
    let mut parser = Parser { words: &words, at: 0 };
    let tree = parser.any(DEPTH_MAX)?;
    match parser.next() {
        None => Ok(tree),
        Some(Word::Close) => Err("has a ) without a (".to_owned()),
        Some(_) => Err("has two conditions side by side: put `and` or `or` between them".to_owned()),
    }
}

struct Parser<'a> {
    words: &'a [Word],
    at: usize,
}

impl<'a> Parser<'a> {
    fn next(&mut self) -> Option<&'a Word> {
        let word = self.words.get(self.at)?;
        self.at += 1;
        Some(word)
    }

    fn takes(&mut self, word: &Word) -> bool {
        let is_next = self.words.get(self.at) == Some(word);
        self.at += usize::from(is_next);
        is_next
    }

    fn any(&mut self, depth: usize) -> Result<Tree, String> {
        let mut parts = vec![self.all(depth)?];
        while self.takes(&Word::Or) {
            parts.push(self.all(depth)?);
        }
        Ok(if parts.len() == 1 { parts.remove(0) } else { Tree::Any(parts) })
    }

    fn all(&mut self, depth: usize) -> Result<Tree, String> {
        let mut parts = vec![self.one(depth)?];
        while self.takes(&Word::And) {
            parts.push(self.one(depth)?);
        }
        Ok(if parts.len() == 1 { parts.remove(0) } else { Tree::All(parts) })
    }

    fn one(&mut self, depth: usize) -> Result<Tree, String> {
        let deeper = || depth.checked_sub(1).ok_or_else(|| format!("is nested more than {DEPTH_MAX} deep"));
        if self.takes(&Word::Not) {
            return Ok(Tree::Not(Box::new(self.one(deeper()?)?)));
        }
        if self.takes(&Word::Open) {
            let tree = self.any(deeper()?)?;
            return if self.takes(&Word::Close) { Ok(tree) } else { Err("has a ( without a )".to_owned()) };
        }
        let left = self.operand()?;
        let Some(Word::Operator(operator)) = self.next() else {
            return Err(format!("compares {} with nothing: write >, >=, <, <=, == or !=", name(&left)));
        };
        let right = self.operand()?;
        if !matches!(left, Operand::Path { .. }) && !matches!(right, Operand::Path { .. }) {
            let (left, right) = (name(&left), name(&right));
            return Err(format!("compares {left} with {right}: one of both must be a field"));
        }
        let is_order = !matches!(operator, Operator::Equal | Operator::Unequal);
        if let (true, Some(constant)) = (is_order, [&left, &right].into_iter().find(|it| it.has_no_order())) {
            return Err(format!("orders by {}: use == or != with that", name(constant)));
        }
        Ok(Tree::Is(Comparison { left, operator: *operator, right }))
    }

    fn operand(&mut self) -> Result<Operand, String> {
        match self.next() {
            Some(Word::Operand(operand)) => Ok(operand.clone()),
            Some(_) => Err("lacks a field or a value: write one such as 'today.cost_usd > 20'".to_owned()),
            None => Err("ends too early: write one such as 'today.cost_usd > 20'".to_owned()),
        }
    }
}

impl Operand {
    /// Whether it is a constant that is neither above nor below another.
    fn has_no_order(&self) -> bool {
        matches!(self, Self::Text(_) | Self::Truth(_) | Self::Null)
    }
}

/// What to call an operand in a message.
fn name(operand: &Operand) -> String {
    match operand {
        Operand::Path { path, .. } => plain_text::name(path).into_owned(),
        Operand::Number(_) => "a number".to_owned(),
        Operand::Text(_) => "a text".to_owned(),
        Operand::Truth(truth) => truth.to_string(),
        Operand::Null => "null".to_owned(),
    }
}

fn words(text: &str) -> Result<Vec<Word>, String> {
    let mut words = Vec::new();
    let mut rest = text.trim_start();
    while let Some(first) = rest.chars().next() {
        let (word, length) = match first {
            '(' => (Word::Open, 1),
            ')' => (Word::Close, 1),
            '"' | '\'' => quoted(rest, first)?,
            '>' | '<' | '=' | '!' => sign(rest)?,
            _ => plain_word(rest)?,
        };
        words.push(word);
        rest = rest[length..].trim_start();
    }
    Ok(words)
}

/// A text in quotes, which has no escapes.
fn quoted(rest: &str, quote: char) -> Result<(Word, usize), String> {
    let inner = &rest[1..];
    let end = inner.find(quote).ok_or("has a text that does not end: close its quotes")?;
    Ok((Word::Operand(Operand::Text(inner[..end].to_owned())), end + 2))
}

fn sign(rest: &str) -> Result<(Word, usize), String> {
    let found = Operator::ALL.iter().find(|(sign, _)| rest.starts_with(sign));
    let (sign, operator) = found.ok_or("has a single = or !: write == or !=, and `not` to negate")?;
    Ok((Word::Operator(*operator), sign.len()))
}

/// A path, a number or a keyword.
fn plain_word(rest: &str) -> Result<(Word, usize), String> {
    let is_part = |c: char| c.is_ascii_alphanumeric() || "_.-+".contains(c);
    let length = rest.find(|c| !is_part(c)).unwrap_or(rest.len());
    let word = &rest[..length];
    let made = match word {
        "and" => Word::And,
        "or" => Word::Or,
        "not" => Word::Not,
        "null" => Word::Operand(Operand::Null),
        "true" => Word::Operand(Operand::Truth(true)),
        "false" => Word::Operand(Operand::Truth(false)),
        _ if word.starts_with(|c: char| c.is_ascii_digit() || c == '-') => {
            let number = Decimal::of(word);
            let number =
                number.ok_or_else(|| format!("has {}, which is not a number", plain_text::name(word)))?;
            Word::Operand(Operand::Number(number))
        }
        "" => {
            let what: String = rest.chars().take(1).collect();
            let hint = match &*what {
                "$" => ": write amounts without a $",
                "&" | "|" => ": write `and` or `or`",
                _ => "",
            };
            return Err(format!("has {:?}, which means nothing here{hint}", plain_text::name(&what)));
        }
        path => {
            let Ok(field) = path.parse();
            Word::Operand(Operand::Path { path: path.to_owned(), field })
        }
    };
    Ok((made, length))
}

#[cfg(test)]
mod tests {
    use super::*;

    fn shown(tree: &Tree) -> String {
        let all = |parts: &[Tree]| parts.iter().map(shown).collect::<Vec<_>>();
        match tree {
            Tree::Any(parts) => format!("({})", all(parts).join(" | ")),
            Tree::All(parts) => format!("({})", all(parts).join(" & ")),
            Tree::Not(part) => format!("!{}", shown(part)),
            Tree::Is(Comparison { left, operator, right }) => {
                format!("{}{}{}", name(left), operator.sign(), name(right))
            }
        }
    }

    #[test]
    fn or_binds_weaker_than_and_and_and_weaker_than_not() {
        for (text, expected) in [
            ("a.b>1", "a.b>a number"),
            ("a > b and c <= d or not e == 'x' and f != null", "((a>b & c<=d) | (!e==a text & f!=null))"),
            ("a > 1 and (b > 1 or c > 1)", "(a>a number & (b>a number | c>a number))"),
            ("not not a == true", "!!a==true"),
            ("not (a>1)", "!a>a number"),
            ("-1.5 < limits.five_hour.left_ms", "a number<limits.five_hour.left_ms"),
        ] {
            assert_eq!(parse(text).map(|tree| shown(&tree)).as_deref(), Ok(expected), "{text}");
        }
    }

    #[test]
    fn what_is_no_condition_is_refused_with_what_to_write() {
        for (text, expected) in [
            ("", "is empty"),
            ("today.cost_usd", "with nothing"),
            ("today.cost_usd >", "ends too early"),
            ("> 20", "lacks a field"),
            ("a > 1 b > 2", "put `and` or `or` between"),
            ("(a > 1", "( without a )"),
            ("a > 1)", ") without a ("),
            ("a = 1", "write == or !="),
            ("!a > 1", "write == or !="),
            ("a > $20", "without a $"),
            ("a > 1 && b > 1", "write `and` or `or`"),
            ("a == 'x", "close its quotes"),
            ("1 < 2", "one of both must be a field"),
            ("a > 'x'", "use == or !="),
            ("a < null", "use == or !="),
            ("a > 20USD", "not a number"),
            ("a > 1\u{202e}", "means nothing here"),
            ("a > é", "means nothing here"),
        ] {
            let error = parse(text).unwrap_err();
            assert!(error.contains(expected), "{text}: {error}");
            assert!(!error.contains('\u{202e}'));
        }
        let deep = "(".repeat(100_000);
        assert!(parse(&deep).unwrap_err().contains("more than 32 deep"));
        assert!(parse(&format!("{}a>1", "not ".repeat(100_000))).unwrap_err().contains("deep"));
    }
}
