//! Calls of the gateway's own for an app in development: it writes generated files into the app's folder,
//! runs the operator's build tools and downloads libraries. The app is the principal, since its source asks.

use std::net::IpAddr;
use std::path::PathBuf;

use super::ask::{Ask, Fact, Fields};
use super::plugin::reach;
use super::sealed::Asks;
use crate::action::Action;
use crate::place;
use crate::url::Url;

/// Something done for an app in development; the caller is the app instance.
#[derive(Debug)]
pub struct DevCall<T> {
    /// What it reaches for.
    pub target: DevTarget,
    /// What will be done when permitted.
    pub cargo: T,
}

/// What is reached for in development mode.
#[derive(Clone, Debug)]
pub enum DevTarget {
    /// A generated file is written or removed, at its real path.
    Write(PathBuf),
    /// A build tool runs, at its real path.
    Run {
        /// Real path of the program.
        program: PathBuf,
        /// Its arguments.
        args: Vec<String>,
    },
    /// A library or style sheet is downloaded, connecting to exactly `ip`.
    Fetch {
        /// The canonical URL.
        url: Url,
        /// The address that will be connected to.
        ip: IpAddr,
    },
}

impl<T> Asks for DevCall<T> {
    fn ask(&self) -> Ask {
        match &self.target {
            DevTarget::Write(path) => Ask::new(Action::DevWrite, place::path(path)),
            DevTarget::Run { program, args } => Ask {
                facts: Fields::new().with("args", Fact::text(crate::printed::list(args))),
                ..Ask::new(Action::DevRun, place::program(program))
            },
            DevTarget::Fetch { url, ip } => Ask {
                facts: reach(url, *ip),
                ..Ask::new(Action::DevFetch, place::host(url.host()))
            },
        }
    }
}
