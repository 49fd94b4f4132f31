//! Names in certificates as one line of text (RFC 4514): two names have one text only if they are equal.

use x509_parser::{
    asn1_rs::ToDer,
    x509::{AttributeTypeAndValue, X509Name},
};

/// Attribute types that have a short name.
const SHORT: [(&str, &str); 11] = [
    ("2.5.4.3", "CN"),
    ("2.5.4.5", "serialNumber"),
    ("2.5.4.6", "C"),
    ("2.5.4.7", "L"),
    ("2.5.4.8", "ST"),
    ("2.5.4.9", "STREET"),
    ("2.5.4.10", "O"),
    ("2.5.4.11", "OU"),
    ("0.9.2342.19200300.100.1.1", "UID"),
    ("0.9.2342.19200300.100.1.25", "DC"),
    ("1.2.840.113549.1.9.1", "emailAddress"),
];

/// The name, most specific part first; nothing when a part is text in an encoding other than UTF-8.
pub(super) fn written(name: &X509Name<'_>) -> Option<String> {
    let mut parts = name
        .iter_rdn()
        .map(|part| part.iter().map(attribute).collect::<Option<Vec<_>>>())
        .collect::<Option<Vec<_>>>()?;
    parts.reverse();
    let parts: Vec<String> = parts.into_iter().map(|part| part.join("+")).collect();
    Some(parts.join(","))
}

fn attribute(attribute: &AttributeTypeAndValue<'_>) -> Option<String> {
    let kind = attribute.attr_type().to_id_string();
    match SHORT.iter().find(|(number, _)| *number == kind) {
        Some((_, short)) => Some(format!("{short}={}", escaped(attribute.as_str().ok()?))),
        None => {
            let bytes = attribute.attr_value().to_der_vec().ok()?;
            let digits: String = bytes.iter().map(|byte| format!("{byte:02x}")).collect();
            Some(format!("{kind}=#{digits}"))
        }
    }
}

fn escaped(text: &str) -> String {
    let last = text.chars().count().saturating_sub(1);
    let mut out = String::with_capacity(text.len());
    for (at, letter) in text.chars().enumerate() {
        let edge = (at == 0 && matches!(letter, ' ' | '#')) || (at == last && letter == ' ');
        if edge || "\"+,;<>\\=".contains(letter) {
            out.push('\\');
        }
        out.push(letter);
    }
    out
}

#[cfg(test)]
mod tests {
    use super::escaped;

    #[test]
    fn texts_cannot_end_their_part() {
        for (text, expected) in [
            ("ann", "ann"),
            ("a,CN=b", r"a\,CN\=b"),
            ("a+b", r"a\+b"),
            (" a b ", r"\ a b\ "),
            ("#0401", r"\#0401"),
            (r#"a\"b<>;"#, r#"a\\\"b\<\>\;"#),
            (" ", r"\ "),
            ("", ""),
        ] {
            assert_eq!(escaped(text), expected);
        }
    }
}
