//! Functions on numbers. Whole numbers are 64 bits wide and read from any number or numeric text; what cannot be read is
//! zero. Floats are added and multiplied as decimals, so that a tenth and two tenths are three tenths.

use super::Call;
use super::decimal::Decimal;
use super::family::{Entry, MAX_LIST};
use crate::value::{Type, Value, Width};

pub(super) const FAMILY: &[Entry] = &[
    ("atoi", "s", |c| {
        Ok(Value::int(c.text(0).parse().unwrap_or(0)))
    }),
    ("int", "a", |c| Ok(Value::int(whole(c.argument(0))))),
    ("int64", "a", |c| Ok(Value::int64(whole(c.argument(0))))),
    ("float64", "a", |c| Ok(Value::float(float(c.argument(0))))),
    ("toDecimal", "a", |c| Ok(Value::int64(octal(c.argument(0))))),
    ("add1", "a", |c| {
        Ok(Value::int64(whole(c.argument(0)).wrapping_add(1)))
    }),
    ("add", "a*", |c| Ok(fold(c, 0, i64::wrapping_add))),
    ("sub", "aa", |c| {
        Ok(Value::int64(
            whole(c.argument(0)).wrapping_sub(whole(c.argument(1))),
        ))
    }),
    ("mul", "aa*", |c| Ok(fold(c, 1, i64::wrapping_mul))),
    ("div", "aa", |c| {
        quotient(whole(c.argument(0)).checked_div(whole(c.argument(1))))
    }),
    ("mod", "aa", |c| {
        quotient(whole(c.argument(0)).checked_rem(whole(c.argument(1))))
    }),
    ("max", "aa*", |c| Ok(fold(c, i64::MIN, i64::max))),
    ("biggest", "aa*", |c| Ok(fold(c, i64::MIN, i64::max))),
    ("min", "aa*", |c| Ok(fold(c, i64::MAX, i64::min))),
    ("addf", "a*", |c| {
        Ok(fold_decimals(
            0.0,
            c.arguments,
            Decimal::plus,
            |one, other| one + other,
        ))
    }),
    ("add1f", "a", |c| {
        Ok(fold_decimals(
            1.0,
            c.arguments,
            Decimal::plus,
            |one, other| one + other,
        ))
    }),
    ("subf", "aa*", |c| {
        Ok(fold_decimals(
            float(c.argument(0)),
            c.from(1),
            Decimal::minus,
            |one, other| one - other,
        ))
    }),
    ("mulf", "aa*", |c| {
        Ok(fold_decimals(
            float(c.argument(0)),
            c.from(1),
            Decimal::times,
            |one, other| one * other,
        ))
    }),
    ("divf", "aa*", |c| {
        match c.from(1).iter().any(|value| float(value) == 0.0) {
            true => Err("decimal division by 0".to_owned()),
            false => Ok(fold_decimals(
                float(c.argument(0)),
                c.from(1),
                Decimal::by,
                |one, other| one / other,
            )),
        }
    }),
    ("maxf", "aa*", |c| Ok(floats(c, f64::max))),
    ("minf", "aa*", |c| Ok(floats(c, f64::min))),
    ("ceil", "a", |c| {
        Ok(Value::float(float(c.argument(0)).ceil()))
    }),
    ("floor", "a", |c| {
        Ok(Value::float(float(c.argument(0)).floor()))
    }),
    ("round", "aif*", |c| Ok(Value::float(round(c)))),
    ("until", "i", |c| {
        numbers(0, c.int(0), if c.int(0) < 0 { -1 } else { 1 })
    }),
    ("untilStep", "iii", |c| {
        numbers(c.int(0), c.int(1), c.int(2))
    }),
    ("seq", "i*", seq),
    ("randInt", "ii", |c| {
        let (from, to) = (c.int(0), c.int(1));
        match u64::try_from(to.saturating_sub(from)) {
            Ok(width) if width > 0 => {
                let number = super::random::below(width)?;
                Ok(Value::int(
                    from.saturating_add(i64::try_from(number).unwrap_or(0)),
                ))
            }
            _ => Err(
                "invalid argument to randInt: the maximum must be larger than the minimum"
                    .to_owned(),
            ),
        }
    }),
];

/// A whole number out of anything.
pub(super) fn whole(value: &Value) -> i64 {
    match value {
        Value::Int(number, _) => *number,
        Value::Uint(number, _) => *number as i64,
        Value::Float(number, _) => *number as i64,
        Value::Bool(truth) => i64::from(*truth),
        Value::Text(text) => written(text),
        Value::Object(object) => whole(&object.underlying()),
        _ => 0,
    }
}

