//! Reads a file of `tests/apps`: prose, then the app's files, then requests with what must come back.
//!
//! A line `-- name --` begins a file of the app. Other sections are `sallyport.toml`, which is added to the
//! server's configuration; `params` and `secrets`, lines `name=value`; `commands`, lines that are given to
//! `sallyport` once the app is approved. `requests` is played: lines with `> ` are a request, lines with `< `
//! the answer, lines with `= ` the decisions that must be among the records of that request. `error` says how
//! `app create` must complain about the files since the last `error`; they are a case of their own.

/// One file of `tests/apps`.
pub struct Script {
    pub files: Vec<(String, String)>,
    /// Apps that must not load: their files and the complaint.
    pub broken: Vec<(Vec<(String, String)>, String)>,
    pub config: String,
    pub params: Vec<String>,
    pub secrets: Vec<String>,
    pub commands: Vec<String>,
    pub steps: Vec<Step>,
}

/// One request and its answer.
#[derive(Debug, Default)]
pub struct Step {
    /// Where it stands, for messages.
    pub line: usize,
    pub method: String,
    pub target: String,
    pub headers: Vec<(String, String)>,
    pub body: String,
    pub status: u16,
    /// Headers that must be there; a value `-` says that there must be none.
    pub expected: Vec<(String, String)>,
    /// The body with gaps, unless nothing is said about it.
    pub text: Option<String>,
    /// `allow action` or `deny action`.
    pub records: Vec<String>,
}

impl Script {
    pub fn read(text: &str) -> Script {
        let mut parts: Vec<(String, usize, String)> = Vec::new();
        for (at, line) in text.lines().enumerate() {
            let name = line
                .strip_prefix("-- ")
                .and_then(|rest| rest.strip_suffix(" --"));
            match (name, parts.last_mut()) {
                (Some(name), _) => parts.push((name.to_owned(), at + 2, String::new())),
                (None, Some((_, _, content))) => {
                    content.push_str(line);
                    content.push('\n');
                }
                (None, None) => {}
            }
        }
        let mut script = Script {
            files: Vec::new(),
            broken: Vec::new(),
            config: String::new(),
            params: Vec::new(),
            secrets: Vec::new(),
            commands: Vec::new(),
            steps: Vec::new(),
        };
        for (name, first, content) in parts {
            match name.as_str() {
                "requests" => script.steps = steps(first, &content),
                "sallyport.toml" => script.config = content,
                "params" => script.params = lines(&content),
                "secrets" => script.secrets = lines(&content),
                "commands" => script.commands = lines(&content),
                "error" => script
                    .broken
                    .push((std::mem::take(&mut script.files), content)),
                _ => script.files.push((name, content)),
            }
        }
        script
    }
}

fn lines(text: &str) -> Vec<String> {
    let told = text.lines().filter(|line| !line.is_empty());
    told.map(str::to_owned).collect()
}

fn steps(first: usize, text: &str) -> Vec<Step> {
    let mut steps: Vec<Step> = Vec::new();
    let mut before = ' ';
    for (at, line) in text.lines().enumerate() {
        let Some(kind) = line.chars().next().filter(|kind| ">=<".contains(*kind)) else {
            assert!(
                line.is_empty() || line.starts_with('#'),
                "line {}: `{line}` is neither `>`, `<`, `=`, `#` nor empty",
                first + at
            );
            before = ' ';
            continue;
        };
        if kind == '>' && before != '>' {
            steps.push(Step {
                line: first + at,
                ..Step::default()
            });
        }
        let step = steps.last_mut().expect("a request before its answer");
        step.take(
            kind,
            kind != before,
            line[1..].strip_prefix(' ').unwrap_or(""),
        );
        before = kind;
    }
    steps
}

impl Step {
    fn take(&mut self, kind: char, first: bool, line: &str) {
        match (kind, first) {
            ('>', true) => {
                let (method, target) = line.split_once(' ').expect("a method and a path");
                (self.method, self.target) = (method.to_owned(), target.to_owned());
            }
            ('>', false) => match header(line).filter(|_| self.body.is_empty()) {
                Some(header) => self.headers.push(header),
                None if line.is_empty() => {}
                None => self.body.push_str(line),
            },
            ('<', true) => self.status = line.trim().parse().expect("a status"),
            ('<', false) => match (&mut self.text, header(line)) {
                (Some(text), _) => {
                    text.push_str(line);
                    text.push('\n');
                }
                (None, Some(header)) => self.expected.push(header),
                (None, None) => self.text = Some(String::new()),
            },
            _ => self.records.push(line.to_owned()),
        }
    }
}

/// A line `Name: value`.
fn header(line: &str) -> Option<(String, String)> {
    let (name, value) = line.split_once(": ")?;
    let token = |letter: char| letter.is_ascii_alphanumeric() || letter == '-';
    name.chars()
        .all(token)
        .then(|| (name.to_owned(), value.to_owned()))
}
