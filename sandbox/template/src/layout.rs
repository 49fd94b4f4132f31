//! What layouts of moments are made of. A layout shows how one certain moment looks: Monday, 2 January 2006, 15:04:05,
//! seven hours behind UTC. Writing and reading go by this one table.

/// A part of a layout that stands for a part of a moment.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Part {
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
    /// `-0700` and its kin: `Z` for UTC, with colons, so many parts.
    Zone {
        z: bool,
        colons: bool,
        parts: usize,
    },
    /// `.000` or `,999`: so many digits, without trailing zeros when they are nines.
    Fraction {
        mark: char,
        digits: usize,
        trimmed: bool,
    },
}

/// What a number is filled up with.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Pad {
    None,
    Zeros,
    Spaces,
}

const fn zone(z: bool, colons: bool, parts: usize) -> Part {
    Part::Zone { z, colons, parts }
}

/// Texts that begin with one another stand longest first.
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
    ("_2", Part::DayNumber(Pad::Spaces)),
    ("3", Part::HourOfTwelve(Pad::None)),
    ("4", Part::Minute(Pad::None)),
    ("5", Part::Second(Pad::None)),
    ("PM", Part::Half),
    ("pm", Part::SmallHalf),
    ("-070000", zone(false, false, 3)),
    ("-07:00:00", zone(false, true, 3)),
    ("-0700", zone(false, false, 2)),
    ("-07:00", zone(false, true, 2)),
    ("-07", zone(false, false, 1)),
    ("Z070000", zone(true, false, 3)),
    ("Z07:00:00", zone(true, true, 3)),
    ("Z0700", zone(true, false, 2)),
    ("Z07:00", zone(true, true, 2)),
    ("Z07", zone(true, false, 1)),
];

pub(crate) const MONTHS: [&str; 12] = [
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

pub(crate) const DAYS: [&str; 7] = [
    "Monday",
    "Tuesday",
    "Wednesday",
    "Thursday",
    "Friday",
    "Saturday",
    "Sunday",
];

/// The first part of a layout: the text before it, the part, the text behind it.
pub(crate) fn next(layout: &str) -> Option<(&str, Part, &str)> {
    layout.char_indices().find_map(|(at, _)| {
        let (before, rest) = layout.split_at_checked(at)?;
        let (length, part) = part(rest).or_else(|| fraction(rest))?;
        Some((before, part, rest.get(length..).unwrap_or_default()))
    })
}

fn part(rest: &str) -> Option<(usize, Part)> {
    let fits = |(pattern, part): &&(&str, Part)| {
        let Some(behind) = rest.strip_prefix(pattern) else {
            return false;
        };
        let short_name = matches!(part, Part::Month | Part::Day);
        !(short_name && behind.starts_with(|next: char| next.is_ascii_lowercase()))
    };
    // The underscore of `_2006` is one, and the year comes behind it.
    if rest.starts_with("_2006") {
        return None;
    }
    let (pattern, part) = PARTS.iter().find(fits)?;
    Some((pattern.len(), *part))
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
