//! Numbers, as far as their letters go; what they mean is found out when they are parsed.

use super::action::is_alphanumeric;
use super::{Kind, Lexer, Mistake};

impl Lexer<'_, '_> {
    pub(super) fn number(&mut self, _first: char) -> Result<(), Mistake> {
        self.at = self.start;
        let mut fits = self.scan_number();
        if fits && matches!(self.peek(), Some('+' | '-')) {
            // A complex number: 1+2i.
            fits = self.scan_number()
                && self
                    .text
                    .get(..self.at)
                    .is_some_and(|text| text.ends_with('i'));
        }
        if !fits {
            let text = self.text.get(self.start..self.at).unwrap_or_default();
            return Err(Mistake(format!(
                "bad number syntax: {}",
                crate::quoted(text)
            )));
        }
        self.emit(Kind::Number);
        Ok(())
    }

    fn scan_number(&mut self) -> bool {
        self.accept(&['+', '-']);
        let mut digits: fn(char) -> bool = |letter| letter.is_ascii_digit() || letter == '_';
        let mut exponents = ['e', 'E'];
        if self.accept(&['0']) {
            if self.accept(&['x', 'X']) {
                digits = |letter| letter.is_ascii_hexdigit() || letter == '_';
                exponents = ['p', 'P'];
            } else if self.accept(&['o', 'O']) {
                digits = |letter| matches!(letter, '0'..='7' | '_');
            } else if self.accept(&['b', 'B']) {
                digits = |letter| matches!(letter, '0' | '1' | '_');
            }
        }
        self.accept_run(digits);
        if self.accept(&['.']) {
            self.accept_run(digits);
        }
        if self.accept(&exponents) {
            self.accept(&['+', '-']);
            self.accept_run(|letter| letter.is_ascii_digit() || letter == '_');
        }
        self.accept(&['i']);
        // What follows may not belong to a word.
        if self.peek().is_some_and(is_alphanumeric) {
            self.next();
            return false;
        }
        true
    }

    fn accept(&mut self, letters: &[char]) -> bool {
        let fits = self.peek().is_some_and(|letter| letters.contains(&letter));
        if fits {
            self.next();
        }
        fits
    }

    fn accept_run(&mut self, fits: fn(char) -> bool) {
        while self.peek().is_some_and(fits) {
            self.next();
        }
    }
}
