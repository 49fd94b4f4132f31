//! What templates may ask of a moment, and the named numbers that come of it: months, days of the week, durations.

use std::sync::Arc;

use jiff::tz::{Offset, TimeZone};
use jiff::{SignedDuration, Timestamp, Zoned};

use crate::value::{Object, Type, Value, zero_time};

/// The types of a method's parameters; nothing if moments have no such method.
pub(crate) fn parameters(name: &str) -> Option<&'static [Type]> {
    Some(match name {
        "Format" => &[Type::Text],
        "Before" | "After" | "Equal" | "Compare" | "Sub" => &[Type::Time],
        "AddDate" => &[
            Type::Int(crate::Width::Plain),
            Type::Int(crate::Width::Plain),
            Type::Int(crate::Width::Plain),
        ],
        "Year" | "Month" | "Day" | "Hour" | "Minute" | "Second" | "Nanosecond" | "Weekday"
        | "YearDay" | "Unix" | "UnixMilli" | "UnixMicro" | "UnixNano" | "UTC" | "Local"
        | "IsZero" | "String" | "Location" => &[],
        _ => return None,
    })
}

/// Calls a method with arguments that fit [`parameters`].
pub(crate) fn method(time: &Zoned, name: &str, arguments: &[Value]) -> Result<Value, String> {
    if let (Some(Value::Time(other)), [_]) = (arguments.first(), arguments) {
        return Ok(against(time, name, other));
    }
    let stamp = time.timestamp();
    Ok(match name {
        "Format" => {
            let layout = arguments
                .first()
                .and_then(Value::as_text)
                .unwrap_or_default();
            Value::text(crate::format::layout(time, &layout))
        }
        "AddDate" => return add_date(time, arguments),
        "Year" => Value::int(time.year().into()),
        "Month" => Named::value(
            "time.Month",
            time.month().into(),
            crate::format::month(time),
        ),
        "Day" => Value::int(time.day().into()),
        "Hour" => Value::int(time.hour().into()),
        "Minute" => Value::int(time.minute().into()),
        "Second" => Value::int(time.second().into()),
        "Nanosecond" => Value::int(time.subsec_nanosecond().into()),
        "Weekday" => {
            let day = i64::from(time.weekday().to_sunday_zero_offset());
            Named::value("time.Weekday", day, crate::format::day(time))
        }
        "YearDay" => Value::int(time.day_of_year().into()),
        "Unix" => Value::int64(stamp.as_second()),
        "UnixMilli" => Value::int64(stamp.as_millisecond()),
        "UnixMicro" => Value::int64(stamp.as_microsecond()),
        "UnixNano" => Value::int64(i64::try_from(stamp.as_nanosecond()).unwrap_or(i64::MAX)),
        // The server's own zone is none of a template's business.
        "UTC" | "Local" => Value::Time(Arc::new(stamp.to_zoned(TimeZone::UTC))),
        "IsZero" => Value::Bool(stamp == zero_time().timestamp()),
        "Location" => Value::text(time.time_zone().iana_name().unwrap_or(
            if time.offset() == Offset::UTC {
                "UTC"
            } else {
                ""
            },
        )),
        _ => Value::text(crate::format::text(&Value::Time(Arc::new(time.clone())))),
    })
}

fn against(time: &Zoned, name: &str, other: &Zoned) -> Value {
    let (time, other): (Timestamp, Timestamp) = (time.timestamp(), other.timestamp());
    match name {
        "Before" => Value::Bool(time < other),
        "After" => Value::Bool(time > other),
        "Equal" => Value::Bool(time == other),
        "Sub" => duration(time.duration_since(other)),
        _ => Value::int(time.cmp(&other) as i64),
    }
}

fn add_date(time: &Zoned, arguments: &[Value]) -> Result<Value, String> {
    let mut parts = arguments.iter().map(|part| {
        if let Value::Int(part, _) = part {
            *part
        } else {
            0
        }
    });
    let mut part = || parts.next().unwrap_or_default();
    let span = jiff::Span::new()
        .try_years(part())
        .and_then(|span| span.try_months(part()));
    let span = span.and_then(|span| span.try_days(part()));
    let added = span
        .and_then(|span| time.checked_add(span))
        .map_err(|error| error.to_string())?;
    Ok(Value::Time(Arc::new(added)))
}

/// A Go `time.Duration`.
pub(crate) fn duration(duration: SignedDuration) -> Value {
    let nanoseconds = i64::try_from(duration.as_nanos()).unwrap_or(if duration.is_negative() {
        i64::MIN
    } else {
        i64::MAX
    });
    Value::Object(Arc::new(Duration(nanoseconds)))
}

/// A number whose type gives it a name to print.
struct Named {
    type_name: &'static str,
    number: i64,
    name: &'static str,
}

impl Named {
    fn value(type_name: &'static str, number: i64, name: &'static str) -> Value {
        Value::Object(Arc::new(Named {
            type_name,
            number,
            name,
        }))
    }
}

impl Object for Named {
    fn type_name(&self) -> &str {
        self.type_name
    }

    fn method(&self, name: &str, _arguments: &[Value]) -> Option<Result<Value, String>> {
        (name == "String").then(|| Ok(Value::text(self.name)))
    }

    fn underlying(&self) -> Value {
        Value::int(self.number)
    }

    fn text(&self) -> String {
        self.name.to_owned()
    }
}

struct Duration(i64);

impl Object for Duration {
    fn type_name(&self) -> &str {
        "time.Duration"
    }

    #[expect(
        clippy::cast_precision_loss,
        reason = "hours of a duration are a float, as in Go"
    )]
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