/// A number as a program would write it: with a sign, a prefix for its base, a fraction of zeros.
fn written(text: &str) -> i64 {
    let text = match text.split_once('.') {
        Some((whole, fraction)) if fraction.chars().all(|digit| digit == '0') => whole,
        _ => text,
    };
    let (sign, digits) = match text.strip_prefix('-') {
        Some(digits) => ("-", digits),
        None => ("", text.strip_prefix('+').unwrap_or(text)),
    };
    let lower = digits.to_ascii_lowercase();
    let (base, digits) = match lower.get(..2) {
        Some("0x") => (16, lower.get(2..)),
        Some("0b") => (2, lower.get(2..)),
        Some("0o") => (8, lower.get(2..)),
        Some(two) if two.starts_with('0') => (8, lower.get(1..)),
        _ => (10, Some(lower.as_str())),
    };
    i64::from_str_radix(&format!("{sign}{}", digits.unwrap_or_default()), base).unwrap_or(0)
}

fn octal(value: &Value) -> i64 {
    let text = super::family::printed(value);
    i64::from_str_radix(&text, 8).unwrap_or(0)
}

/// A float out of anything.
pub(super) fn float(value: &Value) -> f64 {
    match value {
        Value::Float(number, _) => *number,
        Value::Text(text) => text.parse().unwrap_or(0.0),
        Value::Uint(number, _) => *number as f64,
        other => whole(other) as f64,
    }
}

fn fold(c: &Call<'_>, first: i64, with: fn(i64, i64) -> i64) -> Value {
    Value::int64(c.arguments.iter().map(whole).fold(first, with))
}

fn floats(c: &Call<'_>, with: fn(f64, f64) -> f64) -> Value {
    let numbers = c.arguments.iter().map(float);
    Value::float(numbers.reduce(with).unwrap_or_default())
}

fn quotient(result: Option<i64>) -> Result<Value, String> {
    result
        .map(Value::int64)
        .ok_or_else(|| "runtime error: integer divide by zero".to_owned())
}

/// Folds floats as decimals, or as floats where the digits of a decimal do not fit.
fn fold_decimals(
    first: f64,
    rest: &[Value],
    exact: fn(Decimal, Decimal) -> Option<Decimal>,
    near: fn(f64, f64) -> f64,
) -> Value {
    let step = |sum: f64, next: &Value| {
        let next = float(next);
        let both = Decimal::read(sum).zip(Decimal::read(next));
        let result = both.and_then(|(one, other)| exact(one, other));
        result.map_or_else(|| near(sum, next), Decimal::float)
    };
    Value::float(rest.iter().fold(first, step))
}

/// `round x places [from]`: up when the fraction is at least `from`, a half unless given.
fn round(c: &Call<'_>) -> f64 {
    let from = match c.from(2).first() {
        Some(value) => float(value),
        None => 0.5,
    };
    let power = 10_f64.powi(i32::try_from(c.int(1)).unwrap_or(0));
    let digits = float(c.argument(0)) * power;
    let rounded = if digits.fract() >= from {
        digits.ceil()
    } else {
        digits.floor()
    };
    rounded / power
}

fn count(from: i64, to: i64, step: i64) -> Result<Vec<i64>, String> {
    let mut numbers = Vec::new();
    let mut next = from;
    while step != 0 && if step > 0 { next < to } else { next > to } {
        if numbers.len() >= MAX_LIST {
            return Err(format!("the list would be longer than {MAX_LIST} numbers"));
        }
        numbers.push(next);
        next = next.saturating_add(step);
    }
    Ok(numbers)
}

fn numbers(from: i64, to: i64, step: i64) -> Result<Value, String> {
    let numbers = count(from, to, step)?.into_iter().map(Value::int).collect();
    let list = crate::value::List::new(Type::Int(Width::Plain), numbers);
    Ok(Value::List(std::sync::Arc::new(list)))
}

/// `seq end`, `seq start end`, `seq start step end`: the numbers with spaces between, both ends counted.
fn seq(c: &Call<'_>) -> Result<Value, String> {
    let (start, step, end) = match c.arguments.len() {
        1 => (1, None, c.int(0)),
        2 => (c.int(0), None, c.int(1)),
        3 => (c.int(0), Some(c.int(1)), c.int(2)),
        _ => return Ok(Value::text("")),
    };
    let step = step.unwrap_or(if end < start { -1 } else { 1 });
    let end = end.saturating_add(step.signum());
    let numbers: Vec<String> = count(start, end, step)?
        .iter()
        .map(i64::to_string)
        .collect();
    Ok(numbers.join(" ").into())
}
