//! E-mail addresses: only the plain shape is one, so that two readers never see two domains in it.

/// The domain of `email`, or nothing if the address is not of the plain shape: one `@`, before it letters, digits and
/// `._%+-`, after it labels of letters, digits and hyphens. Compare domains without regard to case.
pub fn email_domain(email: &str) -> Option<&str> {
    let (local, domain) = email.split_once('@')?;
    (email.len() <= 254 && is_local(local) && is_domain(domain)).then_some(domain)
}

fn is_local(local: &str) -> bool {
    (1..=64).contains(&local.len())
        && local
            .bytes()
            .all(|byte| byte.is_ascii_alphanumeric() || b"._%+-".contains(&byte))
}

fn is_domain(domain: &str) -> bool {
    domain.split('.').all(is_label)
}

fn is_label(label: &str) -> bool {
    (1..=63).contains(&label.len())
        && !label.starts_with('-')
        && !label.ends_with('-')
        && label
            .bytes()
            .all(|byte| byte.is_ascii_alphanumeric() || byte == b'-')
}

#[cfg(test)]
mod tests {
    use super::email_domain;

    #[test]
    fn only_plain_addresses_have_a_domain() {
        let check = |email: &str, expected: Option<&str>| {
            assert_eq!(email_domain(email), expected, "{email:?}")
        };
        check("a@company.com", Some("company.com"));
        check("First.Last+tag@Mail.Company.com", Some("Mail.Company.com"));
        check("attacker@evil.com@company.com", None);
        check("\"attacker@evil.com\"@company.com", None);
        check(" a@company.com", None);
        check("a@company.com ", None);
        check("a@company.com\n", None);
        check("a\0@company.com", None);
        check("a@c\u{43e}mpany.com", None);
        check("\u{430}@company.com", None);
        check("a@company.com,b@evil.com", None);
        check("<a@company.com>", None);
        check("a@company..com", None);
        check("a@.company.com", None);
        check("a@company.com.", None);
        check("a@-company.com", None);
        check("a@[127.0.0.1]", None);
        check("@company.com", None);
        check("a@", None);
        check("company.com", None);
        check("", None);
        check(&format!("{}@company.com", "a".repeat(65)), None);
        check(&format!("a@{}.com", "b".repeat(64)), None);
    }
}
