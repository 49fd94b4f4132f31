//! Durations: how they are written, read and asked.

use std::sync::Arc;

use jiff::SignedDuration;

use crate::value::{Object, Value};

/// A Go `time.Duration`.
pub(crate) fn duration(duration: SignedDuration) -> Value {
    Value::Object(Arc::new(Duration::new(duration)))
}

/// A duration as Go prints it: `1h30m0s`, `1.5s`, `20ms`.
pub(crate) fn written(duration: SignedDuration) -> String {
    Duration::new(duration).text()
}

/// Nanoseconds.
struct Duration(i64);

impl Duration {
    /// The longest one instead of a longer one.
    fn new(duration: SignedDuration) -> Duration {
        let nanoseconds = i64::try_from(duration.as_nanos()).unwrap_or(if duration.is_negative() {
            i64::MIN
        } else {
            i64::MAX
        });
        Duration(nanoseconds)
    }
}

impl Object for Duration {
    fn type_name(&self) -> &str {
        "time.Duration"
    }

    fn method(&self, name: &str, _arguments: &[Value]) -> Option<Result<Value, String>> {
        let seconds = self.0 as f64 / 1e9;
        Some(Ok(match name {
            "Hours" => Value::float(seconds / 3600.0),
            "Minutes" => Value::float(seconds / 60.0),
            "Seconds" => Value::float(seconds),
            "Milliseconds" => Value::int64(self.0 / 1_000_000),
            "Microseconds" => Value::int64(self.0 / 1000),
            "Nanoseconds" => Value::int64(self.0),
            "String" => Value::text(self.text()),
            _ => return None,
        }))
    }

    fn underlying(&self) -> Value {
        Value::int64(self.0)
    }

    fn text(&self) -> String {
        let sign = if self.0 < 0 { "-" } else { "" };
        let amount = self.0.unsigned_abs();
        let small = |unit: u64, name: &str| format!("{sign}{}{name}", decimal(amount, unit));
        match amount {
            0 => "0s".to_owned(),
            1..1_000 => small(1, "ns"),
            1_000..1_000_000 => small(1_000, "µs"),
            1_000_000..1_000_000_000 => small(1_000_000, "ms"),
            _ => {
                let (minutes, rest) = (amount / 60_000_000_000, amount % 60_000_000_000);
                let seconds = decimal(rest, 1_000_000_000);
                match (minutes / 60, minutes % 60) {
                    (0, 0) => format!("{sign}{seconds}s"),
                    (0, minutes) => format!("{sign}{minutes}m{seconds}s"),
                    (hours, minutes) => format!("{sign}{hours}h{minutes}m{seconds}s"),
                }
            }
        }
    }
}

/// An amount in a unit, with as many digits behind the point as it takes.
fn decimal(amount: u64, unit: u64) -> String {
    let width = unit.ilog10() as usize;
    let fraction = format!("{:0width$}", amount % unit);
    let fraction = fraction.trim_end_matches('0');
    let point = if fraction.is_empty() || width == 0 {
        ""
    } else {
        "."
    };
    let fraction = if width == 0 { "" } else { fraction };
    format!("{}{point}{fraction}", amount / unit)
}

/// Reads a duration: `-1.5h`, `2h45m`, `300ms`.
pub(crate) fn read(text: &str) -> Option<SignedDuration> {
    let (sign, mut rest) = match text.strip_prefix('-') {
        Some(rest) => (-1.0, rest),
        None => (1.0, text.strip_prefix('+').unwrap_or(text)),
    };
    if rest == "0" {
        return Some(SignedDuration::ZERO);
    }
    let mut nanoseconds = 0.0;
    while !rest.is_empty() {
        let end = rest.find(|letter: char| !letter.is_ascii_digit() && letter != '.')?;
        let (number, behind) = rest.split_at(end);
        let units = [
            ("ns", 1.0),
            ("us", 1e3),
            ("µs", 1e3),
            ("ms", 1e6),
            ("s", 1e9),
            ("m", 6e10),
            ("h", 3.6e12),
        ];
        let (unit, size) = units.into_iter().find(|(unit, _)| {
            behind.starts_with(unit) && !(*unit == "m" && behind.starts_with("ms"))
        })?;
        nanoseconds += number.parse::<f64>().ok()? * size;
        rest = behind.get(unit.len()..)?;
    }
    (!text.is_empty() && text != "-" && text != "+" && nanoseconds < 9.2e18)
        .then(|| SignedDuration::from_nanos((sign * nanoseconds) as i64))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn durations_print_as_in_go() {
        for (nanoseconds, expected) in [
            (0, "0s"),
            (15, "15ns"),
            (1_500, "1.5µs"),
            (-2_000_000, "-2ms"),
            (90_000_000_000, "1m30s"),
            (3_600_500_000_000, "1h0m0.5s"),
        ] {
            assert_eq!(Duration(nanoseconds).text(), expected);
        }
    }
}
