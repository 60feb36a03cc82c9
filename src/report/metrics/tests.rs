//! What the two formats look like, to the byte.

use super::*;
use crate::snapshot::Histogram;

#[test]
fn both_formats_are_written_as_their_readers_expect() {
    let text = |format| {
        let mut exposition = Exposition::new(format);
        let mut family = exposition.family(Kind::Counter, "x", "Xs.");
        family.sample(&[("a", "b\\c\"d"), ("e", "")], 3);
        family.created(&[("a", "b\\c\"d"), ("e", "")], 1_500);
        exposition.one(Kind::Info, "y", "Y.", 1);
        exposition.one(Kind::Gauge, "z_ratio", "Z.", exposition::ratio(1_250_000));
        exposition.finish()
    };
    assert_eq!(
        text(TextFormat::Prometheus),
        "# HELP x_total Xs.\n# TYPE x_total counter\nx_total{a=\"b\\\\c\\\"d\",e=\"\"} 3\n# HELP y_info Y.\n\
         # TYPE y_info gauge\ny_info 1\n# HELP z_ratio Z.\n# TYPE z_ratio gauge\nz_ratio 1.250000\n"
    );
    assert_eq!(
        text(TextFormat::OpenMetrics),
        "# HELP x Xs.\n# TYPE x counter\nx_total{a=\"b\\\\c\\\"d\",e=\"\"} 3\nx_created{a=\"b\\\\c\\\"d\",e=\"\"} 1.500\n\
         # HELP y Y.\n# TYPE y info\ny_info 1\n# HELP z_ratio Z.\n# TYPE z_ratio gauge\nz_ratio 1.250000\n# EOF\n"
    );
}

#[test]
fn a_histogram_is_cumulative_and_in_seconds() {
    let mut counts = Histogram::default();
    for us in [10, 63, 64, u64::MAX] {
        counts.count(us);
    }
    let mut exposition = Exposition::new(TextFormat::Prometheus);
    exposition.family(Kind::Histogram, "t_seconds", "T.").durations(&counts, Some(1_500_000));
    let text = exposition.finish();
    for line in [
        "t_seconds_bucket{le=\"0.000064\"} 2",
        "t_seconds_bucket{le=\"0.000128\"} 3",
        "t_seconds_bucket{le=\"+Inf\"} 4",
        "t_seconds_sum 1.500000",
        "t_seconds_count 4",
    ] {
        assert!(text.lines().any(|known| known == line), "{line} is missing in\n{text}");
    }
}

#[test]
fn hostile_labels_end_no_line_and_no_value() {
    let mut exposition = Exposition::new(TextFormat::Prometheus);
    let mut family = exposition.family(Kind::Counter, "x", "Xs.");
    family.sample(&[("a", "\"} 9\nx_total{a=\"b\u{1b}[31m\u{202e}")], 1);
    let text = exposition.finish();
    assert_eq!(text.lines().count(), 3, "{text}");
    let line = text.lines().last().unwrap();
    assert!(!line.contains(|c: char| crate::plain_text::is_hostile(c)), "{line:?}");
    assert!(line.starts_with("x_total{a=\"\\\"} 9") && line.ends_with("\"} 1"), "{line}");
}
