//! Reading dates and durations. A layout is the reference time `Mon Jan 2 15:04:05 MST 2006`, written as the dates are.

use jiff::civil::{Date, DateTime, Time};
use jiff::tz::{Offset, TimeZone};
use jiff::{SignedDuration, Zoned};

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
    "Sunday",
    "Monday",
    "Tuesday",
    "Wednesday",
    "Thursday",
    "Friday",
    "Saturday",
];

/// A part of a layout that stands for a part of a date.
#[derive(Clone, Copy, Debug, PartialEq)]
enum Field {
    Year,
    ShortYear,
    MonthName,
    ShortMonth,
    Month {
        padded: bool,
    },
    DayName,
    ShortDay,
    Day {
        pad: Option<char>,
    },
    DayOfYear {
        pad: char,
    },
    Hour,
    HalfHour {
        padded: bool,
    },
    Minute {
        padded: bool,
    },
    Second {
        padded: bool,
    },
    Noon {
        upper: bool,
    },
    ZoneName,
    /// `-0700` and its kin: `Z` for UTC, with colons, with minutes, with seconds.
    Zone {
        z: bool,
        colon: bool,
        parts: usize,
    },
    /// `.000` or `,999`: so many digits, without trailing zeros when they are nines.
    Fraction {
        comma: bool,
        digits: usize,
        trimmed: bool,
    },
}

/// What stands for what, longer texts before their beginnings.
const FIELDS: [(&str, Field); 38] = [
    ("January", Field::MonthName),
    ("Jan", Field::ShortMonth),
    ("Monday", Field::DayName),
    ("Mon", Field::ShortDay),
    ("MST", Field::ZoneName),
    ("2006", Field::Year),
    ("01", Field::Month { padded: true }),
    ("002", Field::DayOfYear { pad: '0' }),
    ("02", Field::Day { pad: Some('0') }),
    ("03", Field::HalfHour { padded: true }),
    ("04", Field::Minute { padded: true }),
    ("05", Field::Second { padded: true }),
    ("06", Field::ShortYear),
    ("15", Field::Hour),
    ("__2", Field::DayOfYear { pad: ' ' }),
    ("_2006", Field::Year),
    ("_2", Field::Day { pad: Some(' ') }),
    ("PM", Field::Noon { upper: true }),
    ("pm", Field::Noon { upper: false }),
    (
        "-07:00:00",
        Field::Zone {
            z: false,
            colon: true,
            parts: 3,
        },
    ),
    (
        "-07:00",
        Field::Zone {
            z: false,
            colon: true,
            parts: 2,
        },
    ),
    (
        "-070000",
        Field::Zone {
            z: false,
            colon: false,
            parts: 3,
        },
    ),
    (
        "-0700",
        Field::Zone {
            z: false,
            colon: false,
            parts: 2,
        },
    ),
    (
        "-07",
        Field::Zone {
            z: false,
            colon: false,
            parts: 1,
        },
    ),
    (
        "Z07:00:00",
        Field::Zone {
            z: true,
            colon: true,
            parts: 3,
        },
    ),
    (
        "Z07:00",
        Field::Zone {
            z: true,
            colon: true,
            parts: 2,
        },
    ),
    (
        "Z070000",
        Field::Zone {
            z: true,
            colon: false,
            parts: 3,
        },
    ),
    (
        "Z0700",
        Field::Zone {
            z: true,
            colon: false,
            parts: 2,
        },
    ),
    (
        "Z07",
        Field::Zone {
            z: true,
            colon: false,
            parts: 1,
        },
    ),
    ("1", Field::Month { padded: false }),
    ("2", Field::Day { pad: None }),
    ("3", Field::HalfHour { padded: false }),
    ("4", Field::Minute { padded: false }),
    ("5", Field::Second { padded: false }),
    (
        ".0",
        Field::Fraction {
            comma: false,
            digits: 0,
            trimmed: false,
        },
    ),
    (
        ",0",
        Field::Fraction {
            comma: true,
            digits: 0,
            trimmed: false,
        },
    ),
    (
        ".9",
        Field::Fraction {
            comma: false,
            digits: 0,
            trimmed: true,
        },
    ),
    (
        ",9",
        Field::Fraction {
            comma: true,
            digits: 0,
            trimmed: true,
        },
    ),
];

