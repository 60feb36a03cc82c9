//! `cco prices`: model prices, their sources, and used models without a price.
//!
//! Invariant: the prices shown are those that everything is priced with.

use std::fmt::Write as _;

use serde::Serialize;
use serde_json::value::RawValue;

use super::open_ledger::to_read;
use super::options::Options;
use super::prices_check;
use super::table::{width_to_fit, words as words_to_fit};
use super::unpriced::{UnpricedModel, unpriced};
use super::{Exit, Failure, print, print_json};
use crate::config::Settings;
use crate::config::suggest::nearest;
use crate::period::utc;
use crate::plain_text;
use crate::pricing::{ModelPrices, Multiplier, Prices, Rates};
use crate::report::figures::grouped;
use crate::report::grid::{Cell, Column, Grid};
use crate::report::parts::usd;

/// Options of `cco prices`.
#[derive(Debug, clap::Args)]
#[command(
    args_conflicts_with_subcommands = true,
    after_help = "Exit codes: 0 done; 1 any other error; 4 the model has no price, or no ledger (with --unpriced).\n\
                        Put your own prices in the config file. To write one that explains them: cco config init."
)]
pub(super) struct Arguments {
    #[command(subcommand)]
    command: Option<Command>,
    /// Show all prices of this model, named as in the table or in transcripts, or by a part of its name
    #[arg(value_name = "MODEL")]
    model: Option<String>,
    /// List models that were used but have no price
    #[arg(long, conflicts_with = "model")]
    unpriced: bool,
    /// Print JSON
    #[arg(long)]
    json: bool,
    #[command(flatten)]
    options: Options,
}

/// Subcommands of `cco prices`.
#[derive(Debug, clap::Subcommand)]
enum Command {
    /// Report how old the bundled prices are and which used models have no price
    Check(prices_check::Arguments),
}

#[derive(Debug, Serialize)]
struct Document<'a> {
    schema: u32,
    unit: &'static str,
    bundled: Option<&'a str>,
    batch_multiplier: Option<Box<RawValue>>,
    web_search_per_1000_requests: Option<Box<RawValue>>,
    models: Vec<Line<'a>>,
    unpriced: Option<Vec<UnpricedModel>>,
}

#[derive(Debug, Serialize)]
struct Line<'a> {
    model: &'a str,
    other_names: Vec<&'a str>,
    /// `config`, `file` or `bundled`.
    origin: &'static str,
    #[serde(flatten)]
    prices: PriceFields,
    history: Vec<Former>,
    sources: &'a [Box<str>],
}

#[derive(Debug, Serialize)]
struct PriceFields {
    #[serde(flatten)]
    rates: RateFields,
    long_context: Option<Long>,
    fast_multiplier: Box<RawValue>,
    us_multiplier: Box<RawValue>,
    regional_multiplier: Box<RawValue>,
}

#[derive(Debug, Serialize)]
struct RateFields {
    input: Box<RawValue>,
    output: Box<RawValue>,
    cache_write_5m: Box<RawValue>,
    cache_write_1h: Box<RawValue>,
    cache_read: Box<RawValue>,
}

#[derive(Debug, Serialize)]
struct Long {
    threshold_prompt_tokens: u64,
    #[serde(flatten)]
    rates: RateFields,
}

#[derive(Debug, Serialize)]
struct Former {
    until: String,
    #[serde(flatten)]
    prices: PriceFields,
}

/// Runs `cco prices`.
pub(super) fn run(arguments: &Arguments) -> Result<Exit, Failure> {
    match &arguments.command {
        Some(Command::Check(arguments)) => prices_check::run(arguments),
        None => show(arguments).map(|()| Exit::Done),
    }
}

fn show(arguments: &Arguments) -> Result<(), Failure> {
    let settings = arguments.options.settings()?;
    if arguments.unpriced {
        let unpriced = unpriced(&to_read(&settings)?, &settings)?;
        return if arguments.json { print_json(&unpriced) } else { print(&unpriced_text(&unpriced)) };
    }
    let models = match &arguments.model {
        Some(name) => chosen(&settings, name)?,
        None => settings.prices.table().models(),
    };
    let unpriced = match arguments.model {
        None if settings.state.ledger().exists() => Some(unpriced(&to_read(&settings)?, &settings)?),
        _ => None,
    };
    if arguments.json {
        return print_json(&document(&settings, &models, unpriced));
    }
    match (&arguments.model, &models[..]) {
        (Some(_), [(model, names)]) => print(&one(&settings, model, names)),
        _ => print(&all(&settings, &models, &unpriced.unwrap_or_default())),
    }
}

