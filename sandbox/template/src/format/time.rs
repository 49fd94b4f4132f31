//! Moments as text, in the layouts of [`crate::layout`].

use jiff::Zoned;

use crate::layout::{DAYS, MONTHS, Pad, Part, next};

/// A moment as `%v` prints it.
pub(super) fn text(time: &Zoned) -> String {
    layout(time, "2006-01-02 15:04:05.999999999 -0700 MST")
}

/// A moment in a layout.
pub fn layout(time: &Zoned, layout: &str) -> String {
    let mut out = String::with_capacity(layout.len() + 8);
    let mut rest = layout;
    while let Some((before, part, behind)) = next(rest) {
        out.push_str(before);
        out.push_str(&part.show(time));
        rest = behind;
    }
    out.push_str(rest);
    out
}

/// The name of the month.
pub(crate) fn month(time: &Zoned) -> &'static str {
    let index = usize::from(time.month().unsigned_abs()).saturating_sub(1);
    MONTHS.get(index).copied().unwrap_or_default()
}

/// The name of the day of the week.
pub(crate) fn day(time: &Zoned) -> &'static str {
    let index = usize::from(time.weekday().to_monday_zero_offset().unsigned_abs());
    DAYS.get(index).copied().unwrap_or_default()
}

impl Part {
    fn show(self, time: &Zoned) -> String {
        match self {
            Part::LongMonth => month(time).to_owned(),
            Part::Month => month(time).chars().take(3).collect(),
            Part::MonthNumber(pad) => pad.show(time.month().into(), 2),
            Part::LongDay => day(time).to_owned(),
            Part::Day => day(time).chars().take(3).collect(),
            Part::DayNumber(pad) => pad.show(time.day().into(), 2),
            Part::DayOfYear(pad) => pad.show(time.day_of_year(), 3),
            Part::Hour => format!("{:02}", time.hour()),
            Part::HourOfTwelve(pad) => pad.show((i16::from(time.hour()) + 11) % 12 + 1, 2),
            Part::Minute(pad) => pad.show(time.minute().into(), 2),
            Part::Second(pad) => pad.show(time.second().into(), 2),
            Part::LongYear => format!("{:04}", time.year()),
            Part::Year => format!("{:02}", time.year().rem_euclid(100)),
            Part::Half => half(time).to_owned(),
            Part::SmallHalf => half(time).to_lowercase(),
            Part::ZoneName => zone_name(time),
            Part::Zone { z, colons, parts } => zone(time, z, colons, parts),
            Part::Fraction {
                mark,
                digits,
                trimmed,
            } => subsecond(time, mark, digits, trimmed),
        }
    }
}

impl Pad {
    fn show(self, number: i16, width: usize) -> String {
        match self {
            Pad::None => number.to_string(),
            Pad::Zeros => format!("{number:0width$}"),
            Pad::Spaces => format!("{number:width$}"),
        }
    }
}

fn half(time: &Zoned) -> &'static str {
    if time.hour() < 12 { "AM" } else { "PM" }
}

fn zone_name(time: &Zoned) -> String {
    let info = time.time_zone().to_offset_info(time.timestamp());
    let name = info.abbreviation();
    if time.offset().is_zero() && (time.time_zone().iana_name().is_none() || name.is_empty()) {
        "UTC".to_owned()
    } else if time.time_zone().iana_name().is_none() {
        zone(time, false, false, 2)
    } else {
        name.to_owned()
    }
}

fn zone(time: &Zoned, z: bool, colons: bool, parts: usize) -> String {
    let seconds = time.offset().seconds();
    if z && seconds == 0 {
        return "Z".to_owned();
    }
    let sign = if seconds < 0 { '-' } else { '+' };
    let amount = seconds.unsigned_abs();
    let all = [amount / 3600, amount / 60 % 60, amount % 60].map(|part| format!("{part:02}"));
    let shown: Vec<String> = all.into_iter().take(parts).collect();
    format!("{sign}{}", shown.join(if colons { ":" } else { "" }))
}

fn subsecond(time: &Zoned, mark: char, digits: usize, trimmed: bool) -> String {
    let mut shown: String = format!("{:09}", time.subsec_nanosecond())
        .chars()
        .take(digits)
        .collect();
    if trimmed {
        shown.truncate(shown.trim_end_matches('0').len());
        if shown.is_empty() {
            return shown;
        }
    }
    format!("{mark}{shown}")
}
