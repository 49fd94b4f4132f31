//! What is made for an app on a reload.

use std::{path::PathBuf, sync::Arc};

use policy::Instance;
use sandbox::{Inspection, Source};

use super::DevError;
use crate::admin::Context;

/// An app that is being developed.
pub(crate) struct Developed {
    /// What policy knows of it.
    pub instance: Arc<Instance>,
    /// Its folder.
    pub folder: PathBuf,
    /// What it declares.
    pub inspection: Arc<Inspection>,
}

/// Makes everything the app needs and lacks.
pub(crate) async fn furnish(
    _context: &Context,
    _app: &Developed,
    _source: &mut Source,
) -> Result<(), DevError> {
    Ok(())
}
