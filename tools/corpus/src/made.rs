//! The result of generating or appending, as numbers, text and JSON.
//!
//! Invariant: benchmarks read the JSON, so members are added but never changed.

use std::fmt;

use crate::{Size, Tokens, Truth};

/// The transcripts that [`crate::generate()`] wrote or [`crate::append()`] added to.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Made {
    /// The number of transcripts written.
    pub files: u64,
    /// Their bytes.
    pub bytes: u64,
    /// Their lines.
    pub lines: u64,
    /// Lines with a record that counts. Streaming, forks and progress lines repeat requests.
    pub usage_lines: u64,
    /// Bytes of those lines, including newlines.
    pub usage_bytes: u64,
    /// The correct totals.
    pub truth: Truth,
}

impl Made {
    pub(crate) fn add(&mut self, other: &Self) {
        self.files += other.files;
        self.bytes += other.bytes;
        self.lines += other.lines;
        self.usage_lines += other.usage_lines;
        self.usage_bytes += other.usage_bytes;
        self.truth.add(&other.truth);
    }

    /// The result as a JSON object on one line.
    pub fn to_json(&self) -> String {
        let models: Vec<String> = (self.truth.models.iter())
            .map(|(model, (requests, tokens))| {
                format!("\"{model}\":{{\"requests\":{requests},{}}}", tokens_json(tokens))
            })
            .collect();
        format!(
            "{{\"files\":{},\"bytes\":{},\"lines\":{},\"usage_lines\":{},\"usage_bytes\":{},\"requests\":{},\
             \"messages\":{},{},\"models\":{{{}}}}}",
            self.files,
            self.bytes,
            self.lines,
            self.usage_lines,
            self.usage_bytes,
            self.truth.requests,
            self.truth.messages,
            tokens_json(&self.truth.tokens),
            models.join(","),
        )
    }
}

fn tokens_json(tokens: &Tokens) -> String {
    format!(
        "\"input_tokens\":{},\"output_tokens\":{},\"cache_write_5m_tokens\":{},\"cache_write_1h_tokens\":{},\
         \"cache_read_tokens\":{},\"web_search_requests\":{},\"total_tokens\":{}",
        tokens.input,
        tokens.output,
        tokens.cache_write_5m,
        tokens.cache_write_1h,
        tokens.cache_read,
        tokens.web_searches,
        tokens.total(),
    )
}

impl fmt::Display for Made {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let percent = |part: u64, whole: u64| 100.0 * part as f64 / whole.max(1) as f64;
        let tokens = &self.truth.tokens;
        writeln!(f, "files      {:>15}", grouped(self.files))?;
        writeln!(f, "bytes      {:>15}  {}", grouped(self.bytes), Size(self.bytes))?;
        writeln!(f, "lines      {:>15}", grouped(self.lines))?;
        writeln!(
            f,
            "with usage {:>15}  {:.1}% of lines, {:.1}% of bytes",
            grouped(self.usage_lines),
            percent(self.usage_lines, self.lines),
            percent(self.usage_bytes, self.bytes)
        )?;
        writeln!(
            f,
            "requests   {:>15}  {} messages, {:.2} lines each",
            grouped(self.truth.requests),
            grouped(self.truth.messages),
            self.usage_lines as f64 / self.truth.messages.max(1) as f64
        )?;
        writeln!(f, "tokens     {:>15}", grouped(tokens.total()))?;
        for (name, count) in [
            ("input", tokens.input),
            ("output", tokens.output),
            ("write 5m", tokens.cache_write_5m),
            ("write 1h", tokens.cache_write_1h),
            ("read", tokens.cache_read),
        ] {
            writeln!(f, "  {name:<8} {:>15}", grouped(count))?;
        }
        write!(f, "searches   {:>15}", grouped(tokens.web_searches))
    }
}

/// Digits in groups of three.
fn grouped(number: u64) -> String {
    let digits = number.to_string();
    let mut text = String::with_capacity(digits.len() * 4 / 3);
    for (at, digit) in digits.chars().enumerate() {
        if at > 0 && (digits.len() - at).is_multiple_of(3) {
            text.push(',');
        }
        text.push(digit);
    }
    text
}
