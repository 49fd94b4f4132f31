//! What can go wrong with an app, told apart by whose fault it is and what a client may be told.

/// Why an app gave no answer.
#[derive(Debug, Clone, thiserror::Error)]
pub enum AppError {
    /// The handler failed; the text is meant for the app's author (500).
    #[error("{0}")]
    Handler(String),
    /// The worker died, ran into a limit or could not be started (503).
    #[error("{0}")]
    Unavailable(String),
    /// The app's files cannot be loaded; the text names file, line and column.
    #[error("{0}")]
    Load(String),
    /// Too many requests of this app are running and waiting already (503).
    #[error("the app is busy; try again")]
    Busy,
}
