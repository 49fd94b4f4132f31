//! Forms and links of a page, found without a parser of HTML: the pages are known, and a wrong guess fails a test.

use url::form_urlencoded;

/// A form as a person finds it.
#[derive(Debug)]
pub struct Form {
    pub action: Option<String>,
    pub is_post: bool,
    fields: Vec<(String, String)>,
    buttons: Vec<String>,
}

impl Form {
    /// Every form of a page.
    pub fn all(html: &str) -> Vec<Form> {
        let starts = html.match_indices("<form").map(|(at, _)| at);
        starts.map(|at| Form::read(&html[at..], html)).collect()
    }

    fn read(from: &str, page: &str) -> Form {
        let inside = from.split("</form").next().unwrap_or_default();
        let (head, inside) = inside.split_once('>').unwrap_or((inside, ""));
        let mut form = Form {
            action: attribute(head, "action"),
            is_post: attribute(head, "method")
                .is_some_and(|method| method.eq_ignore_ascii_case("post")),
            fields: Vec::new(),
            buttons: Vec::new(),
        };
        for tag in tags(inside, "<input") {
            form.take(tag);
        }
        for tag in tags(inside, "<select") {
            form.take(tag);
        }
        form.buttons
            .extend(tags(inside, "<button").filter_map(|tag| attribute(tag, "name")));
        if let Some(id) = attribute(head, "id") {
            let outside =
                tags(page, "<button").filter(|tag| attribute(tag, "form").as_deref() == Some(&id));
            form.buttons
                .extend(outside.filter_map(|tag| attribute(tag, "name")));
        }
        form
    }

    fn take(&mut self, tag: &str) {
        let Some(name) = attribute(tag, "name") else {
            return;
        };
        let kind = attribute(tag, "type")
            .unwrap_or_default()
            .to_ascii_lowercase();
        let ticked = tag
            .split_whitespace()
            .any(|word| word.starts_with("checked"));
        match kind.as_str() {
            "submit" | "button" | "image" => self.buttons.push(name),
            "checkbox" | "radio" if !ticked => self.buttons.push(name),
            _ => self
                .fields
                .push((name, attribute(tag, "value").unwrap_or_default())),
        }
    }

    pub fn has(&self, name: &str) -> bool {
        self.value(name).is_some() || self.buttons.iter().any(|button| button == name)
    }

    pub fn value(&self, name: &str) -> Option<&str> {
        let found = self.fields.iter().find(|(field, _)| field == name);
        found.map(|(_, value)| value.as_str())
    }

    pub fn set(&mut self, name: &str, value: &str) {
        match self.fields.iter_mut().find(|(field, _)| field == name) {
            Some((_, old)) => *old = value.to_owned(),
            None => self.fields.push((name.to_owned(), value.to_owned())),
        }
    }

    pub fn encoded(&self) -> String {
        form_urlencoded::Serializer::new(String::new())
            .extend_pairs(&self.fields)
            .finish()
    }
}

/// The addresses links lead to.
pub fn links(html: &str) -> Vec<String> {
    tags(html, "<a")
        .filter_map(|tag| attribute(tag, "href"))
        .collect()
}

/// The addresses of frames.
pub fn frames(html: &str) -> Vec<String> {
    let frames = tags(html, "<iframe");
    frames.filter_map(|tag| attribute(tag, "src")).collect()
}

/// Where a page leads at once, without anybody's doing.
pub fn refresh(html: &str) -> Option<String> {
    let mut tags = tags(html, "<meta");
    let tag = tags.find(|tag| {
        attribute(tag, "http-equiv").is_some_and(|kind| kind.eq_ignore_ascii_case("refresh"))
    })?;
    let content = attribute(tag, "content")?;
    let (seconds, to) = content.split_once(';')?;
    let to = to
        .trim_start()
        .strip_prefix("url=")
        .or(to.trim_start().strip_prefix("URL="))?;
    (seconds.trim() == "0").then(|| to.to_owned())
}

/// What stands inside of the tags that begin so.
fn tags<'a>(html: &'a str, opening: &'a str) -> impl Iterator<Item = &'a str> {
    let found = html
        .match_indices(opening)
        .map(move |(at, _)| &html[at + opening.len()..]);
    found
        .filter(|rest| rest.starts_with(char::is_whitespace))
        .filter_map(|rest| rest.split('>').next())
}

/// The value of an attribute, with its character references replaced.
fn attribute(tag: &str, name: &str) -> Option<String> {
    let mut rest = tag;
    loop {
        let at = rest.find(name)?;
        let before = rest[..at]
            .chars()
            .next_back()
            .is_none_or(char::is_whitespace);
        let after = rest[at + name.len()..].trim_start();
        if let Some(value) = after.strip_prefix('=').filter(|_| before) {
            let value = value.trim_start();
            let quote = value.chars().next()?;
            let value = match quote {
                '"' | '\'' => value[1..].split(quote).next()?,
                _ => value
                    .split(|letter: char| letter.is_whitespace() || letter == '/')
                    .next()?,
            };
            return Some(unescaped(value));
        }
        rest = &rest[at + name.len()..];
    }
}

fn unescaped(text: &str) -> String {
    let mut plain = String::new();
    let mut rest = text;
    while let Some(at) = rest.find('&') {
        plain.push_str(&rest[..at]);
        rest = &rest[at..];
        let reference = rest
            .split_inclusive(';')
            .next()
            .filter(|word| word.ends_with(';') && word.len() < 12);
        match reference.and_then(character) {
            Some(letter) => {
                plain.push(letter);
                rest = &rest[reference.map_or(1, str::len)..];
            }
            None => {
                plain.push('&');
                rest = &rest[1..];
            }
        }
    }
    plain + rest
}

fn character(reference: &str) -> Option<char> {
    let name = reference.trim_start_matches('&').trim_end_matches(';');
    match name {
        "amp" => Some('&'),
        "lt" => Some('<'),
        "gt" => Some('>'),
        "quot" => Some('"'),
        "apos" => Some('\''),
        "colon" => Some(':'),
        "sol" => Some('/'),
        _ => {
            let number = name.strip_prefix('#')?;
            let number = match number.strip_prefix(['x', 'X']) {
                Some(hexadecimal) => u32::from_str_radix(hexadecimal, 16).ok()?,
                None => number.parse().ok()?,
            };
            char::from_u32(number)
        }
    }
}
