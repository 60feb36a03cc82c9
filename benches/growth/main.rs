//! What grows with the work, and what does not: the same figures at ten times the files, ten times the bytes, and ten
//! times the history.
//!
//! ```text
//! cargo bench --bench growth
//! CCO_BENCH_BYTES, CCO_BENCH_FILES    the least of the corpora [default: 120 MB in 250 transcripts]
//! CCO_BENCH_MOMENTS=1                 only what grows with one moment
//! ```
//!
//! History is what only the ledger still knows: nine corpora of earlier days are counted and deleted first, so that days,
//! sessions and requests are ten times as many, while the transcripts that stand are the same. What is cold there is the
//! count of those that stand.
//!
//! Before that, what grows with one moment: 5,000 days without a pause, a gigabyte that arrives at once beside appends, and
//! 12,500 session folders deleted at once.

mod case;
mod moments;

#[path = "../measure/mod.rs"]
mod measure;

use case::{Case, Figures};
use corpus::Spec;
use measure::machine;
use measure::table::Table;
use measure::transcripts::number;

fn main() {
    println!("{}\n", machine::described());
    let least = Spec {
        bytes: number("CCO_BENCH_BYTES").unwrap_or(120_000_000),
        files: number("CCO_BENCH_FILES").unwrap_or(250),
        ..Spec::default()
    };
    let (files, bytes) = (least.files * 10, least.bytes * 10);
    moments::measure(bytes);
    if std::env::var_os("CCO_BENCH_MOMENTS").is_some() {
        return;
    }
    let cases = [
        Case { name: "the least", spec: least, history: 0 },
        Case { name: "files × 10", spec: Spec { files, ..least }, history: 0 },
        Case { name: "bytes × 10", spec: Spec { bytes, ..least }, history: 0 },
        Case { name: "both × 10", spec: Spec { files, bytes, ..least }, history: 0 },
        Case { name: "history × 10", spec: least, history: 9 },
    ];
    let measured: Vec<Figures> = cases.iter().map(Case::measure).collect();

    let heads = std::iter::once("beside the least").chain(cases.iter().map(|case| case.name));
    let mut table = Table::headed(heads.map(str::to_owned).collect());
    for (at, figure) in measured[0].0.iter().enumerate() {
        let cells = measured.iter().map(|figures| figures.0[at].beside(figure));
        table.cells(std::iter::once(figure.what.to_owned()).chain(cells).collect());
    }
    println!("{table}");
}
