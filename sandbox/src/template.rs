//! Go templates behind a trait of our own, so that the engine can change.
