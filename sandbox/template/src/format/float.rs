//! Floats, in the digits that Go prints.

use super::pad::Flags;
use crate::value::Width;

/// A float as `%v` prints it: the fewest digits that mean this number.
pub fn shortest(value: f64, width: Width) -> String {
    let mut text = body(value, width, 'g', None, false);
    if text != "+Inf" {
        text = text.strip_prefix('+').map(str::to_owned).unwrap_or(text);
    }
    text
}

impl Flags {
    /// Appends a float.
    pub(super) fn float(&self, value: f64, width: Width, verb: char, out: &mut Vec<u8>) {
        let precision = self.precision.or(match verb {
            'e' | 'E' | 'f' | 'F' => Some(6),
            _ => None,
        });
        let sharp = self.sharp && verb != 'b';
        self.signed(body(value, width, verb, precision, sharp), out);
    }

    /// Appends digits that begin with their sign; a plus is shown only when asked for.
    pub(super) fn signed(&self, mut text: String, out: &mut Vec<u8>) {
        if self.space && !self.plus && text.starts_with('+') {
            text.replace_range(..1, " ");
        }
        let finite = !text.ends_with("Inf") && !text.ends_with("NaN");
        let flags = Flags {
            zero: self.zero && finite,
            ..*self
        };
        let bare = text.starts_with('+') && !self.plus && text != "+Inf";
        let shown = if bare {
            text.get(1..).unwrap_or_default()
        } else {
            &text
        };
        let missing = flags
            .width
            .map_or(0, |width| width.saturating_sub(shown.len()));
        match shown.split_at_checked(1) {
            Some((sign, digits)) if !bare && flags.zero && !flags.minus && missing > 0 => {
                out.extend_from_slice(sign.as_bytes());
                out.extend(std::iter::repeat_n(b'0', missing));
                out.extend_from_slice(digits.as_bytes());
            }
            _ => flags.pad(shown.as_bytes(), out),
        }
    }
}

/// Sign and digits.
fn body(value: f64, width: Width, verb: char, precision: Option<usize>, sharp: bool) -> String {
    let sign = if value.is_sign_negative() && !value.is_nan() {
        '-'
    } else {
        '+'
    };
    if value.is_nan() {
        return "+NaN".to_owned();
    }
    if value.is_infinite() {
        return format!("{sign}Inf");
    }
    let amount = value.abs();
    let digits = match verb {
        'e' | 'E' => exponential(&Digits::new(amount, width, precision), precision),
        'f' | 'F' => fixed(amount, width, precision),
        'b' => binary(amount, width),
        'x' | 'X' => hexadecimal(amount, precision),
        _ => general(amount, width, precision),
    };
    let digits = match verb {
        'g' | 'G' if sharp => with_point(&digits, precision.unwrap_or(6)),
        'x' if sharp => with_point(&digits, precision.unwrap_or(6)),
        'e' | 'E' | 'f' | 'F' | 'X' if sharp => with_point(&digits, 0),
        _ => digits,
    };
    let digits = if verb.is_ascii_uppercase() && verb != 'F' {
        digits.to_uppercase()
    } else {
        digits
    };
    format!("{sign}{digits}")
}

/// No float has more digits behind the point; the library takes no more than 65535.
const EXACT: usize = 1100;

/// Adds the zeros of a precision beyond [`EXACT`].
fn zeros(text: &mut String, precision: usize) {
    text.extend(std::iter::repeat_n('0', precision.saturating_sub(EXACT)));
}

/// Decimal digits without a point, and the exponent of the first one.
struct Digits {
    digits: String,
    exponent: i32,
}

impl Digits {
    /// As many digits behind the first as asked for, or the fewest that mean the number.
    fn new(amount: f64, width: Width, precision: Option<usize>) -> Digits {
        let written = match (precision, width) {
            (Some(precision), _) => format!("{amount:.*e}", precision.min(EXACT)),
            (None, Width::W32) => format!("{:e}", amount as f32),
            (None, _) => format!("{amount:e}"),
        };
        let (digits, exponent) = written.split_once('e').unwrap_or((&written, "0"));
        let mut digits = digits.replace('.', "");
        zeros(&mut digits, precision.unwrap_or(0));
        let longest = if width == Width::W32 { 6 } else { 15 };
        if precision.is_none() && digits.len() >= longest {
            digits = even(digits, amount);
        }
        Digits {
            digits,
            exponent: exponent.parse().unwrap_or_default(),
        }
    }
}

/// Of two shortest ways to write a number that lies in the middle between them, Go takes the even one.
fn even(digits: String, amount: f64) -> String {
    let exact = format!("{amount:.*e}", digits.len() + 25).replace('.', "");
    let exact = exact.split('e').next().unwrap_or_default();
    let Some((lower, rest)) = exact.split_at_checked(digits.len()) else {
        return digits;
    };
    let middle = rest.trim_end_matches('0') == "5";
    if middle && lower.ends_with(['0', '2', '4', '6', '8']) {
        lower.to_owned()
    } else {
        digits
    }
}

fn exponential(digits: &Digits, precision: Option<usize>) -> String {
    let (first, rest) = digits.digits.split_at_checked(1).unwrap_or(("0", ""));
    let point = if rest.is_empty() || precision == Some(0) {
        ""
    } else {
        "."
    };
    let sign = if digits.exponent < 0 { '-' } else { '+' };
    format!("{first}{point}{rest}e{sign}{:02}", digits.exponent.abs())
}

