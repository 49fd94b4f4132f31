//! Results on stdout: a table for people or JSON for programs, never a raw control character.

use std::{fmt::Write as _, io::Write as _, ops::ControlFlow};

use serde::Serialize;
use serde_json::Value;

use super::command::Form;

/// Where results go, and in which form.
#[derive(Debug, Clone, Copy)]
pub struct Output {
    form: Form,
}

impl Output {
    /// Output in a form.
    pub fn new(form: Form) -> Output {
        Output { form }
    }

    /// Whether people read it.
    pub fn is_table(&self) -> bool {
        self.form == Form::Table
    }

    /// Prints a list: as a table of `columns`, or the values themselves.
    pub fn list<T: Serialize>(
        &self,
        rows: &[T],
        columns: &[&str],
        cells: impl Fn(&T) -> Vec<String>,
    ) {
        match self.form {
            Form::Table => self.text(&table(columns, rows.iter().map(cells).collect())),
            Form::Json => self.json(rows),
            Form::Jsonl => rows.iter().for_each(|row| self.json_line(row)),
        }
    }

    /// Prints one thing: as the text, or the value itself.
    pub fn one(&self, value: &impl Serialize, text: impl FnOnce() -> String) {
        match self.form {
            Form::Table => self.text(&text()),
            Form::Json => self.json(value),
            Form::Jsonl => self.json_line(value),
        }
    }

    /// Prints one of a stream of values; breaks when nobody reads any more.
    pub fn next(&self, value: &Value, text: impl FnOnce() -> String) -> ControlFlow<()> {
        let line = match self.form {
            Form::Table => printable(&text()),
            Form::Json | Form::Jsonl => value.to_string(),
        };
        match writeln!(std::io::stdout().lock(), "{line}") {
            Ok(()) => ControlFlow::Continue(()),
            Err(_) => ControlFlow::Break(()),
        }
    }

    /// Prints a line of text.
    pub fn line(&self, text: &str) {
        self.text(&format!("{text}\n"));
    }

    fn json(&self, value: &(impl Serialize + ?Sized)) {
        write(&serde_json::to_string_pretty(value).unwrap_or_default());
    }

    fn json_line(&self, value: &impl Serialize) {
        write(&serde_json::to_string(value).unwrap_or_default());
    }

    fn text(&self, text: &str) {
        write(printable(text).trim_end_matches('\n'));
    }
}

/// A reader that closed the pipe has seen enough.
fn write(text: &str) {
    if !text.is_empty() {
        let _ = writeln!(std::io::stdout().lock(), "{text}");
    }
}

/// `text` with control and direction-changing characters escaped; line breaks stay.
pub fn printable(text: &str) -> String {
    text.chars().fold(String::with_capacity(text.len()), |mut out, c| {
        let hidden = matches!(c, '\u{200b}'..='\u{200f}' | '\u{2028}'..='\u{202e}' | '\u{2060}'..='\u{206f}' | '\u{feff}');
        if c != '\n' && (c.is_control() || hidden) {
            let _ = write!(out, "{}", c.escape_unicode());
        } else {
            out.push(c);
        }
        out
    })
}

/// The same in one line, so that no text can look like the lines around it.
pub fn one_line(text: &str) -> String {
    printable(text).replace('\n', "\\n")
}

/// Aligned columns with a header; the last column is not padded.
pub fn table(columns: &[&str], rows: Vec<Vec<String>>) -> String {
    let clean = |cell: &String| one_line(cell);
    let head: Vec<String> = columns.iter().map(|name| name.to_uppercase()).collect();
    let lines: Vec<Vec<String>> = std::iter::once(head)
        .chain(rows.iter().map(|row| row.iter().map(clean).collect()))
        .collect();
    let width = |column: usize| {
        lines
            .iter()
            .filter_map(|line| line.get(column))
            .map(|cell| cell.chars().count())
            .max()
    };
    let widths: Vec<usize> = (0..columns.len())
        .map(|column| width(column).unwrap_or_default())
        .collect();
    let mut out = String::new();
    for line in &lines {
        let padded: Vec<String> = line
            .iter()
            .zip(&widths)
            .map(|(cell, width)| format!("{cell:width$}"))
            .collect();
        let _ = writeln!(out, "{}", padded.join("  ").trim_end());
    }
    out
}

#[cfg(test)]
mod tests {
    use expect_test::expect;

    use super::*;

    #[test]
    fn columns_are_aligned_and_harmless() {
        let rows = vec![
            vec!["/a".to_owned(), "x\u{1b}[31mred\nnext".to_owned()],
            vec!["/longer".to_owned(), "é".to_owned()],
        ];
        expect![[r"
            PATH     NAME
            /a       x\u{1b}[31mred\nnext
            /longer  é
        "]]
        .assert_eq(&table(&["path", "name"], rows));
    }
}
