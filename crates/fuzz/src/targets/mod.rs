//! What is fuzzed.

mod admin;
mod artifact;
mod cassette;
mod http;
mod scim;
mod settings;
mod staging;

use crate::mutate::SECRET;

/// Tries one input; panics where something does not hold.
pub type Run = Box<dyn FnMut(&[u8])>;

/// Something that reads what comes from elsewhere.
#[derive(Clone, Copy, Debug)]
pub struct Target {
    /// Its name, and that of the folder of its corpus.
    pub name: &'static str,
    /// Makes ready what all inputs need.
    pub prepare: fn() -> Run,
    /// How many changed inputs the tests try. Targets that write files take fewer.
    pub tried_by_tests: usize,
}

const fn target(name: &'static str, tried_by_tests: usize, prepare: fn() -> Run) -> Target {
    Target {
        name,
        prepare,
        tried_by_tests,
    }
}

/// All targets.
pub const TARGETS: &[Target] = &[
    target("artifact", 100, artifact::file),
    target("artifact-database", 60, artifact::database),
    target("artifact-store", 2000, artifact::store),
    target("scim-filter", 2000, scim::filter),
    target("scim-path", 2000, scim::path),
    target("scim-resource", 1000, scim::resource),
    target("scim-list", 500, scim::list),
    target("scim-error", 1000, scim::error),
    target("admin-page", 300, admin::page),
    target("admin-error", 1000, admin::error),
    target("http-limits", 2000, http::limits),
    target("http-cursor", 2000, http::cursor),
    target("configuration", 1000, settings::file),
    target("arguments", 1000, settings::arguments),
    target("cassette", 200, cassette::replay),
    target("staging", 12, staging::resume),
];

/// The input as text, where it is one.
fn text(input: &[u8]) -> Option<&str> {
    std::str::from_utf8(input).ok()
}

/// That an error holds no secret, whatever the answer echoed.
fn holds_no_secret(shown: &str) {
    assert!(!shown.contains(SECRET), "an error shows the key: {shown}");
}