fn fixed(amount: f64, width: Width, precision: Option<usize>) -> String {
    match (precision, width) {
        (Some(precision), _) => {
            let mut text = format!("{amount:.*}", precision.min(EXACT));
            zeros(&mut text, precision);
            text
        }
        (None, Width::W32) => format!("{}", amount as f32),
        (None, _) => format!("{amount}"),
    }
}

/// `%g`: an exponent when the number is very small or large.
fn general(amount: f64, width: Width, precision: Option<usize>) -> String {
    let wanted = precision.map(|precision| precision.max(1));
    let mut digits = Digits::new(amount, width, wanted.map(|wanted| wanted - 1));
    let kept = digits.digits.trim_end_matches('0').len().max(1);
    digits.digits.truncate(kept);
    let limit = wanted.map_or(6, |wanted| i32::try_from(wanted).unwrap_or(i32::MAX));
    if digits.exponent < -4 || digits.exponent >= limit {
        return exponential(&digits, None);
    }
    placed(&digits)
}

/// The digits with the point where the exponent says.
fn placed(digits: &Digits) -> String {
    let text = &digits.digits;
    match usize::try_from(digits.exponent) {
        Err(_) => format!(
            "0.{}{text}",
            "0".repeat((-digits.exponent - 1).unsigned_abs() as usize)
        ),
        Ok(exponent) if exponent + 1 >= text.len() => {
            format!("{text}{}", "0".repeat(exponent + 1 - text.len()))
        }
        Ok(exponent) => {
            let (before, after) = text.split_at_checked(exponent + 1).unwrap_or((text, ""));
            format!("{before}.{after}")
        }
    }
}

/// `#` keeps the point, and in `%g` and `%x` the zeros behind it. The `x` of a base counts as a digit, as in Go.
fn with_point(digits: &str, wanted: usize) -> String {
    let (digits, exponent) = digits
        .find(if digits.starts_with("0x") { 'p' } else { 'e' })
        .and_then(|at| digits.split_at_checked(at))
        .unwrap_or((digits, ""));
    let point = if digits.contains('.') { "" } else { "." };
    let shown = digits
        .trim_start_matches(['0', '.'])
        .chars()
        .filter(|letter| *letter != '.')
        .count()
        .max(1);
    format!(
        "{digits}{point}{}{exponent}",
        "0".repeat(wanted.saturating_sub(shown))
    )
}

/// `%b`: the mantissa and the power of two, both in decimal.
fn binary(amount: f64, width: Width) -> String {
    let (mantissa, exponent) = match width {
        Width::W32 => {
            let bits = (amount as f32).to_bits();
            parts(u64::from(bits & 0x7f_ffff), bits >> 23, (1 << 23, 150))
        }
        _ => {
            let bits = amount.to_bits();
            parts(
                bits & 0xf_ffff_ffff_ffff,
                u32::try_from(bits >> 52).unwrap_or_default(),
                (1 << 52, 1075),
            )
        }
    };
    format!("{mantissa}p{exponent:+}")
}

fn parts(fraction: u64, exponent: u32, (hidden, bias): (u64, i32)) -> (u64, i32) {
    let exponent = i32::try_from(exponent).unwrap_or_default();
    if exponent == 0 {
        (fraction, 1 - bias)
    } else {
        (fraction | hidden, exponent - bias)
    }
}

/// `%x`: `0x1.8p+01`.
fn hexadecimal(amount: f64, precision: Option<usize>) -> String {
    if amount == 0.0 {
        let zeros = precision
            .filter(|precision| *precision > 0)
            .map(|precision| format!(".{}", "0".repeat(precision)));
        return format!("0x0{}p+00", zeros.unwrap_or_default());
    }
    let bits = amount.to_bits();
    let (mut mantissa, mut exponent) = parts(
        bits & 0xf_ffff_ffff_ffff,
        u32::try_from(bits >> 52).unwrap_or_default(),
        (1 << 52, 1075),
    );
    exponent += 52;
    while mantissa < 1 << 52 {
        mantissa <<= 1;
        exponent -= 1;
    }
    if let Some(kept) = precision.filter(|precision| *precision < 13) {
        let dropped = u32::try_from((13 - kept) * 4).unwrap_or_default();
        let half = 1_u64 << (dropped - 1);
        let odd = (mantissa >> dropped) & 1;
        mantissa = ((mantissa + half - 1 + odd) >> dropped) << dropped;
        if mantissa >= 1 << 53 {
            mantissa >>= 1;
            exponent += 1;
        }
    }
    let fraction = format!("{:013x}", mantissa & 0xf_ffff_ffff_ffff);
    let fraction = match precision {
        Some(precision) => fraction
            .chars()
            .chain(std::iter::repeat('0'))
            .take(precision)
            .collect(),
        None => fraction.trim_end_matches('0').to_owned(),
    };
    let point = if fraction.is_empty() { "" } else { "." };
    let sign = if exponent < 0 { '-' } else { '+' };
    format!("0x1{point}{fraction}p{sign}{:02}", exponent.abs())
}
