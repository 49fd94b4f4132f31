//! Flags of a directive, and padding.

/// What stands between `%` and the verb.
#[derive(Clone, Copy, Default)]
pub(super) struct Flags {
    pub(super) plus: bool,
    pub(super) minus: bool,
    pub(super) sharp: bool,
    pub(super) space: bool,
    pub(super) zero: bool,
    /// `%+v`
    pub(super) names: bool,
    /// `%#v`
    pub(super) syntax: bool,
    pub(super) width: Option<usize>,
    pub(super) precision: Option<usize>,
}

impl Flags {
    /// Appends text in the width that was asked for. Letters are counted, not bytes.
    pub(super) fn pad(&self, text: &[u8], out: &mut Vec<u8>) {
        let missing = self
            .width
            .map_or(0, |width| width.saturating_sub(letters(text)));
        if self.minus {
            out.extend_from_slice(text);
            out.extend(std::iter::repeat_n(b' ', missing));
        } else {
            out.extend(std::iter::repeat_n(
                if self.zero { b'0' } else { b' ' },
                missing,
            ));
            out.extend_from_slice(text);
        }
    }
}

/// The number of letters; each byte that belongs to none counts as one.
pub(super) fn letters(text: &[u8]) -> usize {
    text.utf8_chunks()
        .map(|chunk| chunk.valid().chars().count() + chunk.invalid().len())
        .sum()
}
