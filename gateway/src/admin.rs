//! The admin API: `POST /v1/<action>` over the unix socket, for people the kernel vouches for.
//!
//! Every request becomes one [`Operation`](operation::Operation) of a closed set, is admitted at the
//! gate under its own admin action, and only then run, with the permit as proof. There is no other
//! way to administer a running server.

mod accounts;
mod apps;
mod context;
mod follow;
mod operation;
mod peer;
mod policies;
mod problem;
pub(crate) mod records;
mod run;
mod serve;
mod services;
mod sets;
mod system;
mod update;
mod users;

pub(crate) use {context::Context, peer::local, problem::chain, serve::serve};

#[cfg(test)]
mod tests;
