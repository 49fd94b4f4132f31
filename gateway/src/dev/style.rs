//! What the Tailwind CSS compiler is told. Names and values come from the app, and the compiler runs
//! whatever plugin its input names, so only what cannot end a string or a block is written.

use std::{collections::BTreeSet, fmt::Write as _, path::Path};

use sandbox::{Inspection, Style};

/// The compiler's input for version 4.
pub(super) fn input(inspection: &Inspection, style: &Style, root: &Path) -> Result<String, String> {
    let mut text = "@import \"tailwindcss\" source(none);\n".to_owned();
    for place in places(inspection, root)? {
        let _ = writeln!(text, "@source \"{place}\";");
    }
    if style.library == "daisyui" {
        text.push_str(&daisy(style)?);
    }
    Ok(text)
}

/// The compiler's input for version 3.
pub(super) const OLD_INPUT: &str = "@tailwind base;\n@tailwind components;\n@tailwind utilities;\n";

/// The compiler's configuration for version 3.
pub(super) fn old_config(
    inspection: &Inspection,
    style: &Style,
    root: &Path,
) -> Result<String, String> {
    if !style.custom_themes.is_empty() {
        return Err("custom_themes require tailwind_version 4".to_owned());
    }
    let places = serde_json::json!(places(inspection, root)?);
    let daisy = style.library == "daisyui";
    let plugins = if daisy { "require(\"daisyui\")" } else { "" };
    let themes = serde_json::json!(themes(style)?);
    let daisy = if daisy {
        format!(",\n  daisyui: {{ themes: {themes} }}")
    } else {
        String::new()
    };
    Ok(format!(
        "module.exports = {{\n  content: {places},\n  theme: {{ extend: {{}} }},\n  plugins: [{plugins}]{daisy}\n}};\n"
    ))
}

/// Where classes are looked for.
fn places(inspection: &Inspection, root: &Path) -> Result<Vec<String>, String> {
    let root = root.to_str().unwrap_or_default();
    let locations = inspection.settings.template_locations.iter();
    let all = locations
        .map(String::as_str)
        .chain(["base_templates/*.go.html", "static/*.js"]);
    all.map(|location| {
        let inside = !location.starts_with('/') && !location.split('/').any(|part| part == "..");
        let place = format!("{root}/{location}");
        if inside && plain(&place) {
            Ok(place)
        } else {
            Err(format!(
                "`{location}` cannot be a template location of a compiled style"
            ))
        }
    })
    .collect()
}

fn themes(style: &Style) -> Result<BTreeSet<&str>, String> {
    let defaults = [style.light.as_str(), style.dark.as_str()];
    let all = style.themes.iter().map(String::as_str).chain(defaults);
    all.filter(|name| !name.is_empty())
        .map(|name| word(name).map_err(|()| format!("`{name}` is not the name of a theme")))
        .collect()
}

fn daisy(style: &Style) -> Result<String, String> {
    let own = |name: &&str| style.custom_themes.iter().any(|(theme, _)| theme == name);
    let marked = |name: &str| {
        let mut text = name.to_owned();
        if name == style.light {
            text.push_str(" --default");
        }
        if name == style.dark {
            text.push_str(" --prefersdark");
        }
        text
    };
    let names = themes(style)?.into_iter().filter(|name| !own(name));
    let names: Vec<String> = names.map(marked).collect();
    let names = if names.is_empty() {
        "false".to_owned()
    } else {
        names.join(", ")
    };
    let mut text = format!("@plugin \"daisyui\" {{\n  themes: {names};\n}}\n");
    for (name, properties) in &style.custom_themes {
        text.push_str(&theme(style, name, properties)?);
    }
    Ok(text)
}

fn theme(style: &Style, name: &str, properties: &[(String, String)]) -> Result<String, String> {
    let name = word(name).map_err(|()| format!("`{name}` is not the name of a theme"))?;
    let mut text = format!(
        "@plugin \"daisyui/theme\" {{\n  name: \"{name}\";\n  default: {};\n  prefersdark: {};\n",
        name == style.light,
        name == style.dark
    );
    for (property, value) in properties {
        let refused =
            || format!("custom theme {name}: `{property}: {value}` cannot be written into a style");
        let property = word(property).map_err(|()| refused())?;
        if !plain(value) || value.contains("/*") {
            return Err(refused());
        }
        let _ = writeln!(text, "  {property}: {value};");
    }
    text.push_str("}\n");
    Ok(text)
}

/// Letters, digits, `-` and `_`.
fn word(text: &str) -> Result<&str, ()> {
    let good = |byte: u8| byte.is_ascii_alphanumeric() || matches!(byte, b'-' | b'_');
    if !text.is_empty() && text.bytes().all(good) {
        Ok(text)
    } else {
        Err(())
    }
}

/// Ends no string, no declaration and no block, and begins no rule.
fn plain(text: &str) -> bool {
    let bad = |letter: char| letter.is_control() || "\"'\\;{}@`$".contains(letter);
    !text.contains(bad)
}

#[cfg(test)]
mod tests;