/// The model with this name, else with a name that ends like this, else all whose names contain it, each with its other
/// names.
fn chosen<'a>(settings: &'a Settings, name: &str) -> Result<Vec<(&'a ModelPrices, Vec<&'a str>)>, Failure> {
    let table = settings.prices.table();
    let mut models = table.models();
    if let Some(found) = table.find(name) {
        models.retain(|(model, _)| model.id == found.model.id);
        return Ok(models);
    }
    let part = name.trim().to_ascii_lowercase();
    let named = |fits: &dyn Fn(&str) -> bool| -> Vec<_> {
        let mut names_fit = models.clone();
        names_fit.retain(|(model, names)| {
            names.iter().copied().chain([&*model.id]).any(|it| fits(&it.to_ascii_lowercase()))
        });
        names_fit
    };
    let ending = named(&|it| it.ends_with(&format!("-{part}")));
    let containing = if part.is_empty() { Vec::new() } else { named(&|it| it.contains(&part)) };
    match (&ending[..], &containing[..]) {
        ([_], _) => Ok(ending),
        (_, [_, ..]) => Ok(containing),
        _ => {
            let known: Vec<&str> =
                models.iter().flat_map(|(model, names)| names.iter().copied().chain([&*model.id])).collect();
            let meant = nearest(name, &known).map(|meant| format!("; did you mean {meant}?"));
            let (name, meant) = (plain_text::name(name), meant.unwrap_or_default());
            Err(Failure::new(Exit::Missing, format!("no price for {name}{meant}; to list all: cco prices")))
        }
    }
}

fn document<'a>(
    settings: &'a Settings,
    models: &[(&'a ModelPrices, Vec<&'a str>)],
    unpriced: Option<Vec<UnpricedModel>>,
) -> Document<'a> {
    let table = settings.prices.table();
    let line = |(model, names): &(&'a ModelPrices, Vec<&'a str>)| Line {
        model: &model.id,
        other_names: names.clone(),
        origin: origin(settings, model),
        prices: listed(&model.current),
        history: model
            .history
            .iter()
            .map(|former| Former { until: last_day(former.end_ms), prices: listed(&former.prices) })
            .collect(),
        sources: &model.sources,
    };
    Document {
        schema: 1,
        unit: "USD per 1,000,000 tokens",
        bundled: table.collected(),
        batch_multiplier: table.batch_multiplier().map(factor),
        web_search_per_1000_requests: table.web_searches_per_1000().map(usd),
        models: models.iter().map(line).collect(),
        unpriced,
    }
}

fn listed(prices: &Prices) -> PriceFields {
    PriceFields {
        rates: listed_rates(&prices.rates),
        long_context: prices.long_context.map(|long| Long {
            threshold_prompt_tokens: long.threshold_tokens,
            rates: listed_rates(&long.rates),
        }),
        fast_multiplier: factor(prices.fast_multiplier),
        us_multiplier: factor(prices.us_multiplier),
        regional_multiplier: factor(prices.regional_multiplier),
    }
}

fn listed_rates(rates: &Rates) -> RateFields {
    RateFields {
        input: usd(rates.input),
        output: usd(rates.output),
        cache_write_5m: usd(rates.cache_write_5m),
        cache_write_1h: usd(rates.cache_write_1h),
        cache_read: usd(rates.cache_read),
    }
}

/// A multiplier as a decimal.
fn factor(multiplier: Multiplier) -> Box<RawValue> {
    RawValue::from_string(multiplier.to_string()).expect("a decimal is a JSON number")
}

fn origin(settings: &Settings, model: &ModelPrices) -> &'static str {
    let is_of_file = settings.prices.file.as_ref().is_some_and(|(_, models)| models.contains(&*model.id));
    match () {
        () if settings.prices.own.contains(&*model.id) => "config",
        () if is_of_file => "file",
        () => "bundled",
    }
}

/// The UTC day that ends at this time.
fn last_day(end_ms: i64) -> String {
    utc(end_ms - 1).map(|last| last.date().to_string()).unwrap_or_default()
}

const COLUMNS: [Column; 8] = [
    Column::key("Model"),
    Column::figures("Input", 1),
    Column::figures("Output", 1),
    Column::figures("Write 5m", 3),
    Column::figures("Write 1h", 4),
    Column::figures("Read", 2),
    Column::figures("Fast", 6),
    Column::text("Source", 5),
];

fn cells(name: String, prices: &Prices, from: String) -> [Cell; 8] {
    let Rates { input, output, cache_write_5m, cache_write_1h, cache_read } = prices.rates;
    let fast = match prices.fast_multiplier {
        Multiplier::ONE => String::new(),
        other => format!("×{}", factor(other)),
    };
    let [input, output, write_5m, write_1h, read] =
        [input, output, cache_write_5m, cache_write_1h, cache_read]
            .map(|rate| Cell::figure(rate.to_string()));
    [Cell::name(name), input, output, write_5m, write_1h, read, Cell::figure(fast), Cell::figure(from)]
}

