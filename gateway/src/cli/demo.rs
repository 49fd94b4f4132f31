//! `sallyport demo`: a whole gateway in a temporary folder, ready to be tried.
//!
//! It is set up through its own admin API, so that everything in the demo is in its audit log too.

mod examples;
mod guide;
mod setup;
mod upstream;

use std::{net::TcpListener, process::ExitCode};

use super::{
    Session,
    command::Demo,
    terminal::{Failure, say},
};
use crate::{Home, boot, client::Client};

/// Runs the command.
pub fn run(session: &Session, command: Demo) -> Result<ExitCode, Failure> {
    let mut folder = tempfile::Builder::new()
        .prefix("sallyport-demo-")
        .tempdir()?;
    folder.disable_cleanup(command.keep);
    let home = Home::locate(Some(folder.path().join("home")))?;
    home.create()?;
    std::fs::remove_dir_all(home.policies())?;
    std::fs::write(home.config(), config())?;
    examples::write(&home)?;
    let output = session.output;
    let client = Client::new(home.clone());
    let keep = command.keep;
    boot::start(&home.clone(), move |state| {
        let urls = state.addresses.load().urls();
        tokio::spawn(async move {
            match setup::run(&home, &client).await {
                Ok(people) => output.line(&guide::text(&home, &urls, &people, keep)),
                Err(failure) => {
                    failure.report();
                    setup::stop(&client).await;
                }
            }
        });
    })?;
    let what = if command.keep { "kept" } else { "deleted" };
    say(&format!(
        "the demo has ended; its folder {} is {what}",
        folder.path().display()
    ));
    Ok(ExitCode::SUCCESS)
}

/// The ports of a real server while they are free, else any.
fn config() -> String {
    let port = |wanted: u16| TcpListener::bind(("127.0.0.1", wanted)).map_or(0, |_| wanted);
    format!(
        "[http]\nport = {}\n\n[https]\nport = {}\n\n[secrets]\ndefault = \"file\"\n",
        port(25_222),
        port(25_223)
    )
}
