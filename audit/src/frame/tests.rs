//! Every line reads back, and only in the form in which it was written.
use super::*;

fn line(body: &str) -> Vec<u8> {
    let mut out = Vec::new();
    push(body, &mut out);
    out
}

#[test]
fn a_record_reads_back_and_its_damage_shows() {
    let good = line(r#"{"a":1}"#);
    let (item, rest) = next(&good);
    assert_eq!(item, Item::Record(br#"{"a":1}"#, &good));
    assert!(rest.is_empty());
    for at in 0..good.len() {
        for bit in 0..8 {
            let mut bad = good.clone();
            bad[at] ^= 1 << bit;
            assert!(
                !matches!(next(&bad).0, Item::Record(..)),
                "byte {at} bit {bit}"
            );
        }
    }
}

#[test]
fn a_seal_reads_back_in_one_form_only() {
    let (text, tip) = seal([1; 32], b"frames", 3, 7);
    let (Item::Seal(read), _) = next(text.as_bytes()) else {
        unreachable!("{text}")
    };
    assert_eq!(
        (read.size, read.open, hex::decode(&read.hash).unwrap()),
        (7, 3, tip.hash.to_vec())
    );
    let check =
        |text: String| assert!(matches!(next(text.as_bytes()).0, Item::Broken(_)), "{text}");
    check(text.replace("{\"", "{ \""));
    check(text.replace('7', "07"));
    check(text.replace("seal", "sole"));
    check(text.replace(",\"size\":7", ""));
    check(text.trim_end().to_owned());
}

#[test]
fn the_chain_depends_on_everything() {
    let (_, tip) = seal([1; 32], b"frames", 3, 7);
    let check = |other: (String, Tip)| assert_ne!(other.1.hash, tip.hash);
    check(seal([2; 32], b"frames", 3, 7));
    check(seal([1; 32], b"frameS", 3, 7));
    check(seal([1; 32], b"frames", 4, 7));
    check(seal([1; 32], b"frames", 3, 8));
}

#[test]
fn a_beginning_is_told_from_a_forgery() {
    let record = line(r#"{"a":1}"#);
    let (seal, _) = seal([1; 32], b"frames", 3, 7);
    let (head, _) = head("n", Tip::default());
    for whole in [record.as_slice(), seal.as_bytes(), head.as_bytes()] {
        for length in 0..whole.len() {
            assert!(
                is_beginning(&whole[..length]),
                "{:?}",
                std::str::from_utf8(&whole[..length])
            );
        }
        assert!(!is_beginning(whole));
    }
    let check = |text: &str| assert!(!is_beginning(text.as_bytes()), "{text}");
    check("=seal {\"hasH");
    check("=seal {\"hash\":\"00\",\"open\":0,\"size\":1}x");
    check("00000007 0000000x");
    check("00000001 00000000 {}{}");
}
