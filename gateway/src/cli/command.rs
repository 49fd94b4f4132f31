//! The commands and their options, as clap reads them; their documentation is the help text.

use std::path::PathBuf;

use clap::{Args, Parser, Subcommand, ValueEnum};

pub use super::nouns::{Service, Sessions, Token, User};

/// What exit codes mean.
pub const CODES: &str = "Exit codes:
  0  done
  1  failed
  2  usage error, or `audit verify` found damage
  3  denied by policy
  4  not found (also: no log to verify)
  5  with --exit-code: done, and permissions wait for approval
  6  no server reachable";

/// A gateway for internal web apps: every request and every effect is decided by policy and recorded first.
#[derive(Debug, Parser)]
#[command(name = "sallyport", version, after_help = CODES, disable_help_subcommand = true)]
pub struct Line {
    /// Home directory of the server [default: ~/.sallyport]
    #[arg(
        long,
        global = true,
        env = "SALLYPORT_HOME",
        value_name = "DIR",
        hide_env_values = true
    )]
    pub home: Option<PathBuf>,
    /// Form of the output
    #[arg(short, long, global = true, value_enum, default_value_t = Form::Table)]
    pub output: Form,
    /// What to do
    #[command(subcommand)]
    pub command: Command,
}

/// Forms of output.
#[derive(Debug, Clone, Copy, PartialEq, Eq, ValueEnum)]
pub enum Form {
    /// For people
    Table,
    /// One indented document
    Json,
    /// One object per line
    Jsonl,
}

/// The nouns.
#[derive(Debug, Subcommand)]
pub enum Command {
    /// Start, stop and check the server
    #[command(subcommand)]
    Server(Server),
    /// Install and approve apps
    #[command(subcommand)]
    App(App),
    /// Users of this server
    #[command(subcommand)]
    User(User),
    /// Service accounts: programs that call apps
    #[command(subcommand)]
    Service(Service),
    /// Tokens that service accounts show
    #[command(subcommand)]
    Token(Token),
    /// Sets of apps that guardrails make exceptions for
    #[command(subcommand)]
    Set(Set),
    /// Accounts of plugins that apps are linked to
    #[command(subcommand)]
    Account(Account),
    /// Policies in force, and why something was decided
    #[command(subcommand)]
    Policy(Policy),
    /// The audit log
    #[command(subcommand)]
    Audit(Audit),
    /// Sign-ins of people; each ends with its sessions at every host
    #[command(subcommand)]
    Session(Sessions),
    /// Start a gateway in a temporary folder with example apps that wait for approval
    Demo(Demo),
    /// Print a completion script
    Completion {
        /// For which shell
        shell: clap_complete::Shell,
    },
    /// Print the version
    Version,
    /// Run app code; started by the server
    #[command(hide = true)]
    Worker,
}

/// `server …`
#[derive(Debug, Subcommand)]
pub enum Server {
    /// Run the server in the foreground
    Start,
    /// Stop the server and wait until it is gone
    Stop,
    /// Tell whether and how the server runs
    Status,
    /// Check configuration and policies without starting anything
    Check,
}

/// `app …`
#[derive(Debug, Subcommand)]
pub enum App {
    /// Install an app from a folder on the server's machine; it gets no right before it is approved
    Create {
        /// Folder with `app.star`
        source: PathBuf,
        /// Where to serve it: `[host:]/path`
        path: String,
        /// A parameter of the app, `name=value`; may be given many times
        #[arg(long, value_name = "NAME=VALUE")]
        param: Vec<String>,
        /// How people sign in for it: `default` (anybody who is signed in), `none`, `builtin`, or a provider's name
        #[arg(long, value_name = "HOW")]
        auth: Option<String>,
        /// Serve the app from its folder and reload it when a file changes
        #[arg(long)]
        dev: bool,
        #[command(flatten)]
        change: Change,
    },
    /// List apps
    List,
    /// Show an app, what it asks for and what is approved
    Show {
        /// `[host:]/path`
        path: String,
    },
    /// Approve what an app asks for now
    Approve {
        /// `[host:]/path`
        path: String,
        /// Only the version whose hash, as `app show` prints it, begins with this
        #[arg(long)]
        hash: Option<String>,
        /// Show what would be approved
        #[arg(long)]
        dry_run: bool,
    },
    /// Read an app's folder again; the new version stays inside what is approved
    Reload {
        /// `[host:]/path`
        path: String,
        #[command(flatten)]
        change: Change,
    },
    /// Change how people sign in for an app
    Update {
        /// `[host:]/path`
        path: String,
        /// `default` (anybody who is signed in), `none`, `builtin`, or a provider's name
        #[arg(long, value_name = "HOW")]
        auth: String,
        /// Show what would happen
        #[arg(long)]
        dry_run: bool,
    },
    /// Delete an app with its versions and approvals
    Delete {
        /// `[host:]/path`
        path: String,
        /// Do not ask
        #[arg(short, long)]
        yes: bool,
    },
}

