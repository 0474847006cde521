//! What must be found nowhere: keys, cookies, and what is written to people.

use vendor_contract::cases::{COOKIE, WRONG_KEY};

use super::world::{KEY, MAIL, SCOPED_KEY};

/// Fails if a text holds a key, a cookie or a mail of the live world.
#[track_caller]
pub(super) fn is_silent(text: &str) {
    for secret in [KEY, SCOPED_KEY, WRONG_KEY, COOKIE, MAIL] {
        assert!(!text.contains(secret), "{secret} in {text}");
    }
}
