//! A torn batch is dropped, damage is not.
use super::*;

fn segment(batches: &[&[&str]]) -> Vec<u8> {
    let (head, chain) = frame::head("n1", Tip::default());
    let mut bytes = head.into_bytes();
    let mut tip = Tip {
        size: 0,
        hash: chain,
    };
    for batch in batches {
        let mut frames = Vec::new();
        batch.iter().for_each(|body| frame::push(body, &mut frames));
        let (seal, next) = frame::seal(tip.hash, &frames, 0, tip.size + batch.len() as u64);
        bytes.extend(frames);
        bytes.extend(seal.into_bytes());
        tip = next;
    }
    bytes
}

fn read(bytes: &[u8]) -> (u64, Tail) {
    let mut seen = 0;
    let scan = scan(bytes, Tip::default(), &mut |line| {
        assert_eq!(line.seq, seen);
        seen += 1;
    });
    assert_eq!(scan.tip.size, seen);
    (seen, scan.tail)
}

const BATCHES: [&[&str]; 3] = [
    &[r#"{"a":1}"#, r#"{"a":2}"#],
    &[r#"{"a":3}"#],
    &["{}", r#"{"a":5}"#],
];

#[test]
fn a_whole_segment_reads_with_or_without_zeros_ahead() {
    let mut bytes = segment(&BATCHES);
    assert_eq!(read(&bytes), (5, Tail::Clean));
    bytes.resize(bytes.len() + 5000, 0);
    assert_eq!(read(&bytes), (5, Tail::Clean));
    assert_eq!(read(&[0; 100]), (0, Tail::Clean));
}

#[test]
fn a_tail_torn_at_any_byte_is_dropped() {
    let (whole, kept) = (segment(&BATCHES), segment(&BATCHES[..2]).len());
    for length in kept..whole.len() {
        for zeros in [0, 3000] {
            let mut bytes = whole[..length].to_vec();
            bytes.resize(length + zeros, 0);
            let expected = if length == kept {
                Tail::Clean
            } else {
                Tail::Torn((length - kept) as u64)
            };
            assert_eq!(read(&bytes), (3, expected), "cut at {length}");
        }
    }
}

#[test]
fn a_sector_that_never_arrived_is_torn_only_in_the_last_batch() {
    let long = format!("{{\"a\":\"{}\"}}", "x".repeat(3000));
    let batches: [&[&str]; 3] = [&["{}"], &[long.as_str()], &["{}"]];
    let hole = |count: usize| {
        let mut bytes = segment(&batches[..count]);
        bytes[1024..1536].fill(0);
        bytes
    };
    assert!(matches!(read(&hole(2)), (1, Tail::Torn(_))));
    assert!(matches!(read(&hole(3)), (1, Tail::Damaged { seq: 1, .. })));
}

#[test]
fn every_flipped_byte_is_damage() {
    let whole = segment(&BATCHES);
    for at in 0..whole.len() - 1 {
        let mut bytes = whole.clone();
        bytes[at] ^= 0x55;
        let (kept, tail) = read(&bytes);
        assert!(
            matches!(tail, Tail::Damaged { .. }),
            "byte {at}: {kept} {tail:?}"
        );
    }
}

#[test]
fn swapped_and_repeated_lines_are_damage() {
    let whole = String::from_utf8(segment(&BATCHES)).unwrap();
    let lines: Vec<&str> = whole.lines().collect();
    for left in 0..lines.len() {
        for right in left + 1..lines.len() {
            let mut swapped = lines.clone();
            swapped.swap(left, right);
            let bytes = swapped.join("\n") + "\n";
            assert!(
                matches!(read(bytes.as_bytes()).1, Tail::Damaged { .. }),
                "{left} {right}"
            );
        }
        let mut repeated = lines.clone();
        repeated.insert(left, lines[left]);
        let bytes = repeated.join("\n") + "\n";
        assert!(
            matches!(read(bytes.as_bytes()).1, Tail::Damaged { .. }),
            "{left}"
        );
    }
}
