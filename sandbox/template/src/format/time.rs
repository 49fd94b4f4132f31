//! Moments as text. A layout shows how one certain moment looks: Monday, 2 January 2006, 15:04:05, seven hours behind UTC.

use jiff::Zoned;

/// A moment as `%v` prints it.
pub(super) fn text(time: &Zoned) -> String {
    layout(time, "2006-01-02 15:04:05.999999999 -0700 MST")
}

/// A moment in a layout.
pub fn layout(time: &Zoned, layout: &str) -> String {
    let mut out = String::with_capacity(layout.len() + 8);
    let mut rest = layout;
    while let Some(letter) = rest.chars().next() {
        let part = part(rest).or_else(|| fraction(rest));
        let (length, shown) = match part {
            Some((length, part)) => (length, part.show(time)),
            None => (letter.len_utf8(), letter.to_string()),
        };
        out.push_str(&shown);
        rest = rest.get(length..).unwrap_or_default();
    }
    out
}

#[derive(Clone, Copy)]
enum Part {
    LongMonth,
    Month,
    MonthNumber(Pad),
    LongDay,
    Day,
    DayNumber(Pad),
    DayOfYear(Pad),
    Hour,
    HourOfTwelve(Pad),
    Minute(Pad),
    Second(Pad),
    LongYear,
    Year,
    Half,
    SmallHalf,
    ZoneName,
    Zone {
        z: bool,
        colons: bool,
        parts: usize,
    },
    Fraction {
        mark: char,
        digits: usize,
        trimmed: bool,
    },
    Underscore,
}

#[derive(Clone, Copy)]
enum Pad {
    None,
    Zeros,
    Spaces,
}

/// Parts that begin with one another stand longest first.
const PARTS: &[(&str, Part)] = &[
    ("January", Part::LongMonth),
    ("Jan", Part::Month),
    ("Monday", Part::LongDay),
    ("Mon", Part::Day),
    ("MST", Part::ZoneName),
    ("002", Part::DayOfYear(Pad::Zeros)),
    ("01", Part::MonthNumber(Pad::Zeros)),
    ("02", Part::DayNumber(Pad::Zeros)),
    ("03", Part::HourOfTwelve(Pad::Zeros)),
    ("04", Part::Minute(Pad::Zeros)),
    ("05", Part::Second(Pad::Zeros)),
    ("06", Part::Year),
    ("15", Part::Hour),
    ("1", Part::MonthNumber(Pad::None)),
    ("2006", Part::LongYear),
    ("2", Part::DayNumber(Pad::None)),
    ("__2", Part::DayOfYear(Pad::Spaces)),
    ("_2006", Part::Underscore),
    ("_2", Part::DayNumber(Pad::Spaces)),
    ("3", Part::HourOfTwelve(Pad::None)),
    ("4", Part::Minute(Pad::None)),
    ("5", Part::Second(Pad::None)),
    ("PM", Part::Half),
    ("pm", Part::SmallHalf),
    (
        "-070000",
        Part::Zone {
            z: false,
            colons: false,
            parts: 3,
        },
    ),
    (
        "-07:00:00",
        Part::Zone {
            z: false,
            colons: true,
            parts: 3,
        },
    ),
    (
        "-0700",
        Part::Zone {
            z: false,
            colons: false,
            parts: 2,
        },
    ),
    (
        "-07:00",
        Part::Zone {
            z: false,
            colons: true,
            parts: 2,
        },
    ),
    (
        "-07",
        Part::Zone {
            z: false,
            colons: false,
            parts: 1,
        },
    ),
    (
        "Z070000",
        Part::Zone {
            z: true,
            colons: false,
            parts: 3,
        },
    ),
    (
        "Z07:00:00",
        Part::Zone {
            z: true,
            colons: true,
            parts: 3,
        },
    ),
    (
        "Z0700",
        Part::Zone {
            z: true,
            colons: false,
            parts: 2,
        },
    ),
    (
        "Z07:00",
        Part::Zone {
            z: true,
            colons: true,
            parts: 2,
        },
    ),
    (
        "Z07",
        Part::Zone {
            z: true,
            colons: false,
            parts: 1,
        },
    ),
];

fn part(rest: &str) -> Option<(usize, Part)> {
    let fits = |(pattern, part): &&(&str, Part)| {
        let Some(behind) = rest.strip_prefix(pattern) else {
            return false;
        };
        let short_name = matches!(part, Part::Month | Part::Day);
        !(short_name && behind.starts_with(|next: char| next.is_ascii_lowercase()))
    };
    let (pattern, part) = PARTS.iter().find(fits)?;
    // Of `_2006` only the underscore is read, as itself.
    Some((
        if matches!(part, Part::Underscore) {
            1
        } else {
            pattern.len()
        },
        *part,
    ))
}

/// `.000` or `,999`, but not before other digits.
fn fraction(rest: &str) -> Option<(usize, Part)> {
    let mark = rest
        .chars()
        .next()
        .filter(|mark| matches!(mark, '.' | ','))?;
    let behind = rest.get(1..)?;
    let digit = behind
        .chars()
        .next()
        .filter(|digit| matches!(digit, '0' | '9'))?;
    let digits = behind.len() - behind.trim_start_matches(digit).len();
    let ends = !behind
        .get(digits..)?
        .starts_with(|next: char| next.is_ascii_digit());
    ends.then_some((
        1 + digits,
        Part::Fraction {
            mark,
            digits,
            trimmed: digit == '9',
        },
    ))
}

const MONTHS: [&str; 12] = [
    "January",
    "February",
    "March",
    "April",
    "May",
    "June",
    "July",
    "August",
    "September",
    "October",
    "November",
    "December",
];

const DAYS: [&str; 7] = [
    "Monday",
    "Tuesday",
    "Wednesday",
    "Thursday",
    "Friday",
    "Saturday",
    "Sunday",
];

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
            Part::Underscore => "_".to_owned(),
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