/// The next field of a layout: the text before it, the field, the text behind it.
fn next(layout: &str) -> Option<(&str, Field, &str)> {
    for (at, _) in layout.char_indices() {
        let (before, rest) = layout.split_at(at);
        let found = FIELDS.iter().find(|(text, _)| rest.starts_with(text));
        let Some((text, field)) = found else { continue };
        let behind = rest.get(text.len()..).unwrap_or_default();
        if let Field::Fraction { comma, trimmed, .. } = field {
            let digit = if *trimmed { '9' } else { '0' };
            let digits = 1 + behind.chars().take_while(|letter| *letter == digit).count();
            let behind = behind.get(digits - 1..).unwrap_or_default();
            if behind.starts_with(|letter: char| letter.is_ascii_digit()) {
                continue;
            }
            let field = Field::Fraction {
                comma: *comma,
                digits,
                trimmed: *trimmed,
            };
            return Some((before, field, behind));
        }
        if matches!(field, Field::ShortMonth)
            && rest.as_bytes().get(3).is_some_and(u8::is_ascii_lowercase)
        {
            continue;
        }
        if *text == "_2006" {
            let (_, with_space) = layout.split_at(at + 1);
            return Some((
                layout.get(..=at).unwrap_or(before),
                Field::Year,
                with_space.get(4..).unwrap_or_default(),
            ));
        }
        return Some((before, *field, behind));
    }
    None
}

/// Reads a time written in a layout; what it does not say is the first moment of the year 0, in UTC.
pub(crate) fn parse(layout: &str, text: &str) -> Option<Zoned> {
    let mut read = Read::default();
    let (mut layout, mut text) = (layout, text);
    while let Some((before, field, behind)) = next(layout) {
        text = text.strip_prefix(before)?;
        text = read.field(field, text)?;
        if matches!(field, Field::Second { .. })
            && !matches!(next(behind), Some(("", Field::Fraction { .. }, _)))
        {
            text = read.stray_fraction(text);
        }
        layout = behind;
    }
    (text == layout).then(|| read.time()).flatten()
}

#[derive(Default)]
struct Read {
    year: Option<i16>,
    month: Option<i8>,
    day: Option<i8>,
    hour: i8,
    minute: i8,
    second: i8,
    nanosecond: i32,
    afternoon: Option<bool>,
    offset: Option<i32>,
}

/// The number at the front, of so many digits.
fn digits(text: &str, least: usize, most: usize) -> Option<(i64, &str)> {
    let count = text
        .bytes()
        .take(most)
        .take_while(u8::is_ascii_digit)
        .count();
    let (number, rest) = text.split_at_checked(count)?;
    (count >= least)
        .then(|| number.parse().ok().map(|number| (number, rest)))
        .flatten()
}

fn name<'t>(names: &[&str], text: &'t str, whole: bool) -> Option<(i8, &'t str)> {
    names.iter().enumerate().find_map(|(at, name)| {
        let name = if whole { name } else { name.get(..3)? };
        let head = text.get(..name.len())?;
        let rest = text.get(name.len()..)?;
        head.eq_ignore_ascii_case(name)
            .then_some((i8::try_from(at).ok()?, rest))
    })
}

