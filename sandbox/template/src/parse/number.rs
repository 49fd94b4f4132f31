//! Numbers: Go's untyped constants, kept in every type that can hold them.

use super::{Mistake, Parsed};
use crate::lex::{Kind, Token};
use crate::tree::Number;
use crate::value::Value;

pub(super) fn number(token: &Token<'_>) -> Parsed<Number> {
    let text = token.text;
    if token.kind == Kind::Character {
        let code = super::literal::character(text)?;
        return Ok(whole(text, Some(code.into()), Some(code.into())));
    }
    if let Some(imaginary) = text.strip_suffix('i') {
        return complex(text, imaginary).ok_or_else(|| illegal(text));
    }
    let (int, uint) = (
        integer(text).and_then(signed),
        integer(text).and_then(unsigned),
    );
    if int.is_some() || uint.is_some() {
        return Ok(whole(text, int, uint));
    }
    let float = float(text).ok_or_else(|| illegal(text))?;
    if !text.contains(['.', 'e', 'E', 'p', 'P']) {
        return Err(Mistake(format!(
            "integer overflow: {}",
            crate::quoted(text)
        )));
    }
    Ok(fractional(text, float))
}

fn illegal(text: &str) -> Mistake {
    Mistake(format!("illegal number syntax: {}", crate::quoted(text)))
}

fn whole(text: &str, int: Option<i64>, uint: Option<u64>) -> Number {
    let float = int.map(|int| int as f64).or(uint.map(|uint| uint as f64));
    let value = int.map_or(Value::Missing, Value::int);
    Number {
        text: text.into(),
        value,
        int,
        uint,
        float,
    }
}

/// A number with a point or an exponent. It counts as whole too when it is.
fn fractional(text: &str, float: f64) -> Number {
    let (int, uint) = (float as i64, float as u64);
    Number {
        text: text.into(),
        value: Value::float(float),
        int: (int as f64 == float && int != i64::MAX).then_some(int),
        uint: (uint as f64 == float && uint != u64::MAX).then_some(uint),
        float: Some(float),
    }
}

/// `2i`, `1+2i`; a part that is not written is zero. Without an imaginary part it is a plain number too.
fn complex(text: &str, digits: &str) -> Option<Number> {
    let sign = digits.char_indices().skip(1).filter(|(at, letter)| {
        let before = digits
            .get(..*at)
            .and_then(|before| before.chars().next_back());
        matches!(letter, '+' | '-') && !matches!(before, Some('e' | 'E' | 'p' | 'P'))
    });
    let (real, imaginary) = match sign.last() {
        Some((at, _)) => (float(digits.get(..at)?)?, float(digits.get(at..)?)?),
        None => (0.0, float(digits)?),
    };
    let plain = if imaginary == 0.0 {
        Some(fractional(text, real))
    } else {
        None
    };
    let (int, uint, float) = plain.map_or((None, None, None), |plain| {
        (plain.int, plain.uint, plain.float)
    });
    Some(Number {
        text: text.into(),
        value: Value::Complex(real, imaginary),
        int,
        uint,
        float,
    })
}

/// Sign and amount of a whole number in any base.
fn integer(text: &str) -> Option<(bool, u64)> {
    let negative = text.starts_with('-');
    let digits = text.strip_prefix(['+', '-']).unwrap_or(text);
    let lower = digits.to_ascii_lowercase();
    let (radix, digits) = match lower.as_bytes() {
        [b'0', b'x', ..] => (16, lower.get(2..)?),
        [b'0', b'o', ..] => (8, lower.get(2..)?),
        [b'0', b'b', ..] => (2, lower.get(2..)?),
        [b'0', _, ..] => (8, lower.get(1..)?),
        _ => (10, lower.as_str()),
    };
    if !underscores_are_between(digits, digits.len() < lower.len()) {
        return None;
    }
    let amount = u64::from_str_radix(&digits.replace('_', ""), radix).ok()?;
    Some((negative, amount))
}

fn signed((negative, amount): (bool, u64)) -> Option<i64> {
    if negative {
        0_i64.checked_sub_unsigned(amount)
    } else {
        i64::try_from(amount).ok()
    }
}

fn unsigned((negative, amount): (bool, u64)) -> Option<u64> {
    (!negative || amount == 0).then_some(amount)
}

/// Underscores may separate digits, and follow the letter of a base.
fn underscores_are_between(digits: &str, has_base: bool) -> bool {
    let begins = digits.starts_with('_') && !has_base;
    !begins && !digits.ends_with('_') && !digits.contains("__")
}

/// Whether each underscore stands between two digits.
fn separate_digits(text: &str) -> bool {
    let bytes = text.as_bytes();
    let digit = |at: usize| bytes.get(at).is_some_and(u8::is_ascii_digit);
    (0..bytes.len())
        .filter(|at| bytes.get(*at) == Some(&b'_'))
        .all(|at| at > 0 && digit(at - 1) && digit(at + 1))
}

fn float(text: &str) -> Option<f64> {
    let lower = text.to_ascii_lowercase();
    let (sign, digits) = match lower.strip_prefix('-') {
        Some(digits) => (-1.0, digits),
        None => (1.0, lower.strip_prefix('+').unwrap_or(&lower)),
    };
    let amount = match digits.strip_prefix("0x") {
        Some(digits) => hexadecimal(&digits.replace('_', ""))?,
        None if !digits.starts_with(|first: char| first.is_ascii_digit() || first == '.') => {
            return None;
        }
        None if !separate_digits(digits) => return None,
        None => digits
            .replace('_', "")
            .parse::<f64>()
            .ok()
            .filter(|amount| amount.is_finite())?,
    };
    Some(sign * amount)
}

/// `1.8p3`: digits, then a power of two, which a hexadecimal float must have.
fn hexadecimal(text: &str) -> Option<f64> {
    let (digits, exponent) = text.split_once('p')?;
    let exponent: i32 = exponent.parse().ok()?;
    let (before, after) = digits.split_once('.').unwrap_or((digits, ""));
    if before.is_empty() && after.is_empty() {
        return None;
    }
    let mut amount = 0.0_f64;
    for digit in before.chars().chain(after.chars()) {
        amount = amount * 16.0 + f64::from(digit.to_digit(16)?);
    }
    let shift = exponent.checked_sub(i32::try_from(after.len()).ok()?.checked_mul(4)?)?;
    Some(amount * 2.0_f64.powi(shift)).filter(|amount| amount.is_finite())
}
