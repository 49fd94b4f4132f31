//! E-mail addresses as policies may compare them: what could be read in two ways has no domain.

/// The domain of an address in small letters, if the address has exactly one meaning.
pub(crate) fn domain(address: &str) -> Option<String> {
    let (local, domain) = address.split_once('@')?;
    let plain = |c: char| c.is_ascii_alphanumeric() || "._%+-".contains(c);
    let good_local = (1..=64).contains(&local.len()) && local.chars().all(plain);
    let labels = domain.split('.');
    let good_domain = domain.len() <= 253 && domain.contains('.') && labels.clone().all(is_label);
    (good_local && good_domain).then(|| domain.to_ascii_lowercase())
}

fn is_label(label: &str) -> bool {
    let plain = |c: char| c.is_ascii_alphanumeric() || c == '-';
    (1..=63).contains(&label.len())
        && label.chars().all(plain)
        && !label.starts_with('-')
        && !label.ends_with('-')
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn only_plain_addresses_have_a_domain() {
        let check = |address: &str, expected: Option<&str>| {
            assert_eq!(domain(address).as_deref(), expected, "{address}");
        };
        check("ann@Example.com", Some("example.com"));
        check("a.b+c@mail.example.co", Some("mail.example.co"));
        for bad in [
            "attacker@evil.com@company.com",
            " a@company.com",
            "a@company.com ",
            "a@company.com\n",
            "a@comp\u{430}ny.com",
            "\"a@evil.com\"@company.com",
            "a@company..com",
            "a@.company.com",
            "a@company.com.",
            "a@company",
            "@company.com",
            "a@",
            "a",
            "",
            "a@-company.com",
            "a,b@company.com",
            "a<b>@company.com",
        ] {
            check(bad, None);
        }
    }
}
