//! One value under one verb.

use super::number::Whole;
use super::pad::Flags;
use crate::value::{Map, Record, Value, Width};

/// Prints values to an output. Lists and maps print their items under the same verb and flags.
pub(super) struct Printer<'o> {
    pub(super) out: &'o mut Vec<u8>,
    pub(super) flags: Flags,
    depth: usize,
    /// Where the output is long enough.
    end: usize,
}

/// How deep values are printed; a map may hold itself.
const DEEPEST: usize = 200;
/// How much is printed of one value; a few values that hold one another twice print without end.
const LONGEST: usize = 32 << 20;

impl<'o> Printer<'o> {
    pub(super) fn new(out: &'o mut Vec<u8>) -> Printer<'o> {
        Printer {
            end: out.len().saturating_add(LONGEST),
            out,
            flags: Flags::default(),
            depth: 0,
        }
    }

    /// Prints a value under a verb.
    pub(super) fn print(&mut self, value: &Value, verb: char) {
        match (verb, value) {
            ('T', _) => self.flags.string(value.type_name().as_bytes(), self.out),
            ('p', _) => self.pointer(value),
            (_, Value::Missing | Value::Nil) => self.nothing(verb),
            _ => self.value(value, verb),
        }
    }

    fn nothing(&mut self, verb: char) {
        match (verb, self.depth) {
            ('v', 0) => self.flags.pad(b"<nil>", self.out),
            ('v', _) if self.flags.syntax => self.write("interface {}(nil)"),
            (_, 0) => self.write(&format!("%!{verb}(<nil>)")),
            _ => self.write("<nil>"),
        }
    }

    /// Addresses mean nothing here; all functions have the same one.
    fn pointer(&mut self, value: &Value) {
        match value {
            Value::Function(_) => self.flags.pad(b"0x1", self.out),
            Value::Record(record) if record.is_pointer() => self.flags.pad(b"0x1", self.out),
            Value::List(_) | Value::Map(_) | Value::Bytes(_) => self.flags.pad(b"0x1", self.out),
            Value::NullPointer(_) => self.flags.pad(b"0x0", self.out),
            _ => self.bad(value, 'p'),
        }
    }

    fn value(&mut self, value: &Value, verb: char) {
        if self.depth > DEEPEST || self.out.len() > self.end {
            return self.write("...");
        }
        match value {
            Value::Bool(truth) => match verb {
                't' | 'v' => self
                    .flags
                    .pad(if *truth { b"true" } else { b"false" }, self.out),
                _ => self.bad(value, verb),
            },
            Value::Int(number, _) => {
                self.whole(
                    Whole {
                        negative: *number < 0,
                        amount: number.unsigned_abs(),
                    },
                    verb,
                    value,
                );
            }
            Value::Uint(number, _) => self.whole(
                Whole {
                    negative: false,
                    amount: *number,
                },
                verb,
                value,
            ),
            Value::Float(number, width) => self.float(*number, *width, verb, value),
            Value::Complex(real, imaginary) => self.complex((*real, *imaginary), verb, value),
            Value::Text(text) | Value::Safe(_, text) => self.text(text.as_bytes(), verb, value),
            Value::Broken(bytes) => self.text(bytes, verb, value),
            Value::Bytes(bytes) => self.bytes(bytes, verb),
            Value::List(items) => self.list(items, verb, value),
            Value::Map(map) => self.map(map, verb, value),
            Value::Record(record) => self.record(record, verb, value),
            Value::Time(time) => self.text(super::time::text(time).as_bytes(), verb, value),
            Value::Object(object) if matches!(verb, 'v' | 's' | 'q' | 'x' | 'X') => {
                self.text(object.text().as_bytes(), verb, value);
            }
            Value::Object(object) => self.value(&object.underlying(), verb),
            Value::NullPointer(target) => match verb {
                'v' if self.flags.syntax => self.write(&format!("(*{target})(nil)")),
                'v' => self.flags.pad(b"<nil>", self.out),
                'b' | 'd' | 'o' | 'x' | 'X' => self.value(&Value::Uint(0, Width::Plain), verb),
                _ => self.bad(value, verb),
            },
            Value::Function(_) => self.flags.pad(b"0x1", self.out),
            Value::Missing | Value::Nil => self.nothing(verb),
        }
    }

    fn whole(&mut self, number: Whole, verb: char, value: &Value) {
        match verb {
            'v' if self.flags.syntax && matches!(value, Value::Uint(..)) => {
                Flags {
                    sharp: true,
                    ..self.flags
                }
                .whole(number, 'x', self.out);
            }
            'v' | 'd' => self.flags.whole(number, 'd', self.out),
            'b' | 'o' | 'O' | 'x' | 'X' => self.flags.whole(number, verb, self.out),
            'c' => self.flags.character(code(number), self.out),
            'q' => self.flags.quoted_character(code(number), self.out),
            'U' => self.flags.code_point(code(number), self.out),
            _ => self.bad(value, verb),
        }
    }

    fn float(&mut self, number: f64, width: Width, verb: char, value: &Value) {
        match verb {
            'v' => self.flags.float(number, width, 'g', self.out),
            'b' | 'e' | 'E' | 'f' | 'F' | 'g' | 'G' | 'x' | 'X' => {
                self.flags.float(number, width, verb, self.out)
            }
            _ => self.bad(value, verb),
        }
    }

    fn complex(&mut self, (real, imaginary): (f64, f64), verb: char, value: &Value) {
        let verb = match verb {
            'v' => 'g',
            'b' | 'e' | 'E' | 'f' | 'F' | 'g' | 'G' | 'x' | 'X' => verb,
            _ => return self.bad(value, verb),
        };
        self.out.push(b'(');
        self.flags.float(real, Width::Plain, verb, self.out);
        Flags {
            plus: true,
            ..self.flags
        }
        .float(imaginary, Width::Plain, verb, self.out);
        self.write("i)");
    }

    fn text(&mut self, text: &[u8], verb: char, value: &Value) {
        match verb {
            'v' if self.flags.syntax => self.flags.quoted(text, self.out),
            'v' | 's' => self.flags.string(text, self.out),
            'q' => self.flags.quoted(text, self.out),
            'x' | 'X' => self.flags.hexadecimal(text, verb == 'X', self.out),
            _ => self.bad(value, verb),
        }
    }

    fn bytes(&mut self, bytes: &[u8], verb: char) {
        match verb {
            's' => return self.flags.string(bytes, self.out),
            'q' => return self.flags.quoted(bytes, self.out),
            'x' | 'X' => return self.flags.hexadecimal(bytes, verb == 'X', self.out),
            _ => {}
        }
        let syntax = self.flags.syntax && verb == 'v';
        self.write(match (syntax, self.depth) {
            (false, _) => "[",
            (true, 0) => "[]byte{",
            (true, _) => "[]uint8{",
        });
        for (index, byte) in bytes.iter().enumerate() {
            self.separate(index, syntax);
            self.value(&Value::Uint((*byte).into(), Width::W8), verb);
        }
        self.write(if syntax { "}" } else { "]" });
    }

    fn list(&mut self, items: &[Value], verb: char, value: &Value) {
        let syntax = self.flags.syntax && verb == 'v';
        self.open(value, syntax, "[");
        for (index, item) in items.iter().enumerate() {
            self.separate(index, syntax);
            self.nested(item, verb);
        }
        self.write(if syntax { "}" } else { "]" });
    }

    fn map(&mut self, map: &Map, verb: char, value: &Value) {
        let syntax = self.flags.syntax && verb == 'v';
        self.open(value, syntax, "map[");
        for (index, (key, item)) in map.entries().iter().enumerate() {
            self.separate(index, syntax);
            self.nested(key, verb);
            self.out.push(b':');
            self.nested(item, verb);
        }
        self.write(if syntax { "}" } else { "]" });
    }

    fn record(&mut self, record: &Record, verb: char, value: &Value) {
        let syntax = self.flags.syntax && verb == 'v';
        if record.is_pointer() && self.depth > 0 {
            return self.write("0x1");
        }
        if record.is_pointer() {
            self.out.push(b'&');
        }
        if syntax {
            self.write(value.type_name().trim_start_matches('*'));
        }
        self.out.push(b'{');
        for (index, (name, item)) in record.fields().enumerate() {
            self.separate(index, syntax);
            if self.flags.names || syntax {
                self.write(&format!("{name}:"));
            }
            self.nested(item, verb);
        }
        self.out.push(b'}');
    }

    fn open(&mut self, value: &Value, syntax: bool, plain: &str) {
        if syntax {
            self.write(&value.type_name());
            self.out.push(b'{');
        } else {
            self.write(plain);
        }
    }

    fn separate(&mut self, index: usize, syntax: bool) {
        if index > 0 {
            self.write(if syntax { ", " } else { " " });
        }
    }

    fn nested(&mut self, value: &Value, verb: char) {
        self.depth += 1;
        self.value(value, verb);
        self.depth -= 1;
    }

    /// What is printed for a verb that does not fit the value: `%!d(string=a)`.
    fn bad(&mut self, value: &Value, verb: char) {
        self.write(&format!("%!{verb}({}=", value.type_name()));
        self.value(value, 'v');
        self.out.push(b')');
    }

    fn write(&mut self, text: &str) {
        self.out.extend_from_slice(text.as_bytes());
    }
}

fn code(number: Whole) -> u64 {
    if number.negative {
        number.amount.wrapping_neg()
    } else {
        number.amount
    }
}
