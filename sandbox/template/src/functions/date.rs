//! Functions on dates. The clock is the time of the request, the local zone is UTC.

use std::sync::Arc;

use jiff::tz::TimeZone;
use jiff::{SignedDuration, Timestamp, Zoned};

use super::Call;
use super::family::Entry;
use super::moment::parse;
use super::number::whole;
use crate::format::layout as format;
use crate::time::duration;
use crate::value::{Value, zero_time};

const DAY: &str = "2006-01-02";

pub(super) const FAMILY: &[Entry] = &[
    ("now", "", |c| Ok(moment(c.now.to_zoned(TimeZone::UTC)))),
    ("date", "sa", |c| Ok(format(&time(c, 1), &c.text(0)).into())),
    ("dateInZone", "sas", |c| {
        Ok(format(&zoned(c, 1, 2), &c.text(0)).into())
    }),
    ("date_in_zone", "sas", |c| {
        Ok(format(&zoned(c, 1, 2), &c.text(0)).into())
    }),
    ("htmlDate", "a", |c| Ok(format(&time(c, 0), DAY).into())),
    ("htmlDateInZone", "as", |c| {
        Ok(format(&zoned(c, 0, 1), DAY).into())
    }),
    ("dateModify", "sa", |c| {
        Ok(moved(c).unwrap_or_else(|_| moment(time(c, 1))))
    }),
    ("date_modify", "sa", |c| {
        Ok(moved(c).unwrap_or_else(|_| moment(time(c, 1))))
    }),
    ("mustDateModify", "sa", moved),
    ("must_date_modify", "sa", moved),
    ("toDate", "ss", |c| {
        Ok(read(c).unwrap_or_else(|_| moment(zero_time())))
    }),
    ("mustToDate", "ss", read),
    ("unixEpoch", "a", |c| {
        Ok(time(c, 0).timestamp().as_second().to_string().into())
    }),
    ("duration", "a", |c| {
        Ok(duration::written(SignedDuration::from_secs(whole(c.argument(0)))).into())
    }),
    ("durationRound", "a", |c| Ok(rounded(c).into())),
    ("ago", "a", |c| {
        let age = c.now.duration_since(time(c, 0).timestamp());
        Ok(duration::written(SignedDuration::from_secs(seconds(age))).into())
    }),
    ("relTime", "aa*", relative),
];

fn moment(time: Zoned) -> Value {
    Value::Time(Arc::new(time))
}

/// The time an argument means: a time, seconds since 1970, else now.
fn time(c: &Call<'_>, position: usize) -> Zoned {
    match c.argument(position) {
        Value::Time(time) => (**time).clone(),
        Value::Int(seconds, _) => {
            let time = Timestamp::from_second(*seconds).unwrap_or(c.now);
            time.to_zoned(TimeZone::UTC)
        }
        _ => c.now.to_zoned(TimeZone::UTC),
    }
}

/// The same in a named zone; an unknown one is UTC.
fn zoned(c: &Call<'_>, position: usize, zone: usize) -> Zoned {
    let zone = TimeZone::get(&c.text(zone)).unwrap_or(TimeZone::UTC);
    time(c, position).with_time_zone(zone)
}

fn moved(c: &Call<'_>) -> Result<Value, String> {
    let by = duration::read(&c.text(0))
        .ok_or_else(|| format!("time: invalid duration \"{}\"", c.text(0)))?;
    let moved = time(c, 1)
        .checked_add(by)
        .map_err(|error| error.to_string())?;
    Ok(moment(moved))
}

fn read(c: &Call<'_>) -> Result<Value, String> {
    parse(&c.text(0), &c.text(1)).map(moment).ok_or_else(|| {
        format!(
            "parsing time \"{}\" as \"{}\": it does not fit",
            c.text(1),
            c.text(0)
        )
    })
}

/// To the nearest second.
fn seconds(span: SignedDuration) -> i64 {
    let rest = i64::from(span.subsec_nanos());
    span.as_secs()
        + if rest >= 500_000_000 {
            1
        } else if rest <= -500_000_000 {
            -1
        } else {
            0
        }
}

/// The largest unit of a duration, or of the time since a date.
fn rounded(c: &Call<'_>) -> String {
    let span = match c.argument(0) {
        Value::Text(text) => duration::read(text).unwrap_or_default(),
        Value::Int(nanoseconds, _) => SignedDuration::from_nanos(*nanoseconds),
        Value::Time(time) => c.now.duration_since(time.timestamp()),
        _ => SignedDuration::ZERO,
    };
    let size = span.unsigned_abs().as_secs();
    const HOUR: u64 = 3600;
    let units = [
        ("y", 24 * 365 * HOUR),
        ("mo", 24 * 30 * HOUR),
        ("d", 24 * HOUR),
        ("h", HOUR),
        ("m", 60),
        ("s", 1),
    ];
    let unit = units
        .into_iter()
        .find(|(_, unit)| size > *unit || (size == *unit && *unit == 1));
    unit.map_or_else(
        || "0s".to_owned(),
        |(name, unit)| format!("{}{name}", size / unit),
    )
}

/// How long ago something was, in one unit or the given number of them.
fn relative(c: &Call<'_>) -> Result<Value, String> {
    let time = match c.argument(0) {
        Value::Time(time) => time.timestamp(),
        Value::Text(text) => match text.parse::<Timestamp>() {
            Ok(time) => time,
            Err(_) => return Ok("-".into()),
        },
        _ => return Ok("-".into()),
    };
    if time == zero_time().timestamp() {
        return Ok("-".into());
    }
    let age = c.now.duration_since(time);
    let sign = if age.is_negative() { "-" } else { "" };
    let size = age.abs();
    if size < SignedDuration::from_secs(1) {
        return Ok("recently".into());
    }
    let exact = seconds(size);
    let step = match exact {
        ..3_600 => 1,
        3_600..21_600 => 60,
        _ => 3_600,
    };
    let units = c.from(1).first().map_or(1, whole).max(1);
    Ok(format!(
        "{sign}{} ago",
        spelt(
            (exact + step / 2) / step * step,
            usize::try_from(units).unwrap_or(1)
        )
    )
    .into())
}

fn spelt(seconds: i64, units: usize) -> String {
    let parts = [
        ("d", seconds / 86_400),
        ("h", seconds / 3_600 % 24),
        ("m", seconds / 60 % 60),
        ("s", seconds % 60),
    ];
    let shown = parts.iter().filter(|(_, number)| *number > 0).take(units);
    shown
        .map(|(unit, number)| format!("{number}{unit}"))
        .collect::<Vec<_>>()
        .join(" ")
}
