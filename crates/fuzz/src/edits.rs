//! Inputs that are changes of a file: for formats in which hardly any other bytes get past the first look.

/// Changes a copy of `original`. The input is a list of edits, each a place (3 bytes, counted round), a length (1 byte, at
/// most 16 count) and the bytes that are put there; what is left over cuts or extends nothing.
pub(crate) fn edited(original: &[u8], mut input: &[u8]) -> Vec<u8> {
    let mut file = original.to_vec();
    while let [a, b, c, length, rest @ ..] = input {
        let at = (usize::from(*a) << 16 | usize::from(*b) << 8 | usize::from(*c)) % file.len().max(1);
        let length = usize::from(*length % 17).min(rest.len());
        let (bytes, after) = rest.split_at(length);
        for (old, new) in file[at..].iter_mut().zip(bytes) {
            *old = *new;
        }
        input = after;
    }
    file
}
