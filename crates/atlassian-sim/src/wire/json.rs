//! JSON written straight into one buffer, without a tree in between.

use serde_json::Value;
use std::fmt::Write as _;

/// A JSON document under construction. Commas are put in by looking at what was written last.
#[derive(Debug)]
pub(crate) struct Json {
    out: String,
}

impl Json {
    pub(crate) fn with_capacity(bytes: usize) -> Self {
        Self {
            out: String::with_capacity(bytes),
        }
    }

    /// The finished document.
    pub(crate) fn finish(self) -> Vec<u8> {
        self.out.into_bytes()
    }

    fn separate(&mut self) {
        if !matches!(self.out.as_bytes().last(), None | Some(b'{' | b'[' | b':')) {
            self.out.push(',');
        }
    }

    /// Begins a member; its value must follow.
    pub(crate) fn key(&mut self, name: &str) -> &mut Self {
        self.separate();
        self.out.push('"');
        self.out.push_str(name);
        self.out.push_str("\":");
        self
    }

    /// An object whose members `fill` writes.
    pub(crate) fn object(&mut self, fill: impl FnOnce(&mut Self)) {
        self.separate();
        self.out.push('{');
        fill(self);
        self.out.push('}');
    }

    /// An array whose items `fill` writes.
    pub(crate) fn array(&mut self, fill: impl FnOnce(&mut Self)) {
        self.separate();
        self.out.push('[');
        fill(self);
        self.out.push(']');
    }

    /// A text.
    pub(crate) fn text(&mut self, value: &str) {
        self.separate();
        self.out.push('"');
        if value.bytes().any(needs_escape) {
            self.escape(value);
        } else {
            self.out.push_str(value);
        }
        self.out.push('"');
    }

    fn escape(&mut self, value: &str) {
        for c in value.chars() {
            match c {
                '"' | '\\' => self.out.extend(['\\', c]),
                c if u32::from(c) < 0x20 => self.plain(format_args!("\\u{:04x}", u32::from(c))),
                c => self.out.push(c),
            }
        }
    }

    /// A text that `write` appends; it must not need escapes.
    pub(crate) fn text_of(&mut self, write: impl FnOnce(&mut String)) {
        self.separate();
        self.out.push('"');
        write(&mut self.out);
        self.out.push('"');
    }

    /// A value that was put together elsewhere.
    pub(crate) fn value(&mut self, value: &Value) {
        self.separate();
        self.plain(format_args!("{value}"));
    }

    /// A number.
    pub(crate) fn number(&mut self, value: u64) {
        self.separate();
        self.plain(format_args!("{value}"));
    }

    /// `true` or `false`.
    pub(crate) fn boolean(&mut self, value: bool) {
        self.separate();
        self.out.push_str(if value { "true" } else { "false" });
    }

    /// `null`.
    pub(crate) fn null(&mut self) {
        self.separate();
        self.out.push_str("null");
    }

    /// A text or `null`.
    pub(crate) fn text_or_null(&mut self, value: Option<&str>) {
        match value {
            Some(value) => self.text(value),
            None => self.null(),
        }
    }

    fn plain(&mut self, value: std::fmt::Arguments<'_>) {
        self.out
            .write_fmt(value)
            .expect("writing to a string cannot fail");
    }
}

fn needs_escape(byte: u8) -> bool {
    byte < 0x20 || byte == b'"' || byte == b'\\'
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn documents_are_valid_json() {
        let mut json = Json::with_capacity(64);
        json.object(|json| {
            json.key("text").text("a \"b\" \\ \n c");
            json.key("list").array(|json| {
                json.number(1);
                json.null();
                json.object(|_| {});
                json.array(|json| json.boolean(true));
            });
            json.key("none").text_or_null(None);
            json.key("last").text_of(|out| out.push('x'));
        });
        let value: serde_json::Value = serde_json::from_slice(&json.finish()).expect("valid JSON");
        let expected = serde_json::json!({
            "text": "a \"b\" \\ \n c", "list": [1, null, {}, [true]], "none": null, "last": "x"
        });
        assert_eq!(value, expected);
    }
}
