//! Flags of existing connectors that have no meaning here. They are known by name, so that none of them ever starts a
//! sync by being ignored.

/// A group of flags that is refused for one reason.
#[derive(Clone, Copy, Debug)]
pub(crate) struct Refused {
    /// What they would do, and what to do instead; follows "is not offered: ".
    pub(crate) why: &'static str,
    /// The flags that take a value.
    pub(crate) values: &'static [&'static str],
    /// The flags that are on or off.
    pub(crate) switches: &'static [&'static str],
    /// Those that would make the run something other than what it is then. Their environment variables are refused too;
    /// the variables of all others are only warned about.
    pub(crate) modes: &'static [&'static str],
}

/// Every refused flag.
pub(crate) const REFUSED: &[Refused] = &[
    Refused {
        why: "this program does one thing and ends; service mode is not built yet",
        values: &[
            "client-id",
            "client-secret",
            "task-concurrency",
            "health-check-port",
            "health-check-bind-address",
        ],
        switches: &["skip-full-sync", "health-check", "keep-previous-sync-c1z"],
        modes: &["client-id", "client-secret"],
    },
    Refused {
        why: "there are no credentials to rotate",
        values: &["rotate-credentials", "rotate-credentials-type"],
        switches: &[],
        modes: &["rotate-credentials", "rotate-credentials-type"],
    },
    Refused {
        why: "there is no event feed",
        values: &[
            "event-feed",
            "event-feed-id",
            "event-feed-start-at",
            "event-feed-cursor",
        ],
        switches: &[],
        modes: &["event-feed"],
    },
    Refused {
        why: "there are no tickets",
        values: &["ticket-template-path", "bulk-ticket-template-path", "ticket-id"],
        switches: &[
            "ticketing",
            "create-ticket",
            "bulk-create-ticket",
            "get-ticket",
            "list-ticket-schemas",
        ],
        modes: &[
            "create-ticket",
            "bulk-create-ticket",
            "get-ticket",
            "list-ticket-schemas",
        ],
    },
    Refused {
        why: "actions belong to the connector, not to single resources; --list-action-schemas lists them and \
              --invoke-action invokes one",
        values: &[
            "invoke-action-resource-type",
            "list-action-schemas-resource-type",
            "list-resource-actions",
            "invoke-resource-action",
            "invoke-resource-action-resource-type",
            "invoke-resource-action-args",
        ],
        switches: &[],
        modes: &["list-resource-actions", "invoke-resource-action"],
    },
    Refused {
        why: "single resources cannot be synced; --sync-resource-types restricts a sync to whole types, and \
              --skip-entitlements-and-grants to resources",
        values: &["sync-resources"],
        switches: &["skip-grants"],
        modes: &["sync-resources", "skip-grants"],
    },
    Refused {
        why: "accounts of other artifacts are not taken in",
        values: &[
            "external-resource-c1z",
            "external-resource-entitlement-id-filter",
            "external-resource-traits",
        ],
        switches: &[],
        modes: &["external-resource-c1z"],
    },
    Refused {
        why: "this program neither compares nor compacts artifacts",
        values: &[
            "base-sync-id",
            "applied-sync-id",
            "compact-output-path",
            "compact-file-paths",
            "compact-sync-ids",
        ],
        switches: &["diff-syncs", "compact-syncs"],
        modes: &["diff-syncs", "compact-syncs"],
    },
    Refused {
        why: "artifacts are always SQLite (.c1z version 1), worked out beside --file",
        values: &["storage-engine"],
        switches: &[],
        modes: &[],
    },
    Refused {
        why: "requests are always made at the same time; --workers bounds how many",
        values: &[],
        switches: &["parallel-sync"],
        modes: &[],
    },
    Refused {
        why: "logs go to stderr; --log-level and --log-format shape them",
        values: &["log-path", "log-level-debug-expires-at"],
        switches: &["log-event-log"],
        modes: &[],
    },
    Refused {
        why: "traces and logs are not exported",
        values: &[
            "otel-collector-endpoint",
            "otel-collector-endpoint-tls-cert-path",
            "otel-collector-endpoint-tls-cert",
        ],
        switches: &[
            "otel-collector-endpoint-tls-insecure",
            "otel-tracing-disabled",
            "otel-logging-disabled",
        ],
        modes: &[],
    },
    Refused {
        why: "there is one way to authenticate, and no session store",
        values: &["auth-method", "session-store-maximum-size"],
        switches: &[],
        modes: &[],
    },
    Refused {
        why: "this program does not run in Lambda",
        values: &[
            "lambda-client-id",
            "lambda-client-secret",
            "lambda-auth-jwt-expected-issuer",
            "lambda-auth-jwt-expected-subject",
            "lambda-auth-jwt-expected-audience",
            "lambda-auth-jwt-signer",
            "lambda-auth-jwt-jwks-url",
        ],
        switches: &[],
        modes: &["lambda-client-id", "lambda-client-secret"],
    },
];

/// Commands of existing connectors that are not offered, with the reason.
pub(crate) const REFUSED_COMMANDS: &[(&str, &str)] = &[
    (
        "_connector-service",
        "the connector runs in this process, not in a child",
    ),
    ("completion", "there are no completion scripts yet"),
    (
        "health-check",
        "this program does one thing and ends; there is nothing to probe",
    ),
    ("lambda", "this program does not run in Lambda"),
    ("remove", WINDOWS_SERVICE),
    ("setup", WINDOWS_SERVICE),
    ("start", WINDOWS_SERVICE),
    ("status", WINDOWS_SERVICE),
    ("stop", WINDOWS_SERVICE),
];

const WINDOWS_SERVICE: &str = "this program does one thing and ends; it is no Windows service";

impl Refused {
    /// Every flag of the group.
    pub(crate) fn names(&self) -> impl Iterator<Item = &'static str> {
        self.values.iter().chain(self.switches).copied()
    }

    /// The group that refuses this flag.
    pub(crate) fn of(name: &str) -> Option<&'static Self> {
        REFUSED
            .iter()
            .find(|group| group.names().any(|known| known == name))
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use std::collections::BTreeSet;

    #[test]
    fn every_flag_stands_in_one_group_and_modes_are_flags_of_theirs() {
        let mut seen = BTreeSet::new();
        for group in REFUSED {
            for name in group.names() {
                assert!(seen.insert(name), "{name} is refused twice");
            }
            for mode in group.modes {
                assert!(
                    group.names().any(|name| name == *mode),
                    "{mode} is not of its group"
                );
            }
        }
    }
}
