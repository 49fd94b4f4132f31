//! The style compiler of one app: it watches the templates and writes the style sheet, as long as the app is
//! developed. It writes into our own folder, and what it wrote is carried over like every generated file: in the
//! app's folder a link could lead it anywhere.
//!
//! It is started with `--watch`, which ends when its standard input does: we hold the other end, so the
//! compiler never outlives us, however we end.

use std::{fs, io, path::Path, time::SystemTime};

use bytes::Bytes;
use sandbox::{Inspection, Style};

use super::{
    DevError, blocking,
    furnish::Developed,
    hands::Hands,
    style,
    tool::{self, Output, Running, Tool},
};

/// What the compiler writes, in the work folder.
const SHEET: &str = "style/sheet.css";
/// Most of it that is carried over.
const LONGEST: u64 = 16 << 20;

/// By what one writing of the sheet is told from another.
pub(super) type Mark = Option<(SystemTime, u64)>;

/// Which writing of the sheet lies in a work folder; blocks.
pub(super) fn mark(work: &Path) -> Mark {
    let found = fs::metadata(work.join(SHEET)).ok()?;
    Some((found.modified().ok()?, found.len()))
}

/// The style that is compiled, if the app has one.
fn compiled(inspection: &Inspection) -> Option<&Style> {
    let style = inspection.style.as_ref();
    style.filter(|style| {
        matches!(style.library.as_str(), "tailwindcss" | "daisyui") && !style.disable_watcher
    })
}

/// The sheet as it was last compiled; nothing before it was, or while it is begun anew.
pub(super) async fn sheet(
    hands: &Hands<'_>,
    inspection: &Inspection,
) -> Result<Option<Bytes>, DevError> {
    if compiled(inspection).is_none() {
        return Ok(None);
    }
    let path = hands.work.join(SHEET);
    let read = blocking(move || match fs::metadata(&path)?.len() {
        0 => Ok(None),
        1..=LONGEST => fs::read(&path).map(|sheet| Some(Bytes::from(sheet))),
        _ => Err(io::Error::other(format!(
            "it is longer than {LONGEST} bytes"
        ))),
    });
    match read.await {
        Err(error) if error.kind() == io::ErrorKind::NotFound => Ok(None),
        read => read.map_err(|error| DevError(format!("cannot read the compiled style: {error}"))),
    }
}

/// Nothing runs, or a compiler that was told so much.
#[derive(Default)]
pub(super) struct Tailwind(Option<(Running, String)>);

impl Tailwind {
    /// Starts, restarts or ends the compiler as the app asks for. That it does not start is said and is no
    /// reason not to serve the app.
    pub async fn keep(&mut self, hands: &Hands<'_>, app: &Developed) {
        let wanted = compiled(&app.inspection)
            .filter(|_| !hands.config.tailwindcss_command.trim().is_empty());
        let Some(wanted) = wanted else {
            return self.stop().await;
        };
        if let Err(error) = self.start(hands, app, wanted).await {
            tracing::warn!(app = app.instance.path, %error, "styles are not compiled");
        }
    }

    /// Ends the compiler.
    pub async fn stop(&mut self) {
        if let Some((running, _)) = self.0.take() {
            running.stop().await;
        }
    }

    async fn start(
        &mut self,
        hands: &Hands<'_>,
        app: &Developed,
        wanted: &Style,
    ) -> Result<(), DevError> {
        let (told, files, args) = order(hands, app, wanted)?;
        if let Some((running, before)) = &mut self.0
            && *before == told
            && running.is_alive()
        {
            return Ok(());
        }
        self.stop().await;
        let work = hands.work.clone();
        let log = blocking(move || {
            fs::create_dir_all(work.join("style"))?;
            for (name, text) in files {
                fs::write(work.join("style").join(name), text)?;
            }
            tool::log(&work, "tailwindcss.log")
        });
        let log = log.await.map_err(|error| {
            DevError(format!("cannot write `{}`: {error}", hands.work.display()))
        })?;
        let command = &hands.config.tailwindcss_command;
        let tool = Tool::new(hands, "tailwindcss_command", command, args)?;
        let running = tool.start(hands, Output::File(log)).await?;
        self.0 = Some((running, told));
        Ok(())
    }
}

type Files = Vec<(&'static str, String)>;

/// What the compiler is told, as one text to compare, as files and as arguments.
fn order(
    hands: &Hands<'_>,
    app: &Developed,
    wanted: &Style,
) -> Result<(String, Files, Vec<String>), DevError> {
    let inspection = &app.inspection;
    let path = |name: &str| hands.work.join("style").join(name).display().to_string();
    let sheet = hands.work.join(SHEET).display().to_string();
    let input = path("input.css");
    let (files, args): (Files, Vec<String>) = if hands.config.tailwind_version.value() == 4 {
        let text = style::input(inspection, wanted, &hands.root).map_err(DevError)?;
        let args = ["--watch", "-i", &input, "-o", &sheet];
        (vec![("input.css", text)], args.map(str::to_owned).into())
    } else {
        let text = style::old_config(inspection, wanted, &hands.root).map_err(DevError)?;
        let config = path("tailwind.config.js");
        let args = ["--watch", "-c", &config, "-i", &input, "-o", &sheet];
        (
            vec![
                ("input.css", style::OLD_INPUT.to_owned()),
                ("tailwind.config.js", text),
            ],
            args.map(str::to_owned).into(),
        )
    };
    let told = files
        .iter()
        .map(|(_, text)| text.as_str())
        .collect::<String>();
    Ok((told, files, args))
}
