//! Settings of existing connectors that are none of ours, and what becomes of each: one table for flags, environment and
//! file, from which the documentation is made too.
//!
//! What asks for what happens anyway is accepted. What neither changes the result nor can be done is accepted with one
//! warning. What would change the result and cannot be done is refused by name, so that it never starts a sync by being
//! ignored. An empty value is unset.

use super::value;
use crate::error::{Error, Result};
use crate::outcome::Outcome;
use connector_sdk::{Field, FieldKind};

/// Settings that are treated alike, for one reason.
#[derive(Clone, Copy, Debug)]
pub(crate) struct Existing {
    pub(crate) names: &'static [&'static str],
    pub(crate) takes: Takes,
    pub(crate) rule: Rule,
    /// Values that ask for what happens anyway, beside *off* of a switch.
    pub(crate) accepted: &'static [&'static str],
    /// How it is here instead, as a fragment.
    pub(crate) why: &'static str,
}

/// What a setting takes.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Takes {
    Switch,
    Value,
}

/// What becomes of a setting that is on.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Rule {
    /// It asks for what happens anyway.
    Accepted,
    /// It changes no result, and is not done: one warning.
    Warned,
    /// It would change the result: exit code 12.
    Refused,
}

const ROTATION: &str = "there are no credentials to rotate";
const EVENTS: &str = "there is no event feed";
const TICKETS: &str = "there are no tickets";
const ACTIONS: &str = "actions belong to the connector, not to single resources; --list-action-schemas lists them and \
                       --invoke-action invokes one";
const GRANTS: &str =
    "entitlements are read together with grants; --skip-entitlements-and-grants leaves out both";
const EXTERNAL: &str = "accounts of other artifacts are not taken in";
const COMPARISON: &str = "this program neither compares nor compacts artifacts";
const LAMBDA: &str = "this program does not run in Lambda";

/// Every one of them.
pub(crate) const EXISTING: &[Existing] = &[
    switches(
        &["parallel-sync"],
        Rule::Accepted,
        "requests are always made at the same time; --workers bounds how many",
    ),
    switches(&["ticketing"], Rule::Warned, TICKETS),
    switches(
        &["keep-previous-sync-c1z"],
        Rule::Accepted,
        "the artifact of the last sync for C1 stays in the folder of the state",
    ),
    values(&["log-level-debug-expires-at"], Rule::Warned, LAMBDA),
    switches(
        &["log-event-log"],
        Rule::Warned,
        "logs go to stderr or to --log-path",
    ),
    values(&["auth-method"], Rule::Warned, "there is one way to authenticate"),
    values(
        &["session-store-maximum-size"],
        Rule::Warned,
        "there is no session store",
    ),
    values(
        &[
            "external-resource-entitlement-id-filter",
            "external-resource-traits",
        ],
        Rule::Warned,
        EXTERNAL,
    ),
    values(&["external-resource-c1z"], Rule::Refused, EXTERNAL),
    switches(
        &["skip-full-sync"],
        Rule::Refused,
        "an empty artifact would look like access that was taken away",
    ),
    values(
        &["rotate-credentials", "rotate-credentials-type"],
        Rule::Refused,
        ROTATION,
    ),
    Existing {
        accepted: &["false", "f", "0"],
        ..values(&["event-feed"], Rule::Refused, EVENTS)
    },
    values(
        &["event-feed-id", "event-feed-start-at", "event-feed-cursor"],
        Rule::Refused,
        EVENTS,
    ),
    switches(
        &[
            "create-ticket",
            "bulk-create-ticket",
            "get-ticket",
            "list-ticket-schemas",
        ],
        Rule::Refused,
        TICKETS,
    ),
    values(
        &["ticket-template-path", "bulk-ticket-template-path", "ticket-id"],
        Rule::Refused,
        TICKETS,
    ),
    values(
        &[
            "invoke-action-resource-type",
            "list-action-schemas-resource-type",
            "list-resource-actions",
            "invoke-resource-action",
            "invoke-resource-action-resource-type",
        ],
        Rule::Refused,
        ACTIONS,
    ),
    Existing {
        accepted: &["{}"],
        ..values(&["invoke-resource-action-args"], Rule::Refused, ACTIONS)
    },
    switches(&["skip-grants"], Rule::Refused, GRANTS),
    switches(&["diff-syncs", "compact-syncs"], Rule::Refused, COMPARISON),
    values(
        &[
            "base-sync-id",
            "applied-sync-id",
            "compact-output-path",
            "compact-file-paths",
            "compact-sync-ids",
        ],
        Rule::Refused,
        COMPARISON,
    ),
    values(
        &[
            "lambda-client-id",
            "lambda-client-secret",
            "lambda-auth-jwt-expected-issuer",
            "lambda-auth-jwt-expected-subject",
            "lambda-auth-jwt-expected-audience",
            "lambda-auth-jwt-signer",
            "lambda-auth-jwt-jwks-url",
        ],
        Rule::Refused,
        LAMBDA,
    ),
];

