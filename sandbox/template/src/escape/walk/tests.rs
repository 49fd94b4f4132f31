//! Texts and the places where they end.
