//! A credential that cannot be printed.

use std::fmt;

use zeroize::Zeroizing;

/// A credential: its text is read only through [`Secret::expose`].
///
/// `Debug` prints `[redacted]`; there is no `Display` and no serialization. The memory is overwritten when the
/// last owner drops it.
///
/// ```
/// let key = http_kit::Secret::from("ATCT-not-a-real-key".to_owned());
/// assert_eq!(format!("{key:?}"), "[redacted]");
/// assert_eq!(key.expose(), "ATCT-not-a-real-key");
/// ```
#[derive(Clone)]
pub struct Secret(Zeroizing<String>);

impl Secret {
    /// The text, for the one place that puts it on the wire.
    pub fn expose(&self) -> &str {
        &self.0
    }

    /// Whether there is no text at all.
    pub fn is_empty(&self) -> bool {
        self.0.is_empty()
    }
}

// === impl Secret ===

impl From<String> for Secret {
    fn from(text: String) -> Self {
        Self(Zeroizing::new(text))
    }
}

impl fmt::Debug for Secret {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("[redacted]")
    }
}
