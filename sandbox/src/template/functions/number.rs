//! Functions on numbers: 64-bit whole ones that take any number or numeric text, and floats.

use gotmpl::Value;

use super::{Plain, error, float, to_whole, whole};

/// Most numbers `until` and `untilStep` count.
const MAX_COUNT: i64 = 100_000;

/// By name.
pub const ALL: [(&str, Plain); 24] = [
    ("int", |args| Ok(Value::Int(whole(args, 0)?))),
    ("int64", |args| Ok(Value::Int(whole(args, 0)?))),
    ("atoi", |args| Ok(Value::Int(whole(args, 0)?))),
    ("float64", |args| Ok(Value::Float(float(args, 0)?))),
    ("add", |args| {
        Ok(Value::Int(
            args.iter().map(to_whole).fold(0, i64::wrapping_add),
        ))
    }),
    ("add1", |args| {
        Ok(Value::Int(whole(args, 0)?.wrapping_add(1)))
    }),
    ("sub", |args| {
        Ok(Value::Int(whole(args, 0)?.wrapping_sub(whole(args, 1)?)))
    }),
    ("mul", |args| {
        Ok(Value::Int(
            args.iter().map(to_whole).fold(1, i64::wrapping_mul),
        ))
    }),
    ("div", |args| {
        divide(whole(args, 0)?.checked_div(whole(args, 1)?))
    }),
    ("mod", |args| {
        divide(whole(args, 0)?.checked_rem(whole(args, 1)?))
    }),
    ("max", |args| {
        Ok(Value::Int(args.iter().map(to_whole).max().unwrap_or(0)))
    }),
    ("min", |args| {
        Ok(Value::Int(args.iter().map(to_whole).min().unwrap_or(0)))
    }),
    ("biggest", |args| {
        Ok(Value::Int(args.iter().map(to_whole).max().unwrap_or(0)))
    }),
    ("addf", |args| fold(args, |sum, next| sum + next)),
    ("subf", |args| fold(args, |sum, next| sum - next)),
    ("mulf", |args| fold(args, |sum, next| sum * next)),
    ("divf", |args| fold(args, |sum, next| sum / next)),
    ("maxf", |args| fold(args, f64::max)),
    ("minf", |args| fold(args, f64::min)),
    ("ceil", |args| Ok(Value::Float(float(args, 0)?.ceil()))),
    ("floor", |args| Ok(Value::Float(float(args, 0)?.floor()))),
    ("round", |args| round(args)),
    ("until", |args| {
        count(0, whole(args, 0)?, if whole(args, 0)? < 0 { -1 } else { 1 })
    }),
    ("untilStep", |args| {
        count(whole(args, 0)?, whole(args, 1)?, whole(args, 2)?)
    }),
];

fn divide(result: Option<i64>) -> gotmpl::Result<Value> {
    result
        .map(Value::Int)
        .ok_or_else(|| error("integer divide by zero"))
}

fn fold(args: &[Value], each: impl Fn(f64, f64) -> f64) -> gotmpl::Result<Value> {
    let first = float(args, 0)?;
    let rest = (1..args.len())
        .map(|at| float(args, at))
        .collect::<gotmpl::Result<Vec<_>>>()?;
    Ok(Value::Float(rest.into_iter().fold(first, each)))
}

/// `round x places [from]`: away from zero when the rest is at least `from`, a half unless given.
fn round(args: &[Value]) -> gotmpl::Result<Value> {
    let (value, places) = (float(args, 0)?, i32::try_from(whole(args, 1)?).unwrap_or(0));
    let from = if args.len() > 2 { float(args, 2)? } else { 0.5 };
    let power = 10_f64.powi(places);
    let digits = value * power;
    let rest = digits.fract().abs();
    let rounded = if rest >= from {
        digits.trunc() + digits.signum()
    } else {
        digits.trunc()
    };
    Ok(Value::Float(rounded / power))
}

fn count(from: i64, to: i64, step: i64) -> gotmpl::Result<Value> {
    let mut numbers = Vec::new();
    let mut next = from;
    while step != 0 && if step > 0 { next < to } else { next > to } {
        if numbers.len() as i64 >= MAX_COUNT {
            return Err(error(format!("more than {MAX_COUNT} numbers")));
        }
        numbers.push(Value::Int(next));
        next = next.saturating_add(step);
    }
    Ok(Value::List(numbers.into()))
}
