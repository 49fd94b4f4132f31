//! `@stepup("mfa,15m")` on a guardrail: what a stronger sign-in would have to be, for a person whom nothing
//! else refuses.

use std::time::Duration;

use cedar_policy::{Authorizer, Decision, Entities, PolicyId, PolicySet, Request};

const ANNOTATION: &str = "stepup";

/// A sign-in that would do.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct StepUp {
    /// It needs a second factor.
    pub mfa: bool,
    /// It may be no older than this.
    pub max_age: Option<Duration>,
}

impl StepUp {
    /// Reads `mfa`, a time such as `90s`, `15m` or `2h`, or both with a comma between.
    pub fn parse(text: &str) -> Option<StepUp> {
        let mut wanted = StepUp::default();
        for part in text.split(',').map(str::trim) {
            match part {
                "mfa" if !wanted.mfa => wanted.mfa = true,
                age if wanted.max_age.is_none() => wanted.max_age = Some(duration(age)?),
                _ => return None,
            }
        }
        Some(wanted)
    }

    /// Both of them: the stronger wish in each respect.
    fn and(self, other: StepUp) -> StepUp {
        let ages = self.max_age.into_iter().chain(other.max_age);
        StepUp {
            mfa: self.mfa || other.mfa,
            max_age: ages.min(),
        }
    }
}

impl std::fmt::Display for StepUp {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        let mfa = self.mfa.then(|| "mfa".to_owned());
        let age = self.max_age.map(|age| format!("{}s", age.as_secs()));
        let parts: Vec<String> = mfa.into_iter().chain(age).collect();
        f.write_str(&parts.join(","))
    }
}

fn duration(text: &str) -> Option<Duration> {
    let unit = text.chars().last()?;
    let number: u64 = text.strip_suffix(unit)?.parse().ok()?;
    let seconds = match unit {
        's' => 1,
        'm' => 60,
        'h' => 3600,
        _ => return None,
    };
    let seconds = number.checked_mul(seconds)?;
    (1..=86_400 * 30)
        .contains(&seconds)
        .then(|| Duration::from_secs(seconds))
}

/// What `policy` says of itself; an annotation that cannot be read is an error when policies are loaded.
pub(super) fn said(policies: &PolicySet, id: &PolicyId) -> Option<StepUp> {
    StepUp::parse(policies.annotation(id, ANNOTATION)?)
}

/// Whether the policy carries an annotation that cannot be read.
pub(super) fn is_misspelt(policy: &cedar_policy::Policy) -> bool {
    policy
        .annotation(ANNOTATION)
        .is_some_and(|text| StepUp::parse(text).is_none())
}

/// The sign-in that would turn a denial by `reasons` into a yes, if there is one.
pub(super) fn wanted(
    (request, policies, entities): (&Request, &PolicySet, &Entities),
    reasons: &[&PolicyId],
) -> Option<StepUp> {
    let wishes = reasons.iter().map(|id| said(policies, id));
    let wish = wishes.collect::<Option<Vec<_>>>()?.into_iter();
    let wish = wish.reduce(StepUp::and)?;
    let others = policies
        .policies()
        .filter(|policy| !reasons.contains(&policy.id()));
    let others = PolicySet::from_policies(others.cloned()).ok()?;
    let response = Authorizer::new().is_authorized(request, &others, entities);
    let clean = response.diagnostics().errors().next().is_none();
    (clean && response.decision() == Decision::Allow).then_some(wish)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn wishes_are_read_strictly() {
        let check = |text: &str, expected: Option<&str>| {
            let read = StepUp::parse(text).map(|wish| wish.to_string());
            assert_eq!(read.as_deref(), expected, "{text}");
        };
        check("mfa", Some("mfa"));
        check("15m", Some("900s"));
        check("mfa, 2h", Some("mfa,7200s"));
        check("90s,mfa", Some("mfa,90s"));
        for bad in [
            "", "mfa,mfa", "15", "m", "15d", "0s", "-1s", "1m,2m", "strong", "999999h",
        ] {
            check(bad, None);
        }
    }
}
