//! What a request asked for, written into its id, so that the caller has nothing but the id to remember.

use jiff::Timestamp;

use crate::error::Error;
use crate::time;
use crate::write;

/// An id for a request; one that demands a new sign-in carries when.
pub(crate) fn id(force: bool, now: Timestamp) -> Result<String, Error> {
    let id = write::id()?;
    Ok(if force {
        format!("{id}-{}", now.as_second())
    } else {
        id
    })
}

/// The person was asked after the request, when the request demanded it.
pub(crate) fn honoured(request: &str, at: Timestamp) -> Result<(), Error> {
    let Some((_, second)) = request.split_once('-') else {
        return Ok(());
    };
    let asked = second
        .parse()
        .ok()
        .and_then(|second| Timestamp::from_second(second).ok());
    match asked {
        Some(asked) if time::over(at) >= asked => Ok(()),
        Some(_) | None => Err(Error::Stale),
    }
}
