//! What templates may ask of a moment, and the named numbers that come of it: months and days of the week.

pub(crate) mod duration;

use std::sync::Arc;

use jiff::tz::{Offset, TimeZone};
use jiff::{Timestamp, Zoned};

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
        "Sub" => duration::duration(time.duration_since(other)),
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
