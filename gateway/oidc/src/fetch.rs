//! Talking to a provider: over TLS or to this machine, to one address without redirects, with a bound on time and size.

use std::future::Future;
use std::pin::Pin;

use openidconnect::http::{Request, Response, StatusCode, header};
use openidconnect::{AsyncHttpClient, HttpRequest, HttpResponse};
use reqwest::Certificate;
use reqwest::redirect::Policy;
use secrecy::{ExposeSecret, SecretString};
use serde_json::Value;
use url::Url;

use crate::error::{Error, Result, clean};
use crate::preset::Preset;
use crate::settings::{Settings, secure};

/// The longest answer that is read.
const LONGEST: usize = 1024 * 1024;

/// The client of one provider.
#[derive(Debug)]
pub struct Fetch {
    client: reqwest::Client,
}

impl Fetch {
    /// A client that trusts the system's certificates, or only those of the settings.
    pub fn new(settings: &Settings) -> Result<Self> {
        if rustls::crypto::CryptoProvider::get_default().is_none() {
            return Err(
                settings.wrong("no crypto provider is installed; the server does that first")
            );
        }
        let mut builder = reqwest::Client::builder()
            .user_agent("sallyport")
            .redirect(Policy::none())
            .no_proxy()
            .timeout(settings.timeout)
            .connect_timeout(settings.timeout)
            .pool_max_idle_per_host(4);
        if let Some(pem) = &settings.ca {
            builder = builder.tls_certs_only(certificates(settings, pem)?);
        }
        let client = builder
            .build()
            .map_err(|error| settings.wrong(&clean(&error.to_string())))?;
        Ok(Self { client })
    }

    /// The JSON document at `url`, which anybody may read.
    pub async fn document(&self, url: &Url) -> Result<Value> {
        json(url, &self.send(request(url, None)?).await?)
    }

    /// The JSON document at `url` that belongs to the bearer of `access`.
    pub async fn own(&self, url: &Url, access: &SecretString) -> Result<Value> {
        json(url, &self.send(request(url, Some(access))?).await?)
    }

    async fn send(&self, request: HttpRequest) -> Result<HttpResponse> {
        let (parts, body) = request.into_parts();
        let url = Url::parse(&parts.uri.to_string())
            .map_err(|_| Error::Response("an endpoint is no URL".into()))?;
        guard(&url)?;
        let sent = self
            .client
            .request(parts.method, url.clone())
            .headers(parts.headers)
            .body(body)
            .send()
            .await;
        let mut answer = sent.map_err(|error| unavailable(&url, error))?;
        let status = answer.status();
        if status.is_server_error() || status == StatusCode::TOO_MANY_REQUESTS {
            return Err(Error::Unavailable(format!(
                "{} answered {status}",
                place(&url)
            )));
        }
        let mut response = Response::builder().status(status);
        if let Some(kind) = answer.headers().get(header::CONTENT_TYPE) {
            response = response.header(header::CONTENT_TYPE, kind);
        }
        let mut body = Vec::new();
        while let Some(piece) = answer
            .chunk()
            .await
            .map_err(|error| unavailable(&url, error))?
        {
            if body.len() + piece.len() > LONGEST {
                return Err(Error::Response(format!(
                    "{} sent more than {LONGEST} bytes",
                    place(&url)
                )));
            }
            body.extend_from_slice(&piece);
        }
        response
            .body(body)
            .map_err(|_| Error::Response("the answer is malformed".into()))
    }
}

/// The text at `url`, fetched as everything else of providers is: over TLS or from this machine, bounded in time and
/// size. `ca` are the certificates to trust instead of the system's, as PEM.
///
/// # Errors
/// It cannot be reached, is no text, or the address is not https.
pub async fn fetch_text(url: &Url, ca: Option<&[u8]>) -> Result<String> {
    let mut settings = Settings::new("document", Preset::Plain, url.clone(), "-", url.clone());
    settings.ca = ca.map(<[u8]>::to_vec);
    let answer = Fetch::new(&settings)?.send(request(url, None)?).await?;
    if !answer.status().is_success() {
        return Err(Error::Unavailable(format!(
            "{} answered {}",
            place(url),
            answer.status()
        )));
    }
    String::from_utf8(answer.into_body()).map_err(|_| Error::Response("it is no text".into()))
}

impl<'c> AsyncHttpClient<'c> for Fetch {
    type Error = Error;
    type Future = Pin<Box<dyn Future<Output = Result<HttpResponse>> + Send + 'c>>;

    fn call(&'c self, request: HttpRequest) -> Self::Future {
        Box::pin(self.send(request))
    }
}

/// Refuses an address that could be read or changed on the way.
pub fn guard(url: &Url) -> Result<()> {
    if secure(url) {
        return Ok(());
    }
    Err(Error::Response(format!(
        "{} is not https; http goes for loopback hosts only",
        place(url)
    )))
}

fn certificates(settings: &Settings, pem: &[u8]) -> Result<Vec<Certificate>> {
    match Certificate::from_pem_bundle(pem) {
        Ok(found) if !found.is_empty() => Ok(found),
        Ok(_) | Err(_) => Err(settings
            .wrong("`ca` holds no certificate; it must be PEM, `-----BEGIN CERTIFICATE-----`")),
    }
}

fn request(url: &Url, access: Option<&SecretString>) -> Result<HttpRequest> {
    let mut builder = Request::get(url.as_str()).header(header::ACCEPT, "application/json");
    if let Some(access) = access {
        builder = builder.header(
            header::AUTHORIZATION,
            format!("Bearer {}", access.expose_secret()),
        );
    }
    builder
        .body(Vec::new())
        .map_err(|_| Error::Response("the access token cannot be sent".into()))
}

fn json(url: &Url, response: &HttpResponse) -> Result<Value> {
    if response.status() != StatusCode::OK {
        return Err(Error::Response(format!(
            "{} answered {}",
            place(url),
            response.status()
        )));
    }
    serde_json::from_slice(response.body())
        .map_err(|_| Error::Response(format!("{} did not send JSON", place(url))))
}

/// Where it happened, without what a query could tell.
fn place(url: &Url) -> String {
    clean(&format!(
        "{}{}",
        url.origin().ascii_serialization(),
        url.path()
    ))
}

fn unavailable(url: &Url, error: reqwest::Error) -> Error {
    let reason = if error.is_timeout() {
        "did not answer in time".to_owned()
    } else {
        clean(&root(&error.without_url()).to_string())
    };
    Error::Unavailable(format!("{}: {reason}", place(url)))
}

fn root<'a>(error: &'a (dyn std::error::Error + 'static)) -> &'a (dyn std::error::Error + 'static) {
    let mut cause = error;
    while let Some(next) = cause.source() {
        cause = next;
    }
    cause
}
