//! `sallyport token …`

use std::process::ExitCode;

use policy::AdminAction;
use secrecy::ExposeSecret;

use super::{
    Session,
    command::Token,
    terminal::{Failure, say},
    time,
};
use crate::wire::{CreateToken, CreatedToken, ListTokens, Nothing, RevokeToken, TokenSummary};

/// Runs the command.
pub fn run(session: &Session, command: Token) -> Result<ExitCode, Failure> {
    match command {
        Token::Create {
            service,
            expires,
            app,
            read_only,
        } => {
            let request = CreateToken {
                service,
                seconds: time::lifetime(&expires)?,
                apps: app,
                read_only,
            };
            create(session, &request)?;
        }
        Token::List { service } => list(session, service)?,
        Token::Revoke { id } => {
            let request = RevokeToken { id };
            let Nothing {} = session.ask("revoking", AdminAction::TokenRevoke, &request)?;
            say(&format!("revoked token {}", request.id));
        }
    }
    Ok(ExitCode::SUCCESS)
}

/// The token alone goes to standard output, so that a script can keep it.
fn create(session: &Session, request: &CreateToken) -> Result<(), Failure> {
    let made: CreatedToken = session.ask("making", AdminAction::TokenCreate, request)?;
    let text = || format!("{}\n", made.token.0.expose_secret());
    session.output.one(&made, text);
    let TokenSummary {
        id,
        service,
        expires,
        ..
    } = &made.summary;
    say(&format!(
        "token {id} of {service}, for {}, until {expires}   (shown only now)",
        scope(&made.summary)
    ));
    Ok(())
}

fn list(session: &Session, service: Option<String>) -> Result<(), Failure> {
    let request = ListTokens { service };
    let tokens: Vec<TokenSummary> = session.ask("asking", AdminAction::TokenList, &request)?;
    let columns = ["id", "service", "scope", "created", "expires", "used"];
    session.output.list(&tokens, &columns, |token| {
        vec![
            token.id.clone(),
            token.service.clone(),
            scope(token),
            token.created.clone(),
            token.expires.clone(),
            token.used.clone().unwrap_or_else(|| "never".to_owned()),
        ]
    });
    Ok(())
}

fn scope(token: &TokenSummary) -> String {
    let apps = match token.apps.is_empty() {
        true => "every app".to_owned(),
        false => token.apps.join(" "),
    };
    match token.read_only {
        true => format!("{apps}, read only"),
        false => apps,
    }
}
