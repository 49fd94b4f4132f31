//! What a worker is given of an app: text files with tokens for secrets, names of static files.

use std::collections::BTreeMap;
use std::sync::Arc;

use secrets::Tokens;
use sha2::{Digest, Sha256};

use crate::error::AppError;
use crate::frame::{Init, StaticFile};
use crate::limits::Limits;
use crate::source::Source;
use crate::surroundings::Surroundings;

/// An app's files and parameters with their secret references hidden.
pub struct Prepared {
    /// What the tokens mean; never leaves the host.
    pub tokens: Arc<Tokens>,
    files: BTreeMap<String, String>,
    statics: BTreeMap<String, StaticFile>,
    params: BTreeMap<String, String>,
    not_text: Option<String>,
    surroundings: Surroundings,
}

impl Prepared {
    /// Hides the references of `source` and `params`.
    pub fn new(source: &Source, params: &BTreeMap<String, String>) -> Self {
        let mut tokens = Tokens::new();
        let mut files = BTreeMap::new();
        let mut not_text = None;
        for path in source.files.keys().filter(|path| is_code(path)) {
            match source.text(path) {
                Some(text) if path.ends_with(".star") => {
                    files.insert(path.clone(), tokens.hide(text))
                }
                Some(text) => files.insert(path.clone(), text.to_owned()),
                None => not_text.replace(path.clone()),
            };
        }
        let params = params
            .iter()
            .map(|(name, value)| (name.clone(), tokens.hide(value)))
            .collect();
        Self {
            tokens: Arc::new(tokens),
            files,
            statics: statics(source),
            params,
            not_text,
            surroundings: Surroundings::default(),
        }
    }

    /// The same app where it runs.
    #[must_use]
    pub fn within(self, surroundings: Surroundings) -> Self {
        Self {
            surroundings,
            ..self
        }
    }

    /// The frame that loads the app.
    pub fn init(&self, inspect: bool, app_path: &str, limits: &Limits) -> Result<Init, AppError> {
        if let Some(path) = &self.not_text {
            return Err(AppError::Load(format!(
                "{path}: the file is not UTF-8 text"
            )));
        }
        Ok(Init {
            inspect,
            files: self.files.clone(),
            statics: self.statics.clone(),
            app_path: app_path.to_owned(),
            params: self.params.clone(),
            surroundings: self.surroundings.clone(),
            limits: limits.clone(),
        })
    }

    /// An error with references instead of tokens.
    pub fn shown(&self, error: AppError) -> AppError {
        match error {
            AppError::Handler(text) => AppError::Handler(self.tokens.show(&text)),
            AppError::Unavailable(text) => AppError::Unavailable(self.tokens.show(&text)),
            AppError::Load(text) => AppError::Load(self.tokens.show(&text)),
            AppError::Busy => AppError::Busy,
        }
    }
}

fn is_code(path: &str) -> bool {
    let served = path.starts_with("static/") || path.starts_with("static_root/");
    let named = path.ends_with(".star") || path.ends_with(".html") || path == "config_gen.lock";
    !served && named
}

fn statics(source: &Source) -> BTreeMap<String, StaticFile> {
    let files = source
        .files
        .iter()
        .filter(|(path, _)| path.starts_with("static/"));
    files
        .map(|(path, content)| {
            let file = StaticFile {
                sha256: format!("{:x}", Sha256::digest(content)),
                size: content.len() as u64,
            };
            (path.clone(), file)
        })
        .collect()
}
