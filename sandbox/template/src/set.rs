//! A set of templates that call one another.

use std::collections::HashMap;
use std::sync::Arc;

use crate::tree::Tree;

/// Parsed templates by name.
pub type Templates = HashMap<Arc<str>, Arc<Tree>>;
