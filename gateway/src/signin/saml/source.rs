//! Where a provider's metadata is fetched, how often, and whose turn it is.

use std::{
    path::PathBuf,
    sync::{Mutex, PoisonError},
    time::Duration,
};

use jiff::Timestamp;
use url::Url;

use crate::{
    Home,
    config::Saml,
    signin::providers::{ProviderError, read},
};

/// Where metadata is fetched.
pub(super) struct Source {
    pub(super) url: Url,
    pub(super) ca: Option<Vec<u8>>,
    /// The last good text, in case the provider is down when we start.
    pub(super) kept: PathBuf,
    every: Duration,
    fetched: Mutex<Option<Timestamp>>,
}

/// The source that the configuration names; nothing when it names a file.
pub(super) fn source(
    home: &Home,
    (name, config): (&str, &Saml),
) -> Result<Option<Source>, ProviderError> {
    let url = match (&config.metadata_url, &config.metadata_file) {
        (None, Some(_)) => return Ok(None),
        (Some(url), None) => url.clone(),
        (Some(_), Some(_)) | (None, None) => {
            let text = "give one of `metadata_url` and `metadata_file`".to_owned();
            return Err(ProviderError::Settings(name.to_owned(), text));
        }
    };
    let ca = config.ca.as_ref().map(|path| read(home, name, path));
    Ok(Some(Source {
        url,
        ca: ca.transpose()?,
        kept: home.certs().join(format!("saml-{name}.xml")),
        every: config.metadata_refresh.duration(),
        fetched: Mutex::new(None),
    }))
}

/// Whose turn it is to fetch. Unless it is done, the next one has a turn at once: a client that hangs up ends its
/// request, and what was asked for with it.
pub(super) struct Turn<'s> {
    pub(super) source: &'s Source,
    done: bool,
}

impl Turn<'_> {
    /// The metadata is there.
    pub(super) fn done(mut self) {
        self.done = true;
    }
}

impl Drop for Turn<'_> {
    fn drop(&mut self) {
        if !self.done {
            self.source.soon();
        }
    }
}

impl Source {
    /// The turn to fetch, if it is time; then nobody else has one for a while.
    pub(super) fn turn(&self, now: Timestamp) -> Option<Turn<'_>> {
        let mut fetched = self.fetched.lock().unwrap_or_else(PoisonError::into_inner);
        let every = i64::try_from(self.every.as_secs()).unwrap_or(i64::MAX);
        let passed = |last: &Timestamp| now.as_second().saturating_sub(last.as_second());
        let due = fetched.as_ref().is_none_or(|last| passed(last) >= every);
        due.then(|| {
            *fetched = Some(now);
            Turn {
                source: self,
                done: false,
            }
        })
    }

    /// Has it fetched again at the next occasion.
    fn soon(&self) {
        *self.fetched.lock().unwrap_or_else(PoisonError::into_inner) = None;
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn at(second: i64) -> Timestamp {
        Timestamp::from_second(1_000_000 + second).unwrap()
    }

    #[test]
    fn whoever_hangs_up_leaves_the_turn_to_the_next() {
        let source = Source {
            url: "https://idp.example/metadata".parse().unwrap(),
            ca: None,
            kept: PathBuf::new(),
            every: Duration::from_secs(3600),
            fetched: Mutex::new(None),
        };
        let turn = source.turn(at(0)).unwrap();
        assert!(source.turn(at(1)).is_none(), "one at a time");
        drop(turn);
        source.turn(at(2)).unwrap().done();
        assert!(source.turn(at(3)).is_none());
        assert!(source.turn(at(3602)).is_some());
    }
}
