//! Lines as Claude Code writes them, made up from few numbers.

/// 2026-03-01T00:00:00Z, in seconds.
const MARCH: u64 = 1_772_323_200;

/// A model that no price table has.
pub(crate) const UNPRICED: &str = "made-up-model";

/// SplitMix64.
pub(crate) struct Dice(pub(crate) u64);

impl Dice {
    pub(crate) fn roll(&mut self) -> u64 {
        self.0 = self.0.wrapping_add(0x9e37_79b9_7f4a_7c15);
        let mut mixed = self.0;
        mixed = (mixed ^ (mixed >> 30)).wrapping_mul(0xbf58_476d_1ce4_e5b9);
        mixed = (mixed ^ (mixed >> 27)).wrapping_mul(0x94d0_49bb_1331_11eb);
        mixed ^ (mixed >> 31)
    }

    pub(crate) fn below(&mut self, count: usize) -> usize {
        usize::try_from(self.roll() % count as u64).unwrap()
    }

    pub(crate) fn pick<T: Clone>(&mut self, from: &[T]) -> Option<T> {
        (!from.is_empty()).then(|| from[self.below(from.len())].clone())
    }
}

/// A seed from the environment, else one from the clock; printed, so that a failure can be had again.
pub(crate) fn seed() -> u64 {
    let chosen = std::env::var("CCO_SEED").ok().map(|seed| seed.parse().expect("CCO_SEED is a number"));
    let seed = chosen.unwrap_or_else(|| {
        let since = std::time::SystemTime::now().duration_since(std::time::UNIX_EPOCH).unwrap();
        u64::try_from(since.as_millis()).unwrap()
    });
    println!("CCO_SEED={seed}");
    seed
}

/// One line of one request: the `snapshot`th that its streaming wrote, in the words of `session`.
///
/// What a line says follows from these numbers alone; later snapshots of a request have more output.
pub(crate) fn line(request: u64, snapshot: u64, session: &str) -> Vec<u8> {
    line_of(request, snapshot, session, false)
}

/// The same line, copied into another session by a fork.
pub(crate) fn forked_line(request: u64, snapshot: u64, session: &str) -> Vec<u8> {
    line_of(request, snapshot, session, true)
}

fn line_of(request: u64, snapshot: u64, session: &str, forked: bool) -> Vec<u8> {
    let mut dice = Dice(request);
    let model =
        dice.pick(&["claude-opus-5", "claude-sonnet-4-5-20250929", "claude-haiku-4-5", UNPRICED]).unwrap();
    let (input, write, read) = (dice.below(900), dice.below(9000), dice.below(90_000));
    let searches = dice.below(6).saturating_sub(4);
    let output = 1 + dice.below(100) as u64 + 100 * snapshot;
    let has_iterations = dice.below(5) == 0;
    let at = MARCH + dice.below(20 * 86_400) as u64 + snapshot;
    let (days, seconds) = ((at - MARCH) / 86_400 + 1, at % 86_400);
    let (hour, minute, second) = (seconds / 3600, seconds / 60 % 60, seconds % 60);
    let iterations = if has_iterations {
        format!(
            r#","iterations":[{{"type":"message","output_tokens":7}},{{"type":"advisor_message","model":"claude-haiku-4-5","input_tokens":{},"output_tokens":{}}}]"#,
            10 * snapshot,
            snapshot + 1
        )
    } else {
        String::new()
    };
    // Of some requests no line is final.
    let stop = if snapshot > 0 && !request.is_multiple_of(3) {
        r#","stop_reason":"end_turn""#
    } else {
        r#","stop_reason":null"#
    };
    let forked = if forked { r#""forkedFrom":{"sessionId":"origin"},"# } else { "" };
    // Of a length that differs from line to line, as those of real ones do.
    let text = "la ".repeat(Dice(request ^ snapshot << 32).below(60));
    let line = format!(
        r#"{{{forked}"type":"assistant","sessionId":"{session}","timestamp":"2026-03-{days:02}T{hour:02}:{minute:02}:{second:02}Z","message":{{"id":"msg_{request}","model":"{model}","content":"{text}"{stop},"usage":{{"input_tokens":{input},"output_tokens":{output},"cache_creation_input_tokens":{write},"cache_read_input_tokens":{read},"server_tool_use":{{"web_search_requests":{searches}}}{iterations}}}}}}}"#
    );
    [line.as_bytes(), b"\n"].concat()
}

/// A line without usage, which counts nothing.
pub(crate) fn chatter(length: usize) -> Vec<u8> {
    let text = "blah ".repeat(length / 5);
    format!("{{\"type\":\"user\",\"message\":{{\"content\":\"{text} \\\"usage\\\":{{\"}}}}\n").into_bytes()
}
