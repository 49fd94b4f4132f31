//! Tries a provider by hand, so that its settings are known to work before the gateway has them:
//! `ISSUER=… CLIENT=… SECRET=… PRESET=plain cargo run -p sallyport-oidc --example signin`, then open what it prints.
//! The redirect URI is `http://127.0.0.1:9999/cb`, back-channel logout goes to `http://127.0.0.1:9999/logout`.

use std::env::var;
use std::error::Error;
use std::time::Duration;

use jiff::Timestamp;
use oidc::{Memory, Preset, Provider, Settings, Wish};
use tokio::io::{AsyncReadExt, AsyncWriteExt};
use tokio::net::TcpListener;
use url::Url;

type Result<T> = std::result::Result<T, Box<dyn Error>>;

#[tokio::main]
async fn main() -> Result<()> {
    let _ = rustls::crypto::aws_lc_rs::default_provider().install_default();
    let provider = Provider::new(settings()?)?;
    let listener = TcpListener::bind("127.0.0.1:9999").await?;
    let begun = provider.begin(&wish()?, now()).await?;
    println!("open {}", begun.url);
    loop {
        let (target, body) = hear(&listener).await?;
        let url = Url::parse("http://127.0.0.1:9999")?.join(&target)?;
        match url.path() {
            "/cb" => show(&provider, &url, &begun.memory).await,
            "/logout" => {
                let form = Url::parse(&format!("http://127.0.0.1/?{body}"))?;
                let token = form.query_pairs().find(|(key, _)| key == "logout_token");
                let token = token
                    .map(|(_, value)| value.into_owned())
                    .unwrap_or_default();
                println!("logout: {:?}", provider.logout_token(&token, now()).await);
            }
            "/quit" => return Ok(()),
            _ => {}
        }
    }
}

fn settings() -> Result<Settings> {
    let preset: Preset = match var("PRESET") {
        Ok(name) => serde_json::from_value(name.into())?,
        Err(_) => Preset::Plain,
    };
    let redirect = Url::parse("http://127.0.0.1:9999/cb")?;
    let mut settings = Settings::new(
        "try",
        preset,
        Url::parse(&var("ISSUER")?)?,
        &var("CLIENT")?,
        redirect,
    );
    settings.client_secret = var("SECRET").ok().map(Into::into);
    settings.offline = var("OFFLINE").is_ok();
    if let Ok(scopes) = var("SCOPES") {
        settings.scopes = scopes.split(' ').map(str::to_owned).collect();
    }
    if let Ok(claim) = var("GROUPS_CLAIM") {
        settings.groups_claim = claim;
    }
    Ok(settings)
}

fn wish() -> Result<Wish> {
    let max_age = var("MAX_AGE")
        .ok()
        .map(|seconds| seconds.parse())
        .transpose()?;
    Ok(Wish {
        max_age: max_age.map(Duration::from_secs),
        mfa: var("MFA").is_ok(),
        ..Wish::default()
    })
}

/// Shows the person, renews them twice, and says where they sign out. Tokens are not shown.
async fn show(provider: &Provider, url: &Url, memory: &Memory) {
    let query: Vec<(String, String)> = url.query_pairs().into_owned().collect();
    let person = match provider.finish(&query, memory, now()).await {
        Ok(person) => person,
        Err(error) => return println!("{}: {error}", error.code()),
    };
    println!("{person:#?}");
    let mut tokens = person.tokens.clone();
    for _ in 0..2 {
        match provider.refresh(&tokens, &person.subject, now()).await {
            Ok(renewed) => {
                println!("renewed: {renewed:?}");
                tokens = renewed.tokens;
            }
            Err(error) => println!("{}: {error}", error.code()),
        }
    }
    if let Err(error) = provider
        .refresh(&person.tokens, &person.subject, now())
        .await
    {
        println!("the first refresh token again: {}: {error}", error.code());
    }
    let back = Url::parse("http://127.0.0.1:9999/bye").ok();
    if let Some(page) = provider
        .end_session(&tokens, &back.unwrap_or_else(|| url.clone()), now())
        .await
    {
        println!("sign out: {page}");
    }
}

/// One request's target and body.
async fn hear(listener: &TcpListener) -> Result<(String, String)> {
    let (mut stream, _) = listener.accept().await?;
    let mut bytes = vec![0; 64 * 1024];
    let mut filled = 0;
    loop {
        let read = stream
            .read(bytes.get_mut(filled..).unwrap_or_default())
            .await?;
        filled += read;
        let text = String::from_utf8_lossy(bytes.get(..filled).unwrap_or_default()).into_owned();
        let (head, body) = text.split_once("\r\n\r\n").unwrap_or((&text, ""));
        let length = head.lines().find_map(|line| {
            line.to_ascii_lowercase()
                .strip_prefix("content-length: ")?
                .parse()
                .ok()
        });
        if read == 0 || (text.contains("\r\n\r\n") && body.len() >= length.unwrap_or(0usize)) {
            stream
                .write_all(b"HTTP/1.1 200 OK\r\ncontent-length: 0\r\nconnection: close\r\n\r\n")
                .await?;
            return Ok((
                head.split(' ').nth(1).unwrap_or("/").to_owned(),
                body.to_owned(),
            ));
        }
    }
}

#[expect(
    clippy::disallowed_methods,
    reason = "a program tried by hand reads the clock itself"
)]
fn now() -> Timestamp {
    Timestamp::now()
}
