//! Format strings: what stands between `%` and the verb, and which argument it is for.

use super::WIDEST;
use super::pad::Flags;
use super::printer::Printer;
use crate::value::Value;

pub(super) fn print(format: &[u8], values: &[Value], out: &mut Vec<u8>) {
    let mut reader = Reader {
        format,
        at: 0,
        values,
        next: 0,
        reordered: false,
        good: true,
    };
    while let Some(percent) = format
        .get(reader.at..)
        .and_then(|rest| rest.iter().position(|byte| *byte == b'%'))
    {
        out.extend_from_slice(
            format
                .get(reader.at..reader.at + percent)
                .unwrap_or_default(),
        );
        reader.at += percent + 1;
        reader.directive(out);
    }
    out.extend_from_slice(format.get(reader.at..).unwrap_or_default());
    if !reader.reordered && reader.next < values.len() {
        extra(values.get(reader.next..).unwrap_or_default(), out);
    }
}

fn extra(values: &[Value], out: &mut Vec<u8>) {
    out.extend_from_slice(b"%!(EXTRA ");
    for (index, value) in values.iter().enumerate() {
        if index > 0 {
            out.extend_from_slice(b", ");
        }
        if !matches!(value, Value::Missing | Value::Nil) {
            out.extend_from_slice(format!("{}=", value.type_name()).as_bytes());
        }
        Printer::new(out).print(value, 'v');
    }
    out.push(b')');
}

struct Reader<'a> {
    format: &'a [u8],
    at: usize,
    values: &'a [Value],
    /// The argument that is next.
    next: usize,
    /// Whether any directive named its argument by number.
    reordered: bool,
    /// Whether the numbers in this directive were good.
    good: bool,
}

impl<'a> Reader<'a> {
    fn directive(&mut self, out: &mut Vec<u8>) {
        self.good = true;
        let mut flags = self.flags();
        let mut indexed = self.index();
        if self.accept(b'*') {
            match self.star() {
                Some(width) => {
                    flags.minus |= width < 0;
                    flags.zero &= width >= 0;
                    flags.width = usize::try_from(width.unsigned_abs()).ok();
                }
                None => out.extend_from_slice(b"%!(BADWIDTH)"),
            }
            indexed = false;
        } else {
            flags.width = self.digits();
            if indexed && flags.width.is_some() {
                self.good = false;
            }
        }
        if self.at + 1 < self.format.len() && self.accept(b'.') {
            indexed = self.precision(indexed, &mut flags, out);
        }
        if !indexed {
            self.index();
        }
        match self.letter() {
            Some(verb) => self.verb(verb, flags, out),
            None => out.extend_from_slice(b"%!(NOVERB)"),
        }
    }

    fn precision(&mut self, indexed: bool, flags: &mut Flags, out: &mut Vec<u8>) -> bool {
        if indexed {
            self.good = false;
        }
        let indexed = self.index();
        if self.accept(b'*') {
            flags.precision = self
                .star()
                .and_then(|precision| usize::try_from(precision).ok());
            if flags.precision.is_none() {
                out.extend_from_slice(b"%!(BADPREC)");
            }
            return false;
        }
        flags.precision = Some(self.digits().unwrap_or(0));
        indexed
    }

    fn verb(&mut self, verb: char, mut flags: Flags, out: &mut Vec<u8>) {
        if verb == '%' {
            return out.push(b'%');
        }
        if !self.good {
            return out.extend_from_slice(format!("%!{verb}(BADINDEX)").as_bytes());
        }
        let Some(value) = self.values.get(self.next) else {
            return out.extend_from_slice(format!("%!{verb}(MISSING)").as_bytes());
        };
        self.next += 1;
        if verb == 'v' {
            (flags.syntax, flags.sharp) = (flags.sharp, false);
            (flags.names, flags.plus) = (flags.plus, false);
        }
        let mut printer = Printer::new(out);
        printer.flags = flags;
        printer.print(value, verb);
    }

    fn flags(&mut self) -> Flags {
        let mut flags = Flags::default();
        while let Some(byte) = self.peek() {
            match byte {
                b'+' => flags.plus = true,
                b'-' => flags.minus = true,
                b'#' => flags.sharp = true,
                b' ' => flags.space = true,
                b'0' => flags.zero = true,
                _ => break,
            }
            self.at += 1;
        }
        flags.zero &= !flags.minus;
        flags
    }

    /// `[3]`: the next argument is the third. Says whether there was one.
    fn index(&mut self) -> bool {
        if self.peek() != Some(b'[') {
            return false;
        }
        self.reordered = true;
        let rest = self.format.get(self.at + 1..).unwrap_or_default();
        let Some(end) = rest.iter().position(|byte| *byte == b']') else {
            self.good = false;
            self.at += 1;
            return false;
        };
        let number = rest
            .get(..end)
            .and_then(number)
            .filter(|number| (1..=self.values.len()).contains(number));
        self.at += end + 2;
        match number {
            Some(number) => self.next = number - 1,
            None => self.good = false,
        }
        true
    }

    /// A number that an argument says.
    fn star(&mut self) -> Option<i64> {
        let value = self.values.get(self.next)?;
        self.next += 1;
        let number = match value {
            Value::Int(number, _) => *number,
            Value::Uint(number, _) => i64::try_from(*number).ok()?,
            _ => return None,
        };
        usize::try_from(number.unsigned_abs())
            .is_ok_and(|number| number <= WIDEST)
            .then_some(number)
    }

    /// Digits; a number that is too large makes the rest of the format meaningless.
    fn digits(&mut self) -> Option<usize> {
        let rest = self.format.get(self.at..).unwrap_or_default();
        let length = rest.iter().take_while(|byte| byte.is_ascii_digit()).count();
        let digits = rest.get(..length).filter(|digits| !digits.is_empty())?;
        self.at += length;
        let value = number(digits).filter(|number| *number <= WIDEST);
        if value.is_none() {
            self.at = self.format.len();
        }
        value
    }

    fn letter(&mut self) -> Option<char> {
        let rest = self.format.get(self.at..)?;
        let chunk = rest.utf8_chunks().next()?;
        let letter = chunk.valid().chars().next();
        self.at += letter.map_or(1, char::len_utf8);
        Some(letter.unwrap_or(char::REPLACEMENT_CHARACTER))
    }

    fn accept(&mut self, byte: u8) -> bool {
        let accepted = self.peek() == Some(byte);
        self.at += usize::from(accepted);
        accepted
    }

    fn peek(&self) -> Option<u8> {
        self.format.get(self.at).copied()
    }
}

fn number(digits: &[u8]) -> Option<usize> {
    std::str::from_utf8(digits).ok()?.parse().ok()
}
