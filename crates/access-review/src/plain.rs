//! Words of others as a terminal may show them.

use std::borrow::Cow;

/// The text on one line. Words of a vendor may hold anything: here they can neither steer a terminal, nor end a line, nor
/// turn or hide a part of it. Line breaks and tabs become blanks; every other invisible character is named, so that two
/// names that differ in one look different.
pub fn plain(text: &str) -> String {
    if !text.contains(is_invisible) {
        return text.to_owned();
    }
    let mut shown = String::with_capacity(text.len() + 16);
    for letter in text.chars() {
        match letter {
            '\n' | '\r' | '\t' => shown.push(' '),
            letter if is_invisible(letter) => shown.push_str(&format!("<U+{:04X}>", u32::from(letter))),
            letter => shown.push(letter),
        }
    }
    shown
}

/// The same for JSON on one line: an invisible character is written as an escape, which leaves the value as it is.
pub fn plain_json(line: &str) -> Cow<'_, str> {
    if is_plain_ascii(line) || !line.contains(is_invisible) {
        return line.into();
    }
    let mut shown = String::with_capacity(line.len() + 16);
    for letter in line.chars() {
        if is_invisible(letter) {
            for unit in letter.encode_utf16(&mut [0; 2]) {
                shown.push_str(&format!("\\u{unit:04x}"));
            }
        } else {
            shown.push(letter);
        }
    }
    shown.into()
}

/// Most rows are, and there are many: whole pieces are looked at at once.
fn is_plain_ascii(text: &str) -> bool {
    let is_plain = |piece: &[u8]| {
        piece
            .iter()
            .fold(true, |plain, byte| plain & matches!(byte, b' '..=b'~'))
    };
    text.as_bytes().chunks(64).all(is_plain)
}

/// Whether a terminal shows nothing for it, or changes how what follows is shown: control characters, marks of direction,
/// joiners, fillers, line and paragraph separators, tags.
fn is_invisible(letter: char) -> bool {
    letter.is_control()
        || matches!(letter,
            '\u{ad}' | '\u{34f}' | '\u{61c}' | '\u{115f}' | '\u{1160}' | '\u{17b4}' | '\u{17b5}' | '\u{180e}'
            | '\u{200b}'..='\u{200f}' | '\u{2028}'..='\u{202e}' | '\u{2060}'..='\u{206f}'
            | '\u{3164}' | '\u{feff}' | '\u{ffa0}' | '\u{fff9}'..='\u{fffb}' | '\u{e0000}'..='\u{e007f}')
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn nothing_steers_a_terminal() {
        let text = "Ines\u{1b}[2J\r\n\u{9b}31m\u{7}\tCalder";
        assert_eq!(plain(text), "Ines<U+001B>[2J  <U+009B>31m<U+0007> Calder");
    }

    #[test]
    fn nothing_is_turned_or_hidden() {
        let text = "admin\u{202e}nimda\u{2066}x\u{200b}\u{feff}\u{61c}\u{e0041}é";
        let named = "admin<U+202E>nimda<U+2066>x<U+200B><U+FEFF><U+061C><U+E0041>é";
        assert_eq!(plain(text), named);
        let json = serde_json::Value::from(text).to_string();
        let line = plain_json(&json);
        assert!(!line.contains(is_invisible), "{line}");
        assert_eq!(serde_json::from_str::<String>(&line).unwrap(), text);
    }
}
