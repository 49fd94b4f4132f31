//! Downloads one library or style sheet for an app in development, from exactly the address that was
//! judged. A redirect is not followed here: it is another download, to be judged anew.

use std::net::IpAddr;
use std::time::{Duration, Instant};

use audit::Outcome;
use bytes::Bytes;
use policy::{DevCall, DevTarget, Permit, Url};

use crate::plugin::{Clients, address};

/// How long all of it may take.
const TIME: Duration = Duration::from_secs(30);
/// How long the look-up of a name may take, and a connection.
const CONNECT: Duration = Duration::from_secs(5);

/// What a server answered.
#[derive(Debug)]
pub enum Downloaded {
    /// The file.
    File(Bytes),
    /// Where it is instead.
    Moved(String),
}

/// The address of a host, to be judged and then connected to.
pub async fn locate(url: &Url) -> Result<IpAddr, String> {
    if let Some(ip) = address::literal(url.host()) {
        return Ok(ip);
    }
    let found = address::look_up(url, CONNECT).await;
    found.ok_or_else(|| format!("cannot find the address of host {}", url.host()))
}

/// Spends the permit; its cargo is how many bytes the file may have.
pub async fn download(permit: Permit<DevCall<usize>>) -> Result<Downloaded, String> {
    let since = Instant::now();
    let (call, open) = permit.spend();
    let result = match &call.target {
        DevTarget::Fetch { url, ip } => tokio::time::timeout(TIME, get(url, *ip, call.cargo))
            .await
            .unwrap_or_else(|_| Err(format!("no answer within {} s", TIME.as_secs()))),
        DevTarget::Write(_) | DevTarget::Run { .. } => Err("this is no download".to_owned()),
    };
    let failed = result.is_err().then_some("dev.fetch");
    let bytes = match &result {
        Ok(Downloaded::File(file)) => u64::try_from(file.len()).unwrap_or(u64::MAX),
        Ok(Downloaded::Moved(_)) | Err(_) => 0,
    };
    open.close(Outcome {
        bytes,
        ..Outcome::of(failed, since.elapsed())
    });
    result
}

async fn get(url: &Url, ip: IpAddr, most: usize) -> Result<Downloaded, String> {
    let client = Clients::new()
        .client(url, ip, CONNECT)
        .map_err(|failure| failure.text)?;
    let failed = |error: reqwest::Error| error.without_url().to_string();
    let mut response = client.get(url.to_string()).send().await.map_err(failed)?;
    let status = response.status();
    if status.is_redirection() {
        let location = response.headers().get(reqwest::header::LOCATION);
        let location = location.and_then(|value| value.to_str().ok());
        return location
            .map(|location| Downloaded::Moved(location.to_owned()))
            .ok_or_else(|| format!("the server answered {status} without a place"));
    }
    if status != reqwest::StatusCode::OK {
        return Err(format!("the server answered {status}"));
    }
    let mut file = Vec::new();
    while let Some(chunk) = response.chunk().await.map_err(failed)? {
        if file.len().saturating_add(chunk.len()) > most {
            return Err(format!("the file is longer than {most} bytes"));
        }
        file.extend_from_slice(&chunk);
    }
    Ok(Downloaded::File(file.into()))
}
