//! The commands about who asks: users, service accounts, tokens, sessions. Their documentation is the help text.

use std::path::PathBuf;

use clap::Subcommand;

/// `user …`
#[derive(Debug, Subcommand)]
pub enum User {
    /// Add a user; without a password file the password is asked for, or made and printed
    Add {
        /// What the user signs in with
        name: String,
        /// Groups, separated by commas: `users` may open apps, `admins` administer, `auditors` read
        #[arg(short, long, value_delimiter = ',', default_value = "users")]
        groups: Vec<String>,
        /// File whose first line is the password; `-` reads standard input
        #[arg(long, value_name = "FILE")]
        password_file: Option<PathBuf>,
        /// Make a random password and print it once
        #[arg(long, conflicts_with = "password_file")]
        random: bool,
    },
    /// List users
    List,
    /// Switch a user off: sign-ins end at once, and nobody signs in with this name
    Disable {
        /// Which user
        name: String,
        /// Show what would happen
        #[arg(long)]
        dry_run: bool,
    },
    /// Switch a user on again
    Enable {
        /// Which user
        name: String,
        /// Show what would happen
        #[arg(long)]
        dry_run: bool,
    },
    /// Give a user another password, asked for or made as with `add`; the user's sign-ins end
    Password {
        /// Which user
        name: String,
        /// File whose first line is the password; `-` reads standard input
        #[arg(long, value_name = "FILE")]
        password_file: Option<PathBuf>,
        /// Make a random password and print it once
        #[arg(long, conflicts_with = "password_file")]
        random: bool,
        /// Show what would happen
        #[arg(long)]
        dry_run: bool,
    },
    /// Give a user other groups
    Groups {
        /// Which user
        name: String,
        /// All of them, separated by commas; they take the place of those before
        #[arg(short, long, value_delimiter = ',', required = true)]
        groups: Vec<String>,
        /// Show what would happen
        #[arg(long)]
        dry_run: bool,
    },
    /// Let a user try again whose name is locked after wrong passwords or codes
    Unlock {
        /// Which user
        name: String,
        /// Show what would happen
        #[arg(long)]
        dry_run: bool,
    },
    /// Give a user a second factor for an authenticator app, printed once; the user's sign-ins end
    Otp {
        /// Which user
        name: String,
        /// Take the second factor away
        #[arg(long)]
        remove: bool,
        /// Do not ask
        #[arg(short, long)]
        yes: bool,
        /// Show what would happen
        #[arg(long)]
        dry_run: bool,
    },
    /// Delete a user and end the user's sessions
    Delete {
        /// Which user
        name: String,
        /// Do not ask
        #[arg(short, long)]
        yes: bool,
    },
}

/// `service …`
#[derive(Debug, Subcommand)]
pub enum Service {
    /// Add a service account; it may do what policies permit to its groups and to `local:services`
    Add {
        /// What to call it
        name: String,
        /// Groups, separated by commas; by default it is in `services` alone, which may do nothing
        #[arg(short, long, value_delimiter = ',')]
        groups: Vec<String>,
    },
    /// List service accounts
    List,
    /// Refuse the tokens of a service account from now on
    Disable {
        /// Which one
        name: String,
        /// Show what would happen
        #[arg(long)]
        dry_run: bool,
    },
    /// Take the tokens of a service account again
    Enable {
        /// Which one
        name: String,
        /// Show what would happen
        #[arg(long)]
        dry_run: bool,
    },
    /// Delete a service account with its tokens
    Delete {
        /// Which one
        name: String,
        /// Do not ask
        #[arg(short, long)]
        yes: bool,
        /// Show what would happen
        #[arg(long)]
        dry_run: bool,
    },
}

/// `token …`
#[derive(Debug, Subcommand)]
pub enum Token {
    /// Make a token for a service account and print it once, on standard output
    Create {
        /// The service account
        service: String,
        /// How long it is good: `30d`, `12h`; 366 days at most
        #[arg(long, value_name = "TIME", default_value = "90d")]
        expires: String,
        /// Only for the app at `[host:]/path`; may be given many times
        #[arg(long, value_name = "PATH")]
        app: Vec<String>,
        /// Only for requests that change nothing: GET, HEAD and OPTIONS
        #[arg(long)]
        read_only: bool,
    },
    /// List tokens; their text is nowhere
    List {
        /// Only those of this service account
        service: Option<String>,
    },
    /// End a token
    Revoke {
        /// Its id, as listed
        id: String,
    },
}

/// `session …`
#[derive(Debug, Subcommand)]
pub enum Sessions {
    /// List sign-ins and the hosts they reached
    List,
    /// End sign-ins with all their sessions
    Revoke {
        /// The sign-in, as listed; its first 16 characters are enough
        #[arg(required_unless_present_any = ["user", "all"], conflicts_with_all = ["user", "all"])]
        session: Option<String>,
        /// Those of a user of this server, or of somebody else by id: `<provider>:<subject>`
        #[arg(long, conflicts_with = "all")]
        user: Option<String>,
        /// Everybody's
        #[arg(long)]
        all: bool,
        /// Show how many there are
        #[arg(long)]
        dry_run: bool,
    },
}
