//! A snapshot of cco: its totals, and one set of its counters.

use std::path::{Path, PathBuf};

use cco::snapshot::{
    Counters, Period, Picodollars, Publication, ReadError, Reader, Span, Totals, Writer, WriterOptions,
};

use crate::system::{Outcome, System};

/// The snapshot.
pub(crate) struct Ours;

const FILE: &str = "usage.snapshot";

fn counters(number: u64) -> Counters {
    Counters {
        requests: number,
        messages: number.wrapping_mul(2),
        input_tokens: number.wrapping_mul(3),
        output_tokens: number.wrapping_mul(5),
        cache_write_5m_tokens: number.wrapping_mul(7),
        cache_write_1h_tokens: number.wrapping_mul(11),
        cache_read_tokens: number.wrapping_mul(13),
        web_search_requests: number.wrapping_mul(17),
        unpriced_tokens: number.wrapping_mul(19),
        thinking_tokens: number.wrapping_mul(23),
        web_fetch_requests: number.wrapping_mul(29),
        provisional_messages: number.wrapping_mul(31),
        provisional_output_tokens: number.wrapping_mul(37),
        cost: Picodollars(u128::from(number) << 40),
    }
}

impl System for Ours {
    const NAME: &'static str = "cco";
    type Writer = Writer;
    type Reader = Reader;
    type Error = ReadError;
    type All = Totals;
    type Today = Period;

    fn writer(folder: &Path) -> Outcome<Writer> {
        let options = WriterOptions { zone: "UTC".into(), week_start: 0, program: "peers".into() };
        Writer::open(folder.join(FILE), options).map_err(|error| error.to_string())
    }

    fn write(writer: &mut Writer, number: u64) -> Outcome<()> {
        let period = Period { start: 0, end: i64::MAX, counters: counters(number) };
        let publication = Publication {
            // The history takes one entry a second of these times; a commit of totals alone is what is compared.
            published_at: 1,
            totals: counters(number),
            today: period,
            this_week: period,
            this_month: period,
            block: Some(period),
            ..Publication::default()
        };
        writer.commit(&publication).map(|_| ()).map_err(|error| error.to_string())
    }

    fn reader(folder: &Path) -> Outcome<Reader> {
        Reader::open(folder.join(FILE)).map_err(|error| error.to_string())
    }

    #[inline]
    fn all(reader: &mut Reader) -> Result<Totals, ReadError> {
        reader.totals()
    }

    #[inline]
    fn today(reader: &mut Reader) -> Result<Period, ReadError> {
        reader.counters(Span::Today)
    }

    fn holds(all: &Totals) -> bool {
        let sums = counters(all.all_time().requests);
        let periods = [Some(all.today()), Some(all.this_week()), Some(all.this_month()), all.block()];
        all.all_time() == sums
            && periods.iter().all(|period| period.is_some_and(|period| period.counters == sums))
    }

    fn all_with_a_stop(_: &mut Reader, _: impl FnOnce()) -> Option<Result<Totals, ReadError>> {
        None
    }

    fn files(folder: &Path) -> Vec<PathBuf> {
        vec![folder.join(FILE), folder.join(format!("{FILE}.lock"))]
    }
}
