//! What a program wrote, in the form the app asked for.

use serde_json::Value;

/// Longest line, as in OpenRun.
pub const LINE: usize = 64 * 1024;

/// How output is read.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Parse {
    /// As a list of lines.
    Lines,
    /// As one JSON object.
    Json,
    /// As one JSON object in each line.
    JsonLines,
}

impl Parse {
    /// By its name in a call.
    pub fn new(name: &str) -> Result<Parse, String> {
        match name {
            "" => Ok(Parse::Lines),
            "json" => Ok(Parse::Json),
            "jsonlines" => Ok(Parse::JsonLines),
            other => Err(format!("unsupported format: {other}")),
        }
    }

    /// The item of a stream in one line, with or without its end; none in a line that only separates.
    pub fn item(self, line: &str) -> Result<Option<Value>, String> {
        let line = lines(line).next().unwrap_or(Ok(""))?;
        match self {
            Parse::Lines => Ok(Some(Value::from(line))),
            Parse::Json | Parse::JsonLines if line.trim().is_empty() => Ok(None),
            Parse::Json | Parse::JsonLines => object(line).map(Some),
        }
    }

    /// The value of `text`, always a list.
    pub fn value(self, text: &str) -> Result<Value, String> {
        match self {
            Parse::Lines => lines(text).map(|line| line.map(Value::from)).collect(),
            Parse::Json => Ok(Value::Array(vec![object(text)?])),
            Parse::JsonLines => {
                let filled = lines(text)
                    .filter(|line| line.as_ref().map_or(true, |line| !line.trim().is_empty()));
                filled.map(|line| object(line?)).collect()
            }
        }
    }
}

fn lines(text: &str) -> impl Iterator<Item = Result<&str, String>> {
    text.lines().map(|line| match line.len() {
        0..LINE => Ok(line),
        _ => Err("bufio.Scanner: token too long".to_owned()),
    })
}

fn object(text: &str) -> Result<Value, String> {
    match serde_json::from_str(text) {
        Ok(value @ Value::Object(_)) => Ok(value),
        Ok(_) => Err("error parsing JSON output: it is not an object".to_owned()),
        Err(error) => Err(format!("error parsing JSON output: {error}")),
    }
}

#[cfg(test)]
mod tests {
    use serde_json::json;

    use super::Parse;

    fn check(parse: &str, text: &str, expected: &str) {
        let value = Parse::new(parse).and_then(|parse| parse.value(text));
        let value = value.map_or_else(|error| error, |value| value.to_string());
        assert!(value.starts_with(expected), "{value}");
    }

    #[test]
    fn output_is_lines_or_objects() {
        check("", "a\r\nb\n\n", &json!(["a", "b", ""]).to_string());
        check("", "", "[]");
        check("json", "{\"a\":1}\n", "[{\"a\":1}]");
        check("json", "[1]", "error parsing JSON output: it is not");
        check(
            "jsonlines",
            "{\"a\":1}\n\n{\"b\":2}",
            "[{\"a\":1},{\"b\":2}]",
        );
        check("jsonlines", "x", "error parsing JSON output");
        check("yaml", "", "unsupported format: yaml");
        check("", &"x".repeat(70_000), "bufio.Scanner: token too long");
    }
}
