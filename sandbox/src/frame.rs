//! Frames between a worker and its host: a length, then JSON.
