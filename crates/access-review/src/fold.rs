//! Texts made comparable.

use unicode_normalization::UnicodeNormalization as _;
use unicode_normalization::char::is_combining_mark;

/// The text as two names are compared: in one form of Unicode, without regard to case. Accents count.
pub(crate) fn same(text: &str) -> String {
    text.trim().nfkc().flat_map(char::to_lowercase).nfc().collect()
}

/// The text as it is searched: without regard to case, accents and widths of letters.
pub(crate) fn loose(text: &str) -> String {
    let letters = text.trim().nfkd().filter(|letter| !is_combining_mark(*letter));
    letters
        .flat_map(char::to_lowercase)
        .nfkd()
        .filter(|letter| !is_combining_mark(*letter))
        .collect()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn what_is_the_same() {
        assert_eq!(same("ZOË"), same("Zoe\u{308}"));
        assert_ne!(same("Zoë"), same("Zoe"));
        assert_eq!(loose("Zoë Łukasz İpek"), loose("ZOE ŁUKASZ IPEK"));
        assert_eq!(loose("Ａｎａ"), "ana");
    }
}
