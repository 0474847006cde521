//! User names, which differ in more than the case of their letters.

/// Whether two user names are one to a server: they are compared without case (RFC 7643 §4.1.1), which is the simple
/// case folding of Unicode: `ÉMILE` is `émile`, and `ß` is not `ss`.
#[must_use]
pub fn same_user_name(one: &str, other: &str) -> bool {
    one.chars().map(folded).eq(other.chars().map(folded))
}

/// One character for all that simple case folding makes one.
fn folded(c: char) -> char {
    match c {
        // Its capital is `I`, and yet no folding makes it `i`.
        'ı' => c,
        // Characters that are the same and whose capitals have three characters.
        '\u{1fd3}' => '\u{390}',
        '\u{1fe3}' => '\u{3b0}',
        '\u{fb05}' => '\u{fb06}',
        _ => single(
            single(c, c.to_uppercase()),
            single(c, c.to_uppercase()).to_lowercase(),
        ),
    }
}

/// The mapped character, or the given one where the mapping has several.
fn single(given: char, mut mapped: impl ExactSizeIterator<Item = char>) -> char {
    match (mapped.len(), mapped.next()) {
        (1, Some(one)) => one,
        _ => given,
    }
}

#[cfg(test)]
mod tests {
    use regex_syntax::hir::{ClassUnicode, ClassUnicodeRange};

    use super::*;

    #[test]
    fn names_that_are_one() {
        for (one, other, same) in [
            (
                "ines.calder@larkspur.example",
                "Ines.Calder@LARKSPUR.example",
                true,
            ),
            ("ÉMILE", "émile", true),
            ("ΣΊΣΥΦΟΣ", "σίσυφος", true),
            ("\u{212a}elvin", "kelvin", true),
            ("straße", "STRAẞE", true),
            ("straße", "strasse", false),
            ("ısıl", "isil", false),
            ("İsil", "isil", false),
            ("emile", "émile", false),
            ("e\u{301}mile", "émile", false),
            ("ines", "ines ", false),
            ("", "", true),
        ] {
            assert_eq!(same_user_name(one, other), same, "{one} {other}");
        }
    }

    /// Every character folds with those with which the tables of Unicode fold it, and with no other but such that the
    /// tables do not know yet.
    #[test]
    fn folding_is_that_of_unicode() {
        use std::collections::BTreeMap;
        let mut classes: BTreeMap<char, Vec<char>> = BTreeMap::new();
        for c in '\0'..=char::MAX {
            classes.entry(folded(c)).or_default().push(c);
        }
        let of_table = |c: char| -> Vec<char> {
            let mut set = ClassUnicode::new([ClassUnicodeRange::new(c, c)]);
            set.try_case_fold_simple().expect("tables");
            set.iter().flat_map(|range| range.start()..=range.end()).collect()
        };
        for class in classes.values() {
            let is_new = class.iter().all(|c| of_table(*c) == [*c]);
            assert!(is_new || of_table(class[0]) == *class, "{class:?}");
        }
    }
}
