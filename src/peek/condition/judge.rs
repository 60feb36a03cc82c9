//! Judges a condition over fields by a view of the snapshot.
//!
//! Invariant: it is true or false only if that is certain: a field without a value or an amount that may be higher leaves it
//! unknown, unless the rest decides. A mistake in any part is an error, whatever the other parts are.

use std::cmp::Ordering;

use super::decimal::Decimal;
use super::parse::{self, Comparison, Operand, Operator, Tree};
use super::truth::{Reason, Truth};
use crate::plain_text;
use crate::report::field::Field;
use crate::report::{View, Want};

/// A condition.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(in crate::peek) struct Condition(Tree);

impl std::str::FromStr for Condition {
    type Err = String;

    fn from_str(text: &str) -> Result<Self, String> {
        parse::parse(text).map(Self).map_err(|wrong| format!("the condition {wrong}"))
    }
}

/// The value of an operand.
enum Value {
    /// A number; the true one is this or more if it leaves something out.
    Number {
        number: Decimal,
        leaves_out: bool,
    },
    Text(String),
    Truth(bool),
    /// An object or a list. All that can be asked is whether it is there.
    Several,
    Null,
}

impl Condition {
    /// The part of the snapshot that it needs.
    pub(super) fn want(&self) -> Want {
        let mut wants = Vec::new();
        self.0.each_field(&mut |field| wants.push(field.want()));
        if wants.contains(&Want::Tables) { Want::Tables } else { Want::Totals }
    }

    /// Whether it is true. The error says which field does not exist, or what cannot be compared.
    pub(super) fn judge(&self, view: &View) -> Result<Truth, String> {
        self.0.judge(view)
    }
}

impl Tree {
    fn each_field(&self, see: &mut impl FnMut(&Field)) {
        match self {
            Self::Any(parts) | Self::All(parts) => parts.iter().for_each(|part| part.each_field(see)),
            Self::Not(part) => part.each_field(see),
            Self::Is(Comparison { left, right, .. }) => {
                for operand in [left, right] {
                    if let Operand::Path { field, .. } = operand {
                        see(field);
                    }
                }
            }
        }
    }

    /// Judges all parts, so a mistake in one is found whatever the others are.
    fn judge(&self, view: &View) -> Result<Truth, String> {
        let all = |parts: &[Self]| parts.iter().map(|part| part.judge(view)).collect::<Result<Vec<_>, _>>();
        Ok(match self {
            Self::Any(parts) => Truth::any(all(parts)?),
            Self::All(parts) => Truth::all(all(parts)?),
            Self::Not(part) => part.judge(view)?.not(),
            Self::Is(comparison) => comparison.judge(view)?,
        })
    }
}

impl Comparison {
    fn judge(&self, view: &View) -> Result<Truth, String> {
        let (left, right) = (self.left.value(view)?, self.right.value(view)?);
        // Comparing with null asks whether there is a value.
        let asks_for_null = self.left == Operand::Null || self.right == Operand::Null;
        for (operand, value) in [(&self.left, &left), (&self.right, &right)] {
            if let (Operand::Path { path, .. }, Value::Null, false) = (operand, value, asks_for_null) {
                return Ok(Truth::Unknown(Reason::NoValue(path.clone())));
            }
        }
        let is_equal = match (&left, &right) {
            (
                Value::Number { number, leaves_out },
                Value::Number { number: other, leaves_out: other_leaves_out },
            ) => {
                let reason = |operand: &Operand| Reason::Unpriced(operand.path().to_owned());
                let order = Bounded::of(number.cmp(other), *leaves_out, *other_leaves_out);
                let unknown = if *leaves_out { reason(&self.left) } else { reason(&self.right) };
                return Ok(order.is(self.operator).map_or(Truth::Unknown(unknown), Truth::from));
            }
            (Value::Text(text), Value::Text(other)) => text == other,
            (Value::Truth(truth), Value::Truth(other)) => truth == other,
            (Value::Null, _) | (_, Value::Null) => matches!((&left, &right), (Value::Null, Value::Null)),
            (Value::Several, _) | (_, Value::Several) => {
                let path = if matches!(left, Value::Several) { self.left.path() } else { self.right.path() };
                return Err(format!(
                    "`{}` is an object or a list: compare one value in it, named as with --field, or compare it with null",
                    plain_text::name(path)
                ));
            }
            _ => {
                let (kind, other) = (left.kind(), right.kind());
                return Err(format!("{}: cannot compare {kind} with {other}", self.paths()));
            }
        };
        match self.operator {
            Operator::Equal => Ok(is_equal.into()),
            Operator::Unequal => Ok((!is_equal).into()),
            order => {
                let kind = left.kind();
                Err(format!(
                    "{}: {kind} has no order: use == or != instead of {}",
                    self.paths(),
                    order.sign()
                ))
            }
        }
    }

