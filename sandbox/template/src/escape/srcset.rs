//! The escaper of `srcset`: URLs of images with their sizes, parted by commas. Each is judged by itself.

use super::url;

/// A whole list.
pub fn filter(text: &[u8], out: &mut Vec<u8>) {
    for (index, image) in text.split(|byte| *byte == b',').enumerate() {
        if index > 0 {
            out.push(b',');
        }
        candidate(image, out);
    }
}

/// One URL that its author vouches for; a comma in it must not part it.
pub fn vouched_url(text: &[u8], out: &mut Vec<u8>) {
    let mut normal = Vec::with_capacity(text.len());
    url::normalize(text, &mut normal);
    super::html::replace(&normal, out, |byte| (byte == b',').then_some(b"%2c"));
}

fn candidate(image: &[u8], out: &mut Vec<u8>) {
    let start = image
        .iter()
        .position(|byte| !is_space(*byte))
        .unwrap_or(image.len());
    let (before, text) = image.split_at_checked(start).unwrap_or_default();
    let end = text
        .iter()
        .position(|byte| is_space(*byte))
        .unwrap_or(text.len());
    let (address, size) = text.split_at_checked(end).unwrap_or_default();
    if !url::is_safe(address)
        || !size
            .iter()
            .all(|byte| is_space(*byte) || byte.is_ascii_alphanumeric())
    {
        return url::refuse(out);
    }
    out.extend_from_slice(before);
    url::normalize(address, out);
    out.extend_from_slice(size);
}

fn is_space(byte: u8) -> bool {
    matches!(byte, b' ' | b'\t' | b'\n' | 0x0c | b'\r')
}
