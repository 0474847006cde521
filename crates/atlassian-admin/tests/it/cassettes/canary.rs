//! What must be found nowhere: keys, cookies, what is written to people, and their addresses.

use super::SUITE;
use super::world::{self, KEY, MAIL, SCOPED_KEY};
use atlassian_admin::OPERATIONS;
use std::sync::LazyLock;
use vendor_contract::cases::{COOKIE, Overheard, WRONG_KEY, recordings};

/// Fails if a text that a client, an answer or an error shows holds something of the live world.
#[track_caller]
pub(super) fn is_silent(text: &str) {
    for secret in SECRETS.iter() {
        assert!(!text.contains(secret), "{secret} in {text}");
    }
}

/// Fails if any of these is in what was overheard.
#[track_caller]
pub(super) fn was_silent(overheard: &Overheard) {
    for secret in SECRETS.iter() {
        assert_eq!(overheard.line_with(secret), None, "{secret}");
    }
}

static SECRETS: LazyLock<Vec<String>> = LazyLock::new(|| {
    let secrets = [KEY, SCOPED_KEY, WRONG_KEY, COOKIE, MAIL].map(str::to_owned);
    secrets.into_iter().chain(world::addresses()).collect()
});

#[test]
fn no_recording_holds_anything_private() {
    let recordings = recordings(SUITE.client);
    assert_eq!(recordings.len(), OPERATIONS.len());
    let private = world::private();
    assert!(private.len() > 60, "{private:?}");
    for (name, text) in recordings {
        is_silent(&text);
        for private in &private {
            assert!(!text.contains(private), "{private} in the recording of {name}");
        }
    }
}
