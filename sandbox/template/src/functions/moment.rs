//! Reading moments that are written in a layout of [`crate::layout`].

use jiff::civil::{Date, DateTime, Time};
use jiff::tz::{Offset, TimeZone};
use jiff::{Span, Zoned};

use crate::layout::{DAYS, MONTHS, Pad, Part, next};

/// Reads a time written in a layout; what it does not say is the first moment of the year 0, in UTC.
pub(super) fn parse(layout: &str, text: &str) -> Option<Zoned> {
    let mut read = Read::default();
    let (mut layout, mut text) = (layout, text);
    while let Some((before, part, behind)) = next(layout) {
        text = read.part(part, passed(before, text)?)?;
        if matches!(part, Part::Second(_))
            && !matches!(next(behind), Some(("", Part::Fraction { .. }, _)))
        {
            text = read.stray_fraction(text);
        }
        layout = behind;
    }
    let rest = passed(layout, text)?;
    rest.is_empty().then(|| read.time()).flatten()
}

/// What is behind a literal part of a layout; a run of spaces stands for any run of them, also for none at the end.
fn passed<'t>(literal: &str, text: &'t str) -> Option<&'t str> {
    let (mut literal, mut text) = (literal, text);
    while let Some(letter) = literal.chars().next() {
        if letter == ' ' {
            if !(text.is_empty() || text.starts_with(' ')) {
                return None;
            }
            literal = literal.trim_start_matches(' ');
            text = text.trim_start_matches(' ');
        } else {
            literal = literal.get(letter.len_utf8()..)?;
            text = text.strip_prefix(letter)?;
        }
    }
    Some(text)
}

#[derive(Default)]
struct Read {
    year: Option<i16>,
    month: Option<i8>,
    day: Option<i8>,
    day_of_year: Option<i16>,
    hour: i8,
    minute: i8,
    second: i8,
    nanosecond: i32,
    afternoon: Option<bool>,
    offset: Option<i32>,
}

impl Read {
    /// Reads one part and gives back the text behind it.
    fn part<'t>(&mut self, part: Part, text: &'t str) -> Option<&'t str> {
        match part {
            Part::LongYear => kept(&mut self.year, digits(text, 4, 4)?),
            Part::Year => {
                let (year, rest) = digits(text, 2, 2)?;
                let century = if year >= 69 { 1900 } else { 2000 };
                kept(&mut self.year, (year + century, rest))
            }
            Part::LongMonth | Part::Month => {
                let (month, rest) = name(&MONTHS, text, part == Part::LongMonth)?;
                kept(&mut self.month, (month + 1, rest))
            }
            Part::LongDay | Part::Day => Some(name(&DAYS, text, part == Part::LongDay)?.1),
            Part::MonthNumber(pad) => kept(&mut self.month, two(pad, text)?),
            Part::DayNumber(pad) => kept(&mut self.day, two(pad, text)?),
            Part::DayOfYear(Pad::Zeros) => kept(&mut self.day_of_year, digits(text, 3, 3)?),
            Part::DayOfYear(_) => kept(
                &mut self.day_of_year,
                digits(text.trim_start_matches(' '), 1, 3)?,
            ),
            Part::Hour => put(&mut self.hour, two(Pad::None, text)?),
            Part::HourOfTwelve(pad) => put(&mut self.hour, two(pad, text)?),
            Part::Minute(pad) => put(&mut self.minute, two(pad, text)?),
            Part::Second(pad) => put(&mut self.second, two(pad, text)?),
            Part::Half | Part::SmallHalf => self.half(part, text),
            Part::ZoneName => self.zone_name(text),
            Part::Zone { z, colons, parts } => self.zone(text, z, colons, parts),
            Part::Fraction {
                digits, trimmed, ..
            } => self.fraction(text, digits, trimmed),
        }
    }

    fn half<'t>(&mut self, part: Part, text: &'t str) -> Option<&'t str> {
        let (after, before) = match part {
            Part::Half => ("PM", "AM"),
            _ => ("pm", "am"),
        };
        self.afternoon = Some(text.starts_with(after));
        text.strip_prefix(after)
            .or_else(|| text.strip_prefix(before))
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
        let time = Time::new(hour, self.minute, self.second, self.nanosecond).ok()?;
        let offset = Offset::from_seconds(self.offset.unwrap_or(0)).ok()?;
        let zone = if offset == Offset::UTC {
            TimeZone::UTC
        } else {
            TimeZone::fixed(offset)
        };
        DateTime::from_parts(self.date()?, time).to_zoned(zone).ok()
    }

    fn date(&self) -> Option<Date> {
        let year = self.year.unwrap_or(0);
        let Some(day) = self.day_of_year else {
            return Date::new(year, self.month.unwrap_or(1), self.day.unwrap_or(1)).ok();
        };
        let first = Date::new(year, 1, 1).ok()?;
        let date = first
            .checked_add(Span::new().days(i64::from(day) - 1))
            .ok()?;
        let agrees = |said: Option<i8>, is: i8| said.is_none_or(|said| said == is);
        let fits = date.year() == year && agrees(self.month, date.month());
        (fits && agrees(self.day, date.day())).then_some(date)
    }
}

/// One or two digits, two where zeros fill up.
fn two(pad: Pad, text: &str) -> Option<(i64, &str)> {
    let text = match pad {
        Pad::Spaces => text.strip_prefix(' ').unwrap_or(text),
        Pad::None | Pad::Zeros => text,
    };
    digits(text, if pad == Pad::Zeros { 2 } else { 1 }, 2)
}

fn kept<'t, T: TryFrom<i64>>(
    place: &mut Option<T>,
    (number, rest): (i64, &'t str),
) -> Option<&'t str> {
    *place = Some(T::try_from(number).ok()?);
    Some(rest)
}

fn put<'t>(place: &mut i8, (number, rest): (i64, &'t str)) -> Option<&'t str> {
    *place = i8::try_from(number).ok()?;
    Some(rest)
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

fn name<'t>(names: &[&str], text: &'t str, whole: bool) -> Option<(i64, &'t str)> {
    names.iter().enumerate().find_map(|(at, name)| {
        let name = if whole { name } else { name.get(..3)? };
        let head = text.get(..name.len())?;
        let rest = text.get(name.len()..)?;
        head.eq_ignore_ascii_case(name)
            .then_some((i64::try_from(at).ok()?, rest))
    })
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn moments_are_read_in_their_layout() {
        let check = |layout, text, expected: &str| {
            let read = parse(layout, text).map(|time| time.timestamp().to_string());
            assert_eq!(read.unwrap_or_default(), expected, "{layout} {text}");
        };
        check("2006-01-02", "2024-02-29", "2024-02-29T00:00:00Z");
        check("2006-01-02", "2023-02-29", "");
        check(
            "2 Jan 06 3:04pm",
            "7  Mar 69 12:05am",
            "1969-03-07T00:05:00Z",
        );
        check("2006 002", "2024 060", "2024-02-29T00:00:00Z");
        check("2006 002 01", "2024 060 03", "");
        check("2006-__2", "2023-  1", "2023-01-01T00:00:00Z");
        check(
            "2006-01-02T15:04:05Z07:00",
            "2020-01-02T03:04:05.25+01:00",
            "2020-01-02T02:04:05.25Z",
        );
        check("Mon _2006", "Tue _2020", "2020-01-01T00:00:00Z");
        check("3PM", "3pm", "");
    }
}
