//! What is made for an app on a reload: libraries, style, templates. The files are written into its folder
//! and into what is about to be served, so that both are the same.

use std::{path::PathBuf, sync::Arc};

use policy::Instance;
use sandbox::{Inspection, Library, Source};

use super::{
    DevError, desk::Live, fetch::fetch, hands::Hands, library, needs_scripts, plan, plan::Made,
    tailwind, write,
};
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

/// Makes everything the app needs and lacks. Before an approval nothing is made.
pub(crate) async fn furnish(
    context: &Context,
    app: &Developed,
    source: &mut Source,
) -> Result<(), DevError> {
    let Some(live) = context.state().dev.live(&app.instance.app) else {
        return Ok(());
    };
    if app.instance.approved {
        let hands = Hands::new(context, &app.instance, app.folder.clone());
        make(&hands, app, &live, source).await?;
        live.tailwind.lock().await.keep(&hands, app).await;
    }
    live.see(source.hash());
    Ok(())
}

async fn make(
    hands: &Hands<'_>,
    app: &Developed,
    live: &Live,
    source: &mut Source,
) -> Result<(), DevError> {
    let inspection = &app.inspection;
    let mut made = live.made.lock().await;
    let style = inspection
        .style
        .as_ref()
        .map(|style| style.library.as_str());
    if let Some(url) = style.filter(|style| style.contains("://")) {
        let known = made.style.as_deref() == Some(url);
        let there = source.files.contains_key(plan::STYLE) && !hands.config.download;
        if !known && !there {
            let content = fetch(hands, url).await?;
            put(hands, source, (plan::STYLE.to_owned(), Some(content))).await?;
            made.style = Some(url.to_owned());
        }
    }
    if let Some(sheet) = tailwind::sheet(hands, inspection).await? {
        put(hands, source, (plan::STYLE.to_owned(), Some(sheet))).await?;
    }
    if needs_scripts(inspection) {
        let mut wanted = inspection.libraries.clone();
        wanted.extend(htmx(inspection));
        for change in library::libraries(hands, &wanted, source, &mut made.libraries).await? {
            put(hands, source, change).await?;
        }
    }
    for change in plan::changes(inspection, source) {
        put(hands, source, (change.path, change.content)).await?;
    }
    Ok(())
}

/// HTMX in a version that is not inside the program.
fn htmx(inspection: &Inspection) -> Option<Library> {
    let version = &inspection.settings.htmx_version;
    let shipped = super::assets::htmx(version).is_some();
    (!shipped && !plan::brings_htmx(inspection)).then(|| {
        Library::Url(format!(
            "https://unpkg.com/htmx.org@{version}/dist/htmx.min.js"
        ))
    })
}

/// The change on disk and in what will be served; nothing when it is so already.
async fn put(
    hands: &Hands<'_>,
    source: &mut Source,
    (path, content): (String, Option<bytes::Bytes>),
) -> Result<(), DevError> {
    if source.files.get(&path) == content.as_ref() {
        return Ok(());
    }
    let made = Made {
        path: path.clone(),
        content: content.clone(),
    };
    write::make(hands, made).await?;
    match content {
        Some(content) => source.files.insert(path, content),
        None => source.files.remove(&path),
    };
    Ok(())
}
