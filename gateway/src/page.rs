//! Placeholder of the edge half.