/// Options of what changes an app.
#[derive(Debug, Clone, Copy, Args)]
pub struct Change {
    /// Also approve what the app asks for
    #[arg(short, long)]
    pub approve: bool,
    /// Show what would happen
    #[arg(long)]
    pub dry_run: bool,
    /// Exit with 5 when permissions wait for approval
    #[arg(long)]
    pub exit_code: bool,
}

/// `set …`
#[derive(Debug, Subcommand)]
pub enum Set {
    /// Put an app into a set
    Add {
        /// Name of the set, for example `exec-allowed`
        set: String,
        /// `[host:]/path`
        path: String,
    },
    /// Take an app out of a set
    Remove {
        /// Name of the set
        set: String,
        /// `[host:]/path`
        path: String,
    },
    /// List sets and their apps
    List,
}

/// `account …`
#[derive(Debug, Subcommand)]
pub enum Account {
    /// Give a plugin of an app the settings of an account
    Link {
        /// The plugin as the app loads it: `store.in`, or `store.in#work`
        plugin: String,
        /// The account: `main` for the block `[plugin."store.in#main"]` of the configuration
        account: String,
        /// `[host:]/path`
        path: String,
        /// Show what would happen
        #[arg(long)]
        dry_run: bool,
    },
    /// Give a plugin of an app the settings of the plugin alone again
    Unlink {
        /// The plugin as the app loads it
        plugin: String,
        /// `[host:]/path`
        path: String,
        /// Show what would happen
        #[arg(long)]
        dry_run: bool,
    },
    /// List the accounts an app is linked to
    List {
        /// `[host:]/path`
        path: String,
    },
}

/// `policy …`
#[derive(Debug, Subcommand)]
pub enum Policy {
    /// Show the policies in force
    Show {
        /// Only those of the app at `[host:]/path`
        #[arg(long, value_name = "PATH")]
        app: Option<String>,
    },
    /// Put the files under `policy/` into force, all of them or none
    Reload {
        /// Tell what would change
        #[arg(long)]
        dry_run: bool,
    },
    /// Explain a recorded decision
    Explain {
        /// Its position in the log, as `audit list` shows it, or its id
        record: String,
    },
}

/// `audit …`
#[derive(Debug, Subcommand)]
pub enum Audit {
    /// List records, newest first
    List {
        #[command(flatten)]
        filter: Filter,
        /// At most so many
        #[arg(long, default_value_t = 50)]
        limit: usize,
        /// Read this log, or copy of one, without a server
        #[arg(long, value_name = "DIR")]
        dir: Option<PathBuf>,
    },
    /// Show one record with its outcome, detail and what followed from it
    Show {
        /// Its position in the log or its id
        record: String,
        /// Read this log, or copy of one, without a server
        #[arg(long, value_name = "DIR")]
        dir: Option<PathBuf>,
    },
    /// Print records as they are written
    Follow {
        #[command(flatten)]
        filter: Filter,
    },
    /// Check a log without a server: exit 0 whole, 2 damaged, 4 nothing to check
    Verify {
        /// Directory of the log [default: that of the home directory]
        dir: Option<PathBuf>,
    },
    /// Rebuild the query index from the log
    Reindex,
}

/// Which records.
#[derive(Debug, Clone, Args)]
pub struct Filter {
    /// Not before: `2h`, `30m`, `7d` ago, or a time like 2026-01-31T12:00:00Z
    #[arg(long, value_name = "TIME")]
    pub since: Option<String>,
    /// Before: as --since
    #[arg(long, value_name = "TIME")]
    pub until: Option<String>,
    /// By this person: name or id
    #[arg(long)]
    pub user: Option<String>,
    /// About this app: `[host:]/path` or id
    #[arg(long)]
    pub app: Option<String>,
    /// Action or kind; `*` stands for any text
    #[arg(long)]
    pub action: Option<String>,
    /// Only decisions with this answer
    #[arg(long, value_parser = ["allow", "deny"])]
    pub decision: Option<String>,
}

/// `demo`
#[derive(Debug, Args)]
pub struct Demo {
    /// Keep the folder when the demo ends
    #[arg(long)]
    pub keep: bool,
}
