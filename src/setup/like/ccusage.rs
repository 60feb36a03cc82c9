//! Translates ccusage's status line: one layout, changed by options of its command.
//!
//! Invariant: every long option that changes the line is translated or reported. Pure; used by [`super::Like`].

use super::translated::Translated;

/// The share of the context at which ccusage's figure turns yellow, and red, in percent.
const THRESHOLDS: [&str; 2] = ["50", "80"];

/// The line that this command prints, in our terms.
pub(super) fn translated(command: &str) -> Translated {
    let mut words = command.split_whitespace().map(|word| word.trim_matches(['\'', '"']));
    let mut left = Vec::new();
    let mut thresholds = THRESHOLDS.map(str::to_owned);
    while let Some(word) = words.next() {
        let (option, given) =
            word.split_once('=').map_or((word, None), |(option, value)| (option, Some(value)));
        let mut value =
            || given.map(str::to_owned).or_else(|| words.next().map(str::to_owned)).unwrap_or_default();
        match option {
            "--visual-burn-rate" | "-B" => {
                let value = value();
                if value != "off" {
                    left.push(format!(
                        "the mark beside the rate (--visual-burn-rate {value}): {{block.burn}} has none"
                    ));
                }
            }
            "--cost-source" => {
                let value = value();
                if matches!(&*value, "cc" | "both") {
                    left.push(format!(
                        "Claude Code's own cost (--cost-source {value}): ours is counted, and has a * where it is not; \
                         theirs is {{input.cost.total_cost_usd}}"
                    ));
                }
            }
            "--context-low-threshold" => thresholds[0] = value(),
            "--context-medium-threshold" => thresholds[1] = value(),
            "--timezone" | "-z" => {
                left.push(format!(
                    "the time zone (--timezone): set timezone = {:?} in the config file",
                    value()
                ));
            }
            "--config" => left.push(format!("its configuration (--config {})", value())),
            // Ours never asks the network, and is redrawn as often as Claude Code likes.
            "--refresh-interval" => drop(value()),
            "--offline" | "-O" | "--no-offline" | "--cache" | "--no-cache" | "--debug" | "-d" => {}
            option if option.starts_with("--") => left.push(format!("the option {option}")),
            _ => {}
        }
    }
    left.push(format!(
        "when the context turns yellow and red: set thresholds = {{ context = [{}] }} in [statusline] of the config file",
        thresholds.join(", ")
    ));
    Translated::theme("ccusage", left)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn its_options_are_translated_or_said() {
        let plain = translated("npx -y ccusage statusline --offline --no-cache --refresh-interval 5");
        assert_eq!(plain.options, "--theme ccusage");
        assert!(plain.left.len() == 1 && plain.left[0].contains("context = [50, 80]"), "{plain:?}");
        let all = translated(
            "bun x ccusage statusline --visual-burn-rate=emoji --cost-source both --context-low-threshold 40 \
             --context-medium-threshold=60 --new-thing",
        );
        let said = all.left.join("\n");
        for part in
            ["--visual-burn-rate emoji", "--cost-source both", "the option --new-thing", "context = [40, 60]"]
        {
            assert!(said.contains(part), "{part} is missing in {said}");
        }
    }
}
