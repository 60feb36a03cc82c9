//! One answer of the API: its ids and its usage.
//!
//! Invariant: an answer's counters never change, except its output, which streaming reports as it grows.

use fastrand::Rng;

use crate::era::Era;
use crate::random::{id, log_uniform, permille};
use crate::session::{SMALL_MODEL, Session};
use crate::truth::{Key, RequestUsage, Tokens};

/// An answer's usage, ids and terms.
#[derive(Clone, Debug)]
pub(crate) struct Answer {
    /// `message.id`, if there is one.
    pub(crate) id: Option<String>,
    pub(crate) request_id: String,
    pub(crate) model: &'static str,
    /// Final counters.
    pub(crate) tokens: Tokens,
    pub(crate) speed: &'static str,
    pub(crate) tier: &'static str,
    pub(crate) geo: &'static str,
    /// A separate request made for this answer: its kind, model and counters.
    pub(crate) iteration: Option<(&'static str, Option<&'static str>, Tokens)>,
    /// `costUSD`, in millionths.
    pub(crate) recorded_micros: Option<u64>,
}

/// How much of its context window a conversation has filled.
#[derive(Clone, Copy, Debug)]
pub(crate) struct Context {
    cached: u64,
    limit: u64,
}

impl Context {
    pub(crate) fn new(session: &Session, rng: &mut Rng) -> Self {
        let limit = if session.model.ends_with("[1m]") { 600_000 } else { 165_000 };
        Self { cached: rng.u64(9_000..22_000), limit }
    }
}

impl Answer {
    /// The next answer in a conversation.
    pub(crate) fn next(session: &Session, context: &mut Context, rng: &mut Rng) -> Self {
        let era = session.version.era;
        let written = log_uniform(rng, 120.0, 9_000.0);
        let (five_minutes, hour) = if session.hour_cache { (0, written) } else { (written, 0) };
        let cold = permille(rng, 15);
        let tokens = Tokens {
            input: if permille(rng, 60) { log_uniform(rng, 20.0, 30_000.0) } else { rng.u64(1..12) },
            output: log_uniform(rng, 20.0, 6_000.0),
            cache_write_5m: five_minutes,
            cache_write_1h: hour,
            cache_read: if cold { 0 } else { context.cached },
            web_searches: if era != Era::First && permille(rng, 4) { rng.u64(1..5) } else { 0 },
        };
        context.cached += written;
        if context.cached > context.limit {
            context.cached = rng.u64(12_000..30_000); // compacted
        }
        let third = era == Era::Third;
        let mut iteration = None;
        if session.version.iterations && permille(rng, 40) {
            let tokens = Tokens {
                input: rng.u64(500..40_000),
                output: log_uniform(rng, 50.0, 4_000.0),
                cache_read: rng.u64(..20_000),
                ..Tokens::default()
            };
            iteration = Some(if rng.bool() {
                ("advisor_message", Some(SMALL_MODEL), tokens)
            } else {
                ("compaction", None, tokens)
            });
        }
        Self {
            id: session.message_id(rng),
            request_id: id("req_", rng),
            model: session.model,
            tokens,
            speed: if third && permille(rng, 15) { "fast" } else { "standard" },
            tier: if third && permille(rng, 4) { "batch" } else { "standard" },
            geo: if third && permille(rng, 20) { "us" } else { "not_available" },
            iteration,
            recorded_micros: (era == Era::First && permille(rng, 300))
                .then(|| tokens.input * 3 + tokens.output * 15 + written * 4 + tokens.cache_read * 3 / 10),
        }
    }

    /// The usage on a line that reports `output` tokens. `uuid` is the line's.
    pub(crate) fn counted(&self, session: &str, uuid: &str, output: u64) -> RequestUsage {
        let key = match &self.id {
            Some(id) if id.starts_with("msg_") => Key::Message(id.clone()),
            Some(id) => Key::Gateway { session: session.to_owned(), id: id.clone() },
            None => Key::Uuid(uuid.to_owned()),
        };
        RequestUsage {
            key,
            model: self.model,
            tokens: Tokens { output, ..self.tokens },
            iteration: self.iteration.map(|(_, model, tokens)| (model.unwrap_or(self.model), tokens)),
        }
    }

    /// The `usage` object of a line that reports `output` tokens.
    pub(crate) fn usage(&self, session: &Session, output: u64) -> String {
        let Tokens { input, cache_write_5m, cache_write_1h, cache_read, web_searches, .. } = self.tokens;
        let written = cache_write_5m + cache_write_1h;
        let tier = self.tier;
        let counters = format!(
            "\"input_tokens\":{input},\"cache_creation_input_tokens\":{written},\
             \"cache_read_input_tokens\":{cache_read},\"output_tokens\":{output}"
        );
        let split = format!(
            "\"cache_creation\":{{\"ephemeral_5m_input_tokens\":{cache_write_5m},\
             \"ephemeral_1h_input_tokens\":{cache_write_1h}}}"
        );
        let tools = format!(
            "\"server_tool_use\":{{\"web_search_requests\":{web_searches},\"web_fetch_requests\":0}}"
        );
        match session.version.era {
            Era::First => format!("{{{counters},\"service_tier\":\"{tier}\"}}"),
            Era::Second if web_searches == 0 => format!("{{{counters},{split},\"service_tier\":\"{tier}\"}}"),
            Era::Second => format!("{{{counters},{split},{tools},\"service_tier\":\"{tier}\"}}"),
            Era::Third => {
                let iterations = if session.version.iterations {
                    self.iterations(&counters, &split)
                } else {
                    String::new()
                };
                format!(
                    "{{{counters},{tools},\"service_tier\":\"{tier}\",{split},\"inference_geo\":\"{}\",\
                     \"iterations\":[{iterations}],\"speed\":\"{}\"}}",
                    self.geo, self.speed
                )
            }
        }
    }

    /// The entries of `usage.iterations`: the answer itself, then the separate request made for it.
    fn iterations(&self, counters: &str, split: &str) -> String {
        let mut entries = format!("{{{counters},{split},\"type\":\"message\"}}");
        if let Some((kind, model, tokens)) = self.iteration {
            let model = model.map(|model| format!("\"model\":\"{model}\",")).unwrap_or_default();
            entries.push_str(&format!(
                ",{{\"type\":\"{kind}\",{model}\"input_tokens\":{},\"output_tokens\":{},\
                 \"cache_read_input_tokens\":{},\"cache_creation_input_tokens\":0}}",
                tokens.input, tokens.output, tokens.cache_read
            ));
        }
        entries
    }
}
