//! Whole numbers and characters.

use std::io::Write;

use super::pad::Flags;

/// Appends a number in decimal digits.
pub(super) fn append_int(value: i64, out: &mut Vec<u8>) {
    // Writing to a vector cannot fail.
    drop(write!(out, "{value}"));
}

/// A whole number: its amount and whether it is below zero.
#[derive(Clone, Copy)]
pub(super) struct Whole {
    pub(super) negative: bool,
    pub(super) amount: u64,
}

impl Flags {
    /// Appends a number in digits of a base.
    pub(super) fn whole(&self, number: Whole, verb: char, out: &mut Vec<u8>) {
        if self.precision == Some(0) && number.amount == 0 {
            return Flags {
                zero: false,
                ..*self
            }
            .pad(b"", out);
        }
        let sign = sign(self, number.negative);
        let mut digits = digits(number.amount, verb);
        let least = match (self.precision, self.width) {
            (Some(precision), _) => precision,
            (None, Some(width)) if self.zero && !self.minus => width.saturating_sub(sign.len()),
            _ => 0,
        };
        let missing = least.saturating_sub(digits.len());
        digits.insert_str(0, &"0".repeat(missing));
        let base = match verb {
            'b' if self.sharp => "0b",
            'o' if self.sharp && !digits.starts_with('0') => "0",
            'x' if self.sharp => "0x",
            'X' if self.sharp => "0X",
            'O' if self.sharp && !digits.starts_with('0') => "0o0",
            'O' => "0o",
            _ => "",
        };
        let text = [sign, base, &digits].concat();
        Flags {
            zero: false,
            ..*self
        }
        .pad(text.as_bytes(), out);
    }

    /// Appends the character of a code.
    pub(super) fn character(&self, code: u64, out: &mut Vec<u8>) {
        self.pad(letter(code).encode_utf8(&mut [0; 4]).as_bytes(), out);
    }

    /// Appends the character in single quotes.
    pub(super) fn quoted_character(&self, code: u64, out: &mut Vec<u8>) {
        let mut text = vec![b'\''];
        crate::quote::append_char(letter(code), '\'', self.plus, &mut text);
        text.push(b'\'');
        self.pad(&text, out);
    }

    /// Appends `U+0041`, with the character behind it if asked for.
    pub(super) fn code_point(&self, code: u64, out: &mut Vec<u8>) {
        let least = self.precision.unwrap_or(4).max(4);
        let digits = format!("{code:X}");
        let mut text = format!(
            "U+{}{digits}",
            "0".repeat(least.saturating_sub(digits.len()))
        );
        let shown = u32::try_from(code).ok().and_then(char::from_u32);
        if let Some(letter) =
            shown.filter(|letter| self.sharp && crate::quote::is_printable(*letter))
        {
            text.push_str(&format!(" '{letter}'"));
        }
        Flags {
            zero: false,
            ..*self
        }
        .pad(text.as_bytes(), out);
    }
}

fn sign(flags: &Flags, negative: bool) -> &'static str {
    match (negative, flags.plus, flags.space) {
        (true, _, _) => "-",
        (false, true, _) => "+",
        (false, false, true) => " ",
        (false, false, false) => "",
    }
}

fn digits(amount: u64, verb: char) -> String {
    match verb {
        'b' => format!("{amount:b}"),
        'o' | 'O' => format!("{amount:o}"),
        'x' => format!("{amount:x}"),
        'X' => format!("{amount:X}"),
        _ => amount.to_string(),
    }
}

fn letter(code: u64) -> char {
    u32::try_from(code)
        .ok()
        .and_then(char::from_u32)
        .unwrap_or(char::REPLACEMENT_CHARACTER)
}
