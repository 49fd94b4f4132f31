//! Downloads what an app names by URL: only when the operator allows it, from hosts the operator named,
//! each hop decided anew.

use bytes::Bytes;
use policy::{DevCall, DevTarget, Url};
use sandbox::Downloaded;

use super::{DevError, assets, hands::Hands};

/// Redirects that are followed.
const HOPS: usize = 5;

/// The file at `url`.
pub(super) async fn fetch(hands: &Hands<'_>, url: &str) -> Result<Bytes, DevError> {
    if let Some(content) = assets::known(url) {
        return Ok(content);
    }
    let failed = |why: String| DevError(format!("cannot download `{url}`: {why}"));
    if !hands.config.download {
        return Err(failed(
            "downloads are off; put the file into the app's folder, or set `download = true` in `[dev]`"
                .to_owned(),
        ));
    }
    let mut place = url.to_owned();
    for _ in 0..HOPS {
        match hop(hands, &place).await.map_err(failed)? {
            Downloaded::File(file) => return Ok(file),
            Downloaded::Moved(to) => {
                let base = url::Url::parse(&place).map_err(|error| failed(error.to_string()))?;
                let next = base.join(&to).map_err(|error| failed(error.to_string()))?;
                place = next.into();
            }
        }
    }
    Err(failed("there are too many redirects".to_owned()))
}

async fn hop(hands: &Hands<'_>, place: &str) -> Result<Downloaded, String> {
    let url = Url::parse(place).map_err(|error| error.to_string())?;
    let listed = |host: &String| host == "*" || host.eq_ignore_ascii_case(url.host());
    if !hands.config.download_hosts.iter().any(listed) {
        let host = url.host();
        return Err(format!(
            "host `{host}` is not among `download_hosts` in `[dev]`"
        ));
    }
    let ip = sandbox::locate(&url).await?;
    let call = DevCall {
        target: DevTarget::Fetch { url, ip },
        cargo: hands.config.download_bytes.size(),
    };
    let permit = hands.admit(call).await.map_err(|error| error.0)?;
    sandbox::download(permit).await
}
