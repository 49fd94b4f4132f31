//! From text to policies that carry their own ids and know their place.

use cedar_policy::{Policy, PolicyId, PolicySet};

use super::error::PolicyError;

/// A policy and where it stands.
#[derive(Clone, Debug)]
pub(super) struct Placed {
    /// The policy, its id taken from `@id`.
    pub policy: Policy,
    /// Where its statement begins.
    pub offset: usize,
    /// The line there, from 1.
    pub line: usize,
}

/// The policies of one text, in its order.
pub(super) fn parse(file: &str, text: &str) -> Result<Vec<Placed>, PolicyError> {
    let set: PolicySet = text.parse().map_err(|error: cedar_policy::ParseErrors| {
        PolicyError::from_cedar(file, text, 0, &error)
    })?;
    let starts = statements(text);
    let start = |number: usize| starts.get(number).copied().unwrap_or_default();
    if let Some(template) = set.templates().next() {
        return Err(PolicyError::new(
            file,
            text,
            start(ordinal(template.id())),
            "templates are not supported here",
        )
        .with_help("write one policy for each principal and resource"));
    }
    let mut policies: Vec<(usize, &Policy)> = set
        .policies()
        .map(|policy| (ordinal(policy.id()), policy))
        .collect();
    policies.sort_by_key(|(number, _)| *number);
    let (mut line, mut counted) = (1, 0);
    let mut placed = Vec::with_capacity(policies.len());
    for (number, policy) in policies {
        let offset = start(number);
        line += text
            .get(counted..offset)
            .unwrap_or_default()
            .matches('\n')
            .count();
        counted = offset;
        placed.push(Placed {
            line,
            ..named(file, text, offset, policy)?
        });
    }
    Ok(placed)
}

fn named(file: &str, text: &str, offset: usize, policy: &Policy) -> Result<Placed, PolicyError> {
    let Some(id) = policy.annotation("id") else {
        return Err(
            PolicyError::new(file, text, offset, "the policy has no `@id`")
                .with_help("put `@id(\"…\")` before it; records name policies by it"),
        );
    };
    let plain = |char: char| char.is_ascii_alphanumeric() || "._-@:/".contains(char);
    if id.is_empty() || !id.chars().all(plain) {
        return Err(
            PolicyError::new(file, text, offset, format!("`{id}` is not an id"))
                .with_help("use letters, digits and . _ - @ : / only"),
        );
    }
    Ok(Placed {
        policy: policy.new_id(PolicyId::new(id)),
        offset,
        line: 1,
    })
}

/// Cedar names the policies of a text `policy0`, `policy1`, …
fn ordinal(id: &PolicyId) -> usize {
    let id: &str = id.as_ref();
    id.strip_prefix("policy")
        .and_then(|number| number.parse().ok())
        .unwrap_or(usize::MAX)
}

/// Where each statement begins: after the `;` before it, behind blanks and comments.
fn statements(text: &str) -> Vec<usize> {
    let mut starts = Vec::new();
    let (mut inside, mut rest) = (false, text.char_indices().peekable());
    while let Some((at, char)) = rest.next() {
        match char {
            '/' if rest.peek().is_some_and(|(_, next)| *next == '/') => {
                while rest.next_if(|(_, next)| *next != '\n').is_some() {}
            }
            _ if char.is_whitespace() => {}
            ';' => inside = false,
            _ => {
                if !inside {
                    starts.push(at);
                    inside = true;
                }
                if char == '"' {
                    skip_string(&mut rest);
                }
            }
        }
    }
    starts
}

fn skip_string(rest: &mut std::iter::Peekable<std::str::CharIndices<'_>>) {
    while let Some((_, char)) = rest.next() {
        match char {
            '\\' => {
                rest.next();
            }
            '"' => return,
            _ => {}
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn check(text: &str, place: (usize, usize), part: &str) {
        let error = parse("x.cedar", text).unwrap_err();
        assert_eq!(error.place(), place, "{error}");
        assert!(error.to_string().contains(part), "{error}");
    }

    #[test]
    fn errors_name_their_place() {
        check(
            "@id(\"a\")\npermit (principal, action resource);",
            (2, 27),
            "unexpected token",
        );
        check(
            "// x; y\n@id(\"a;\\\"b\")\npermit (principal, action, resource);",
            (2, 1),
            "is not an id",
        );
        check(
            "@id(\"a\") forbid (principal, action, resource);\n\n  // c\n  permit (principal, action, resource);",
            (4, 3),
            "no `@id`",
        );
        check(
            "@id(\"t\")\npermit (principal == ?principal, action, resource);",
            (1, 1),
            "templates",
        );
    }

    #[test]
    fn ids_come_from_annotations() {
        let parsed = parse("x", "@id(\"b\") permit (principal, action, resource); @id(\"a\") forbid (principal, action, resource);").unwrap();
        let ids: Vec<String> = parsed
            .iter()
            .map(|placed| placed.policy.id().to_string())
            .collect();
        assert_eq!(ids, ["b", "a"]);
    }
}