fn drawn(rows: impl IntoIterator<Item = [Cell; 8]>) -> String {
    let mut table = Grid::new(COLUMNS);
    for row in rows {
        table.row(row);
    }
    table.render(width_to_fit())
}

fn all(settings: &Settings, models: &[(&ModelPrices, Vec<&str>)], unpriced: &[UnpricedModel]) -> String {
    let rows = models.iter().map(|(model, _)| {
        let mut from = origin(settings, model).to_owned();
        if !model.history.is_empty() {
            from += ", history";
        }
        if model.current.long_context.is_some() {
            from += ", long";
        }
        cells(plain_text::name(&model.id).into_owned(), &model.current, from)
    });
    let drawn = drawn(rows);
    let mut text = String::new();
    let table = settings.prices.table();
    put(
        &mut text,
        format_args!(
            "USD per million tokens; bundled prices from {}",
            table.collected().unwrap_or("an unknown date")
        ),
    );
    put(&mut text, format_args!("; for one model in full: cco prices MODEL\n"));
    for (alias, model) in &settings.prices.aliases {
        put(&mut text, format_args!("{} is {} (config)\n", plain_text::name(alias), plain_text::name(model)));
    }
    for model in unpriced {
        put(
            &mut text,
            format_args!(
                "no price for {}: {} tokens; to add one: cco prices --unpriced\n",
                plain_text::name(&model.model),
                grouped(model.tokens)
            ),
        );
    }
    drawn + &words_to_fit(&text)
}

fn one(settings: &Settings, model: &ModelPrices, names: &[&str]) -> String {
    let mut rows = Vec::new();
    let mut add = |when: String, prices: &Prices, from: &str| {
        if let Some(long) = &prices.long_context {
            let above = format!("{when}, above {} tokens", grouped(long.threshold_tokens));
            let long = Prices { rates: long.rates, ..prices.clone() };
            rows.extend([cells(when, prices, from.into()), cells(above, &long, String::new())]);
        } else {
            rows.push(cells(when, prices, from.into()));
        }
    };
    add("now".into(), &model.current, origin(settings, model));
    for former in model.history.iter().rev() {
        add(format!("until {}", last_day(former.end_ms)), &former.prices, "");
    }
    let mut text = format!("{}\n", plain_text::name(&model.id));
    for name in names {
        put(&mut text, format_args!("  also {}\n", plain_text::name(name)));
    }
    text += &drawn(rows);
    if model.current.us_multiplier != Multiplier::ONE {
        put(&mut text, format_args!("inference in the US: ×{}\n", factor(model.current.us_multiplier)));
    }
    if model.current.regional_multiplier != Multiplier::ONE {
        let factor = factor(model.current.regional_multiplier);
        put(&mut text, format_args!("through Bedrock, except by global. ids: ×{factor}\n"));
    }
    for source in &model.sources {
        put(&mut text, format_args!("source: {}\n", plain_text::name(source)));
    }
    text + "USD per million tokens; dates are UTC days\n"
}

fn unpriced_text(unpriced: &[UnpricedModel]) -> String {
    if unpriced.is_empty() {
        return "all used models have a price\n".into();
    }
    let mut table =
        Grid::new([Column::key("Model"), Column::figures("Requests", 2), Column::figures("Tokens", 1)]);
    for model in unpriced {
        let name = Cell::name(plain_text::name(&model.model));
        table.row([name, Cell::figure(grouped(model.requests)), Cell::tokens(model.tokens)]);
    }
    let mut text = table.render(width_to_fit());
    text += "\nTo set prices, add this to the config file (cco config path shows where it is):\n";
    let ids: Vec<_> = unpriced.iter().filter_map(|model| quoted(&model.model)).collect();
    for id in &ids {
        put(
            &mut text,
            format_args!(
                "\n[prices.{id}]  # USD per million tokens\ninput = \"…\"\noutput = \"…\"\ncache_write_5m = \
                 \"…\"\ncache_write_1h = \"…\"\ncache_read = \"…\"\n"
            ),
        );
    }
    text += "\nor, if a gateway uses another name for a known model:\n\n[prices.aliases]\n";
    for id in &ids {
        put(&mut text, format_args!("{id} = \"claude-…\"\n"));
    }
    text
}

/// A model as a key of TOML, which has JSON's escapes; `None` if it is too long to be shown.
fn quoted(model: &str) -> Option<String> {
    let is_whole = plain_text::name(model) == plain_text::plain(model);
    is_whole.then(|| plain_text::json(serde_json::Value::from(model).to_string()))
}

fn put(text: &mut String, arguments: std::fmt::Arguments<'_>) {
    text.write_fmt(arguments).expect("writing to a String cannot fail");
}
