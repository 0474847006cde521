//! What the grammars of the parser lack: `not(` without a blank, and the sub-attribute `$ref`.

use std::borrow::Cow;

/// What stands for `$ref` in the parser. Just as long, and the name of no attribute.
pub(crate) const REF: &str = "z__-";

const WRITTEN_REF: &str = "$ref";

/// A filter or a path in the words of the parser, and where blanks were put in.
pub(crate) struct Readable {
    pub(crate) text: String,
    blanks: Vec<usize>,
}

impl Readable {
    pub(crate) fn of(text: &str) -> Self {
        let mut made = Self {
            text: String::with_capacity(text.len()),
            blanks: Vec::new(),
        };
        for (part, is_value) in parts(text.trim()) {
            match is_value {
                true => made.text.push_str(part),
                false => made.push(&part.replace(WRITTEN_REF, REF)),
            }
        }
        made
    }

    /// Puts a blank behind each `not` that a bracket follows at once (RFC 7644 §3.4.2.2 has none there).
    fn push(&mut self, part: &str) {
        for c in part.chars() {
            if c == '(' && self.ends_with_not() {
                self.blanks.push(self.text.len());
                self.text.push(' ');
            }
            self.text.push(c);
        }
    }

    fn ends_with_not(&self) -> bool {
        let word = self
            .text
            .rsplit(|c: char| c.is_whitespace() || c == '(' || c == '[')
            .next();
        word.is_some_and(|word| word.eq_ignore_ascii_case("not"))
    }

    /// The place in the text as it was given.
    pub(crate) fn place(&self, position: usize) -> usize {
        position - self.blanks.iter().filter(|blank| **blank < position).count()
    }
}

/// A filter or a path as the protocol writes it.
pub(crate) fn written(text: &str) -> Cow<'_, str> {
    if !text.contains(REF) {
        return Cow::Borrowed(text);
    }
    let words = parts(text).map(|(part, is_value)| match is_value {
        true => part.to_owned(),
        false => part.replace(REF, WRITTEN_REF),
    });
    Cow::Owned(words.collect())
}

/// The parts of a filter in turn: words, and values in quotation marks, of which `true` is told.
fn parts(text: &str) -> impl Iterator<Item = (&str, bool)> {
    let mut rest = text;
    std::iter::from_fn(move || {
        let is_value = rest.starts_with('"');
        let end = match is_value {
            true => end_of_value(rest),
            false => rest.find('"').unwrap_or(rest.len()),
        };
        let (part, left) = rest.split_at(end);
        rest = left;
        (!part.is_empty()).then_some((part, is_value))
    })
}

fn end_of_value(text: &str) -> usize {
    let mut escaped = false;
    for (at, c) in text.char_indices().skip(1) {
        match c {
            _ if escaped => escaped = false,
            '\\' => escaped = true,
            '"' => return at + 1,
            _ => {}
        }
    }
    text.len()
}
