//! Patterns taken apart.
