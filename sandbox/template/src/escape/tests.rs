//! The whole way: templates against what a browser may see.
