//! The command line: `sallyport <noun> <verb>`.
//!
//! Data goes to stdout, everything else to stderr. The exit code says what kind of failure it was;
//! the codes are listed in `--help`.

mod account;
mod app;
mod audit;
mod command;
mod demo;
mod nouns;
mod output;
mod password;
mod policy;
mod reference;
mod server;
mod service;
mod session;
mod set;
mod terminal;
mod time;
mod token;
mod user;

use std::{io::Write, process::ExitCode};

use ::policy::AdminAction;
use clap::{CommandFactory, Parser};
use serde::{Serialize, de::DeserializeOwned};

use crate::{Home, client::Client};
use command::{Command, Line};
use output::Output;
use terminal::Failure;

pub use reference::commands;

/// What every command gets.
struct Session {
    home: Home,
    client: Client,
    output: Output,
}

/// Runs the program: server, worker or one command.
pub fn main() -> ExitCode {
    // What follows `worker` is between the gateway and itself.
    if std::env::args_os()
        .nth(1)
        .is_some_and(|first| first == "worker")
    {
        return sandbox::worker_main();
    }
    let line = Line::parse();
    // Two providers are compiled in by way of dependencies; rustls must be told which to use.
    let _ = rustls::crypto::aws_lc_rs::default_provider().install_default();
    match run(line) {
        Ok(code) => code,
        Err(failure) => failure.report(),
    }
}

fn run(line: Line) -> Result<ExitCode, Failure> {
    let home = Home::locate(line.home)?;
    let session = Session {
        client: Client::new(home.clone()),
        home,
        output: Output::new(line.output),
    };
    match line.command {
        Command::Server(command) => server::run(&session, command),
        Command::App(command) => app::run(&session, command),
        Command::User(command) => user::run(&session, command),
        Command::Service(command) => service::run(&session, command),
        Command::Token(command) => token::run(&session, command),
        Command::Account(command) => account::run(&session, command),
        Command::Set(command) => set::run(&session, command),
        Command::Policy(command) => policy::run(&session, command),
        Command::Audit(command) => audit::run(&session, command),
        Command::Session(command) => session::run(&session, command),
        Command::Demo(command) => demo::run(&session, command),
        Command::Completion { shell } => {
            // Written at once: the generator panics when nobody reads on.
            let mut script = Vec::new();
            clap_complete::generate(shell, &mut Line::command(), "sallyport", &mut script);
            let _ = std::io::stdout().write_all(&script);
            Ok(ExitCode::SUCCESS)
        }
        Command::Version => {
            session
                .output
                .line(concat!("sallyport ", env!("CARGO_PKG_VERSION")));
            Ok(ExitCode::SUCCESS)
        }
        Command::Worker => Ok(sandbox::worker_main()),
    }
}

impl Session {
    /// Asks the server for one operation and reads its answer.
    fn ask<T: DeserializeOwned>(
        &self,
        what: &str,
        action: AdminAction,
        request: &impl Serialize,
    ) -> Result<T, Failure> {
        Ok(self.wait(what, self.client.ask(action, request))??)
    }

    /// Waits for `work`, with a message when it takes long.
    fn wait<T>(&self, what: &str, work: impl Future<Output = T>) -> Result<T, Failure> {
        let runtime = tokio::runtime::Builder::new_current_thread()
            .enable_all()
            .build()?;
        Ok(runtime.block_on(terminal::patiently(what, work)))
    }
}