/// Variables of existing connectors that no flag stands for. None changes what an artifact holds; one warning.
pub(crate) const VARIABLES: &[&str] = &[
    "BATON_C1Z_BULKLOAD_INDEX_TIMEOUT",
    "BATON_C1Z_FINALIZE_TIMEOUT",
    "BATON_CONNECTOR_SERVICE_LISTENER_FD",
    "BATON_DEBUG_PRINT_RESPONSE_BODY",
    "BATON_DECODER_MAX_DECODED_SIZE_MB",
    "BATON_DECODER_MAX_MEMORY_MB",
    "BATON_DISABLE_FCS_FAIL_FAST",
    "BATON_DISABLE_HTTP_CACHE",
    "BATON_DONT_FIX_CYCLES",
    "BATON_EXPERIMENTAL_FOLD_COMPACT",
    "BATON_EXPERIMENTAL_PEBBLE_COMPACTOR",
    "BATON_GRAPH_EXPAND_DEST_BATCH_SIZE",
    "BATON_GRAPH_EXPAND_MAX_DEPTH",
    "BATON_HTTP_CACHE_BACKEND",
    "BATON_HTTP_CACHE_MAX_SIZE",
    "BATON_HTTP_CACHE_TTL",
    "BATON_LAMBDA_CA_CERT_PATH",
    "BATON_LAMBDA_CONFIGURATION_HOST",
    "BATON_LAMBDA_TOKEN_HOST",
    "BATON_SESSION_SERVICE_ADDR",
    "BATON_ZSTD_POOL_DISABLE",
];

/// Further variables that are read, and that no flag stands for.
pub(crate) const READ: &[&str] = &["BATON_C1_API_HOST", "BATON_GET_TASKS", "BATON_TMPDIR"];

/// Commands of existing connectors that are not offered, with the reason.
pub(crate) const REFUSED_COMMANDS: &[(&str, &str)] = &[
    ("lambda", LAMBDA),
    ("remove", WINDOWS_SERVICE),
    ("setup", WINDOWS_SERVICE),
    ("start", WINDOWS_SERVICE),
    ("status", WINDOWS_SERVICE),
    ("stop", WINDOWS_SERVICE),
];

const WINDOWS_SERVICE: &str = "this program is no Windows service";

const fn switches(names: &'static [&'static str], rule: Rule, why: &'static str) -> Existing {
    Existing {
        names,
        takes: Takes::Switch,
        rule,
        accepted: &[],
        why,
    }
}

const fn values(names: &'static [&'static str], rule: Rule, why: &'static str) -> Existing {
    Existing {
        takes: Takes::Value,
        ..switches(names, rule, why)
    }
}

impl Existing {
    /// What becomes of the setting with this value; `shown` is where it was set. Whether it deserves the warning.
    ///
    /// # Errors
    /// [`Outcome::NotOffered`] where it is refused, [`Outcome::Configuration`] where a switch is neither on nor off.
    pub(crate) fn check(&self, text: &str, shown: &str) -> Result<bool> {
        if text.trim().is_empty() || self.asks_for_what_is(text.trim(), shown)? {
            return Ok(false);
        }
        match self.rule {
            Rule::Accepted => Ok(false),
            Rule::Warned => Ok(true),
            Rule::Refused => Err(Error::new(Outcome::NotOffered, format!("{shown}: {}", self.why))),
        }
    }

    fn asks_for_what_is(&self, text: &str, shown: &str) -> Result<bool> {
        match self.takes {
            Takes::Value => Ok(self.accepted.iter().any(|value| value.eq_ignore_ascii_case(text))),
            Takes::Switch => {
                let on = match (self.rule, text.to_ascii_lowercase().as_str()) {
                    // Further words only where they switch nothing on.
                    (Rule::Accepted | Rule::Warned, "yes" | "on") => Ok(true),
                    (Rule::Accepted | Rule::Warned, "no" | "off") => Ok(false),
                    _ => value::switch(text),
                };
                on.map(|on| !on)
                    .map_err(|problem| Error::configuration(format!("{shown}: {problem}")))
            }
        }
    }

    /// Each of them with its name.
    pub(crate) fn all() -> impl Iterator<Item = (&'static str, &'static Self)> {
        EXISTING
            .iter()
            .flat_map(|group| group.names.iter().map(move |name| (*name, group)))
    }
}

/// The fields for whoever operates the program that consoles know of existing connectors and that have no effect here, in
/// their order; the others are settings of ours.
pub(crate) fn operational() -> Vec<Field> {
    let text = |name, title, default| (name, title, FieldKind::Text(default));
    let number = |name, title, default, max| (name, title, FieldKind::Number { default, min: 0, max });
    let fields = [
        text("log-level-debug-expires-at", "End of the log level debug", None),
        number(
            "session-store-maximum-size",
            "Session store size",
            15_728_640,
            i64::MAX,
        ),
    ];
    fields
        .into_iter()
        .map(|(name, title, kind)| Field::of(name, title, "Has no effect in this connector", kind))
        .collect()
}

#[cfg(test)]
mod tests {
    use super::*;
    use std::collections::BTreeSet;

    #[test]
    fn every_setting_stands_in_one_group() {
        let mut seen = BTreeSet::new();
        for (name, _) in Existing::all() {
            assert!(seen.insert(name), "{name} stands there twice");
        }
        for field in operational() {
            assert!(seen.contains(field.name), "{} is not in the table", field.name);
        }
    }

    #[test]
    fn further_words_never_switch_anything_on() {
        for (name, group) in Existing::all().filter(|(_, group)| group.takes == Takes::Switch) {
            for word in ["yes", "on", "no", "off"] {
                let judged = group.check(word, name).map_err(|error| error.outcome());
                let expected = match (group.rule, word) {
                    (Rule::Refused, _) => Err(Outcome::Configuration),
                    (Rule::Accepted, _) | (_, "no" | "off") => Ok(false),
                    (Rule::Warned, _) => Ok(true),
                };
                assert_eq!(judged, expected, "{name}={word}");
            }
            assert_eq!(
                group.check("maybe", name).map_err(|error| error.outcome()),
                Err(Outcome::Configuration),
                "{name}"
            );
        }
    }
}