    fn paths(&self) -> String {
        let paths = [&self.left, &self.right].map(Operand::path);
        let paths =
            paths.iter().filter(|path| !path.is_empty()).map(|path| plain_text::name(path).into_owned());
        paths.collect::<Vec<_>>().join(", ")
    }
}

/// The order of two numbers, as far as it is certain: each may be higher than known.
struct Bounded {
    can_be_below: bool,
    can_be_equal: bool,
    can_be_above: bool,
}

impl Bounded {
    fn of(order: Ordering, left_may_be_more: bool, right_may_be_more: bool) -> Self {
        let (below, equal, above) =
            (order == Ordering::Less, order == Ordering::Equal, order == Ordering::Greater);
        Self {
            can_be_below: below || right_may_be_more,
            can_be_equal: equal || below && left_may_be_more || above && right_may_be_more,
            can_be_above: above || left_may_be_more,
        }
    }

    /// Whether the order is as the operator says; `None` if that is not certain.
    fn is(&self, operator: Operator) -> Option<bool> {
        let Self { can_be_below, can_be_equal, can_be_above } = *self;
        let (can_be, can_be_not) = match operator {
            Operator::Above => (can_be_above, can_be_below || can_be_equal),
            Operator::AtLeast => (can_be_above || can_be_equal, can_be_below),
            Operator::Below => (can_be_below, can_be_above || can_be_equal),
            Operator::AtMost => (can_be_below || can_be_equal, can_be_above),
            Operator::Equal => (can_be_equal, can_be_below || can_be_above),
            Operator::Unequal => (can_be_below || can_be_above, can_be_equal),
        };
        (can_be != can_be_not).then_some(can_be)
    }
}

impl Operand {
    fn path(&self) -> &str {
        if let Self::Path { path, .. } = self { path } else { "" }
    }

    fn value(&self, view: &View) -> Result<Value, String> {
        Ok(match self {
            Self::Path { path, field } => value_at(path, field, view)?,
            Self::Number(number) => Value::Number { number: number.clone(), leaves_out: false },
            Self::Text(text) => Value::Text(text.clone()),
            Self::Truth(truth) => Value::Truth(*truth),
            Self::Null => Value::Null,
        })
    }
}

impl Value {
    fn kind(&self) -> &'static str {
        match self {
            Self::Number { .. } => "a number",
            Self::Text(_) => "a text",
            Self::Truth(_) => "true or false",
            Self::Several => "an object or a list",
            Self::Null => "null",
        }
    }
}

fn value_at(path: &str, field: &Field, view: &View) -> Result<Value, String> {
    let json = match field.json_of(view) {
        Ok(json) => json,
        // A list has as many entries as there are today.
        Err(unknown) if unknown.is_beyond_list() => return Ok(Value::Null),
        Err(unknown) => return Err(unknown.to_string()),
    };
    let unreadable = || format!("`{}` cannot be compared", plain_text::name(path));
    match &*json {
        "null" => Ok(Value::Null),
        "true" => Ok(Value::Truth(true)),
        "false" => Ok(Value::Truth(false)),
        text if text.starts_with('"') => {
            serde_json::from_str(text).map(Value::Text).map_err(|_| unreadable())
        }
        several if several.starts_with(['{', '[']) => Ok(Value::Several),
        number => {
            let number = Decimal::of(number).ok_or_else(unreadable)?;
            Ok(Value::Number { number, leaves_out: path.ends_with("_usd") && is_partial(path, view) })
        }
    }
}

/// Whether an amount leaves out tokens without a price: what it belongs to says how many.
fn is_partial(path: &str, view: &View) -> bool {
    let mut within = path;
    while let Some((above, _)) = within.rsplit_once('.') {
        within = above;
        let Ok(field) = format!("{within}.unpriced_tokens").parse::<Field>();
        if let Ok(tokens) = field.json_of(view) {
            return tokens != "0" && tokens != "null";
        }
    }
    false
}
