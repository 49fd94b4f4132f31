//! What a provider publishes about itself, checked: its endpoints and the keys it signs with.

use jiff::Timestamp;
use openidconnect::core::{
    CoreAuthDisplay, CoreClaimName, CoreClaimType, CoreClient, CoreClientAuthMethod, CoreGrantType,
    CoreJsonWebKey, CoreJsonWebKeySet, CoreJweContentEncryptionAlgorithm,
    CoreJweKeyManagementAlgorithm, CoreResponseMode, CoreResponseType, CoreSubjectIdentifierType,
};
use openidconnect::{
    AdditionalProviderMetadata, AuthType, AuthUrl, ClientId, ClientSecret, EndSessionUrl,
    EndpointNotSet, EndpointSet, IssuerUrl, LogoutProviderMetadata, ProviderMetadata, RedirectUrl,
    TokenUrl,
};
use secrecy::ExposeSecret;
use serde::{Deserialize, Serialize};
use serde_json::Value;
use url::Url;

use crate::error::{Error, Result, clean};
use crate::fetch::{Fetch, guard};
use crate::issuer;
use crate::keys::Keys;
use crate::settings::Settings;

/// A client that can send people away and fetch tokens for them.
pub type Client = CoreClient<
    EndpointSet,
    EndpointNotSet,
    EndpointNotSet,
    EndpointNotSet,
    EndpointSet,
    EndpointNotSet,
>;

type Metadata = ProviderMetadata<
    LogoutProviderMetadata<Extra>,
    CoreAuthDisplay,
    CoreClientAuthMethod,
    CoreClaimName,
    CoreClaimType,
    CoreGrantType,
    CoreJweContentEncryptionAlgorithm,
    CoreJweKeyManagementAlgorithm,
    CoreJsonWebKey,
    CoreResponseMode,
    CoreResponseType,
    CoreSubjectIdentifierType,
>;

/// What we read of a discovery document beyond the library's own.
#[derive(Clone, Debug, Serialize, Deserialize)]
struct Extra {
    code_challenge_methods_supported: Option<Vec<String>>,
    #[serde(default)]
    authorization_response_iss_parameter_supported: bool,
}

impl AdditionalProviderMetadata for Extra {}

/// Everything known about a provider at one moment.
#[derive(Debug, Clone)]
pub struct Known {
    /// The issuer that tokens must name, letter for letter.
    pub issuer: IssuerUrl,
    /// The page people are sent to.
    pub authorize: AuthUrl,
    /// Where codes become tokens.
    pub token: TokenUrl,
    /// Where more is said about a person.
    pub userinfo: Option<Url>,
    /// Where people sign out.
    pub end_session: Option<EndSessionUrl>,
    /// Whether answers always name their issuer (RFC 9207).
    pub names_issuer: bool,
    /// How we prove who we are at the token endpoint.
    pub proof: AuthType,
    /// What it signs with.
    pub keys: Keys,
    /// When this was found out.
    pub at: Timestamp,
}

impl Known {
    /// Asks the provider.
    pub async fn discover(settings: &Settings, fetch: &Fetch, now: Timestamp) -> Result<Self> {
        let document = fetch.document(&issuer::discovery(&settings.issuer)).await?;
        let (issuer, document) = issuer::settle(settings, document)?;
        let metadata = read(document)?;
        check_pkce(metadata.additional_metadata())?;
        let keys = Keys::fetch(fetch, metadata.jwks_uri().url(), now).await?;
        Self::new(settings, issuer, &metadata, keys)
    }

    fn new(
        settings: &Settings,
        issuer: IssuerUrl,
        metadata: &Metadata,
        keys: Keys,
    ) -> Result<Self> {
        let token = metadata
            .token_endpoint()
            .cloned()
            .ok_or_else(|| Error::Response("its discovery names no `token_endpoint`".into()))?;
        let extra = metadata.additional_metadata();
        let end_session = extra.end_session_endpoint.clone();
        guard(metadata.authorization_endpoint().url())?;
        guard(token.url())?;
        Ok(Self {
            issuer,
            authorize: metadata.authorization_endpoint().clone(),
            token,
            userinfo: metadata
                .userinfo_endpoint()
                .map(|endpoint| endpoint.url().clone()),
            end_session: end_session.filter(|endpoint| guard(endpoint.url()).is_ok()),
            names_issuer: extra
                .additional_metadata
                .authorization_response_iss_parameter_supported,
            proof: proof(settings, metadata.token_endpoint_auth_methods_supported())?,
            at: keys.at,
            keys,
        })
    }

    /// The same, with other keys.
    pub fn with_keys(&self, keys: Keys) -> Self {
        Self {
            keys,
            ..self.clone()
        }
    }

    /// Our client there.
    pub fn client(&self, settings: &Settings, redirect: Option<&str>) -> Result<Client> {
        let keys: CoreJsonWebKeySet = self.keys.set.clone();
        let mut client = CoreClient::new(
            ClientId::new(settings.client_id.clone()),
            self.issuer.clone(),
            keys,
        )
        .set_auth_uri(self.authorize.clone())
        .set_token_uri(self.token.clone())
        .set_auth_type(self.proof.clone());
        if let Some(secret) = &settings.client_secret {
            client = client.set_client_secret(ClientSecret::new(secret.expose_secret().to_owned()));
        }
        if let Some(redirect) = redirect {
            let url = RedirectUrl::new(redirect.to_owned())
                .map_err(|_| Error::State("its redirect is no URL"))?;
            client = client.set_redirect_uri(url);
        }
        Ok(client)
    }
}

fn read(document: Value) -> Result<Metadata> {
    serde_json::from_value(document).map_err(|error| {
        Error::Response(format!(
            "its discovery is malformed: {}",
            clean(&error.to_string())
        ))
    })
}

fn check_pkce(extra: &LogoutProviderMetadata<Extra>) -> Result<()> {
    match &extra.additional_metadata.code_challenge_methods_supported {
        Some(methods) if !methods.iter().any(|method| method == "S256") => Err(Error::Pkce(
            format!("it lists {}", clean(&methods.join(", "))),
        )),
        Some(_) | None => Ok(()),
    }
}

/// Basic authentication unless the provider only takes the secret in the body.
fn proof(settings: &Settings, methods: Option<&Vec<CoreClientAuthMethod>>) -> Result<AuthType> {
    let takes = |method| methods.is_none_or(|methods| methods.contains(&method));
    if settings.client_secret.is_none() || takes(CoreClientAuthMethod::ClientSecretBasic) {
        return Ok(AuthType::BasicAuth);
    }
    if takes(CoreClientAuthMethod::ClientSecretPost) {
        return Ok(AuthType::RequestBody);
    }
    Err(Error::Response(
        "its token endpoint takes neither `client_secret_basic` nor `client_secret_post`; allow one for this client".into(),
    ))
}
