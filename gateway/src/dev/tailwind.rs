//! The style compiler of one app: it watches the templates and writes the style sheet, as long as the app is
//! developed.
//!
//! It is started with `--watch`, which ends when its standard input does: we hold the other end, so the
//! compiler never outlives us, however we end.

use std::fs;

use sandbox::Style;

use super::{
    DevError, blocking,
    furnish::Developed,
    hands::Hands,
    plan, style,
    tool::{self, Output, Running, Tool},
};

/// Nothing runs, or a compiler that was told so much.
#[derive(Default)]
pub(super) struct Tailwind(Option<(Running, String)>);

impl Tailwind {
    /// Starts, restarts or ends the compiler as the app asks for. That it does not start is said and is no
    /// reason not to serve the app.
    pub async fn keep(&mut self, hands: &Hands<'_>, app: &Developed) {
        let wanted = app.inspection.style.as_ref().filter(|style| {
            matches!(style.library.as_str(), "tailwindcss" | "daisyui")
                && !style.disable_watcher
                && !hands.config.tailwindcss_command.trim().is_empty()
        });
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
    let sheet = hands.root.join(plan::STYLE).display().to_string();
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