impl Read {
    fn field<'t>(&mut self, field: Field, text: &'t str) -> Option<&'t str> {
        let small =
            |(number, rest): (i64, &'t str)| i8::try_from(number).ok().map(|number| (number, rest));
        let two = |padded: bool| digits(text, if padded { 2 } else { 1 }, 2).and_then(small);
        let (place, (number, rest)) = match field {
            Field::Year => {
                let (year, rest) = digits(text, 4, 4)?;
                self.year = i16::try_from(year).ok();
                return Some(rest);
            }
            Field::ShortYear => {
                let (year, rest) = digits(text, 2, 2)?;
                self.year = i16::try_from(if year >= 69 { year + 1900 } else { year + 2000 }).ok();
                return Some(rest);
            }
            Field::MonthName | Field::ShortMonth => {
                let (month, rest) = name(&MONTHS, text, field == Field::MonthName)?;
                self.month = Some(month + 1);
                return Some(rest);
            }
            Field::DayName | Field::ShortDay => {
                return Some(name(&DAYS, text, field == Field::DayName)?.1);
            }
            Field::Month { padded } => {
                let (month, rest) = two(padded)?;
                self.month = Some(month);
                return Some(rest);
            }
            Field::Day { pad } => {
                let text = if pad == Some(' ') {
                    text.trim_start_matches(' ')
                } else {
                    text
                };
                let (day, rest) =
                    digits(text, if pad == Some('0') { 2 } else { 1 }, 2).and_then(small)?;
                self.day = Some(day);
                return Some(rest);
            }
            Field::DayOfYear { .. } => return Some(digits(text.trim_start(), 1, 3)?.1),
            Field::Noon { .. } => {
                let half = text.get(..2)?.to_ascii_lowercase();
                self.afternoon = Some(match half.as_str() {
                    "pm" => true,
                    "am" => false,
                    _ => return None,
                });
                return text.get(2..);
            }
            Field::ZoneName => return self.zone_name(text),
            Field::Zone { z, colon, parts } => return self.zone(text, z, colon, parts),
            Field::Fraction {
                digits, trimmed, ..
            } => return self.fraction(text, digits, trimmed),
            Field::Hour => (&mut self.hour, two(true)?),
            Field::HalfHour { padded } => (&mut self.hour, two(padded)?),
            Field::Minute { padded } => (&mut self.minute, two(padded)?),
            Field::Second { padded } => (&mut self.second, two(padded)?),
        };
        *place = number;
        Some(rest)
    }

    fn zone_name<'t>(&mut self, text: &'t str) -> Option<&'t str> {
        let length = text
            .bytes()
            .take(5)
            .take_while(u8::is_ascii_uppercase)
            .count();
        self.offset = self.offset.or(Some(0));
        (length >= 3).then(|| text.get(length..)).flatten()
    }

    fn zone<'t>(&mut self, text: &'t str, z: bool, colon: bool, parts: usize) -> Option<&'t str> {
        if let Some(rest) = text.strip_prefix('Z').filter(|_| z) {
            self.offset = Some(0);
            return Some(rest);
        }
        let sign = match text.get(..1)? {
            "+" => 1,
            "-" => -1,
            _ => return None,
        };
        let mut rest = text.get(1..)?;
        let mut seconds = 0;
        for (at, unit) in [3600, 60, 1].into_iter().take(parts).enumerate() {
            rest = if at > 0 && colon {
                rest.strip_prefix(':')?
            } else {
                rest
            };
            let (number, behind) = digits(rest, 2, 2)?;
            seconds += i32::try_from(number).ok()? * unit;
            rest = behind;
        }
        self.offset = Some(sign * seconds);
        Some(rest)
    }

    fn fraction<'t>(&mut self, text: &'t str, most: usize, trimmed: bool) -> Option<&'t str> {
        let Some(rest) = text.strip_prefix(['.', ',']) else {
            return trimmed.then_some(text);
        };
        let (least, most) = if trimmed { (1, 9) } else { (most, most) };
        let count = rest
            .bytes()
            .take(most)
            .take_while(u8::is_ascii_digit)
            .count();
        let (number, behind) = rest.split_at_checked(count).filter(|_| count >= least)?;
        self.nanosecond = format!("{number:0<9}").get(..9)?.parse().ok()?;
        Some(behind)
    }

    /// A fraction of a second may follow even when the layout has none.
    fn stray_fraction<'t>(&mut self, text: &'t str) -> &'t str {
        match text.starts_with(['.', ',']) && text.as_bytes().get(1).is_some_and(u8::is_ascii_digit)
        {
            true => self.fraction(text, 9, true).unwrap_or(text),
            false => text,
        }
    }

    fn time(&self) -> Option<Zoned> {
        let hour = match (self.afternoon, self.hour) {
            (Some(true), hour) if hour < 12 => hour + 12,
            (Some(false), 12) => 0,
            (_, hour) => hour,
        };
        let date = Date::new(
            self.year.unwrap_or(0),
            self.month.unwrap_or(1),
            self.day.unwrap_or(1),
        )
        .ok()?;
        let time = Time::new(hour, self.minute, self.second, self.nanosecond).ok()?;
        let offset = Offset::from_seconds(self.offset.unwrap_or(0)).ok()?;
        let zone = if offset == Offset::UTC {
            TimeZone::UTC
        } else {
            TimeZone::fixed(offset)
        };
        DateTime::from_parts(date, time).to_zoned(zone).ok()
    }
}

/// A duration as Go prints it: `1h30m0s`, `1.5s`, `20ms`.
pub(crate) fn duration(span: SignedDuration) -> String {
    let nanoseconds = span.as_nanos();
    let sign = if nanoseconds < 0 { "-" } else { "" };
    let size = nanoseconds.unsigned_abs();
    let decimal = |unit: u128| {
        let fraction = format!("{:0width$}", size % unit, width = unit.ilog10() as usize);
        let fraction = fraction.trim_end_matches('0');
        let dot = if fraction.is_empty() || unit == 1 {
            ""
        } else {
            "."
        };
        format!(
            "{}{dot}{}",
            size / unit,
            if unit == 1 { "" } else { fraction }
        )
    };
    let text = match size {
        0 => "0s".to_owned(),
        1..1_000 => format!("{}ns", decimal(1)),
        1_000..1_000_000 => format!("{}µs", decimal(1_000)),
        1_000_000..1_000_000_000 => format!("{}ms", decimal(1_000_000)),
        _ => {
            let minutes = size / 60_000_000_000;
            let rest = size % 60_000_000_000;
            let fraction = format!("{:09}", rest % 1_000_000_000);
            let fraction = fraction.trim_end_matches('0');
            let dot = if fraction.is_empty() { "" } else { "." };
            let seconds = format!("{}{dot}{fraction}s", rest / 1_000_000_000);
            match (minutes / 60, minutes % 60) {
                (0, 0) => seconds,
                (0, minutes) => format!("{minutes}m{seconds}"),
                (hours, minutes) => format!("{hours}h{minutes}m{seconds}"),
            }
        }
    };
    format!("{sign}{text}")
}

/// Reads a duration: `-1.5h`, `2h45m`, `300ms`.
pub(crate) fn read_duration(text: &str) -> Option<SignedDuration> {
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
