//! File patterns as Go's `path.Match` has them, as far as apps use them: `*` and `?`.

/// Whether `path` fits `pattern`; `*` and `?` do not cross a slash.
pub fn fits(pattern: &str, path: &str) -> bool {
    let (pattern, path): (Vec<&str>, Vec<&str>) =
        (pattern.split('/').collect(), path.split('/').collect());
    pattern.len() == path.len()
        && pattern
            .iter()
            .zip(&path)
            .all(|(pattern, part)| part_fits(pattern, part))
}

/// Remembers the last `*` and goes back to it, so that the time stays bounded.
fn part_fits(pattern: &str, text: &str) -> bool {
    let (mut pattern, mut text) = (pattern.chars(), text.chars());
    let mut back = None;
    loop {
        let (ahead, rest) = (pattern.clone().next(), text.clone().next());
        match (ahead, rest) {
            (None, None) => return true,
            (Some('*'), _) => {
                pattern.next();
                back = Some((pattern.clone(), text.clone()));
            }
            (Some(wanted), Some(found)) if wanted == found || wanted == '?' => {
                pattern.next();
                text.next();
            }
            _ => {
                let Some((after, mut from)) = back.take() else {
                    return false;
                };
                if from.next().is_none() {
                    return false;
                }
                pattern = after.clone();
                text = from.clone();
                back = Some((after, from));
            }
        }
    }
}

#[cfg(test)]
mod tests {
    use super::fits;

    #[test]
    fn stars_stay_in_their_folder() {
        let check =
            |pattern, path, expected| assert_eq!(fits(pattern, path), expected, "{pattern} {path}");
        check("*.go.html", "index.go.html", true);
        check("*.go.html", "pages/index.go.html", false);
        check("pages/*.go.html", "pages/a.go.html", true);
        check("*.go.html", "a.go.htm", false);
        check("a*b*c", "aXbYbc", true);
        check("?.html", "ab.html", false);
    }
}
