//! A good response with something changed never becomes another person, and never a panic.

use std::sync::OnceLock;

use proptest::prelude::*;

use super::idp::{Answer, Signing, idp, verdict};

/// With a signature at the assertion, or at both.
fn good(both: bool) -> String {
    static GOOD: OnceLock<[String; 2]> = OnceLock::new();
    let text = |both: bool| {
        Answer::with(|answer| answer.signed = both.then(|| Signing::new(idp()))).text()
    };
    GOOD.get_or_init(|| [text(false), text(true)])[usize::from(both)].clone()
}

fn same_or_refused(text: &str, both: bool) {
    if let Ok(identity) = verdict(text) {
        assert_eq!(identity, verdict(&good(both)).unwrap());
    }
}

proptest! {
    #![proptest_config(ProptestConfig { cases: 200, failure_persistence: None, ..ProptestConfig::default() })]

    #[test]
    fn a_letter_is_changed(place in 0.0..1.0f64, letter in any::<char>(), both in any::<bool>()) {
        let mut letters: Vec<char> = good(both).chars().collect();
        let place = (place * letters.len() as f64) as usize;
        letters[place] = letter;
        same_or_refused(&letters.into_iter().collect::<String>(), both);
    }

    #[test]
    fn a_piece_is_moved(from in 0.0..1.0f64, length in 1usize..400, to in 0.0..1.0f64, keep in any::<bool>(), both in any::<bool>()) {
        let letters: Vec<char> = good(both).chars().collect();
        let at = |share: f64| (share * letters.len() as f64) as usize;
        let (start, end) = (at(from), (at(from) + length).min(letters.len()));
        let piece: String = letters[start..end].iter().collect();
        let mut text: Vec<char> = letters.clone();
        if !keep {
            text.drain(start..end);
        }
        let place = at(to).min(text.len());
        let text: String = text[..place].iter().collect::<String>() + &piece + &text[place..].iter().collect::<String>();
        same_or_refused(&text, both);
    }

    /// Elements are exchanged for one another, which leaves the text well-formed more often.
    #[test]
    fn an_element_takes_the_place_of_another(one in 0usize..40, other in 0usize..40, both in any::<bool>()) {
        let text = good(both);
        let document = roxmltree::Document::parse(&text).unwrap();
        let elements: Vec<_> = document.descendants().filter(roxmltree::Node::is_element).map(|node| node.range()).collect();
        let (one, other) = (elements[one % elements.len()].clone(), elements[other % elements.len()].clone());
        let piece = text[other].to_owned();
        let mut changed = text.clone();
        changed.replace_range(one, &piece);
        same_or_refused(&changed, both);
    }

    #[test]
    fn anything_at_all(text in ".{0,200}") {
        prop_assert!(verdict(&text).is_err());
    }
}
