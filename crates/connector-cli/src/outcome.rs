//! How a program ends: one table of exit codes for every binary.

use connector_sdk::Code;
use serde::Serialize;
use std::process::ExitCode;

/// How a program ended. Its number is the exit code; the numbers up to 16 are those of gRPC status codes.
///
/// As JSON it is the name of the variant in snake case.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash, PartialOrd, Ord, Serialize)]
#[serde(rename_all = "snake_case")]
#[non_exhaustive]
pub enum Outcome {
    /// Done, or already so (0).
    Done = 0,
    /// Interrupted by a signal; state is kept for the next run (1).
    Interrupted = 1,
    /// The command line or the configuration is wrong (2).
    Configuration = 2,
    /// A value does not parse (3).
    InvalidValue = 3,
    /// The budget of waiting is used up (4).
    DeadlinePassed = 4,
    /// What was named does not exist (5).
    NotFound = 5,
    /// The vendor does not permit it (7).
    NotPermitted = 7,
    /// A limit of the vendor's (8).
    LimitReached = 8,
    /// Refused before anything was sent (9).
    Refused = 9,
    /// Not offered by this connector (12).
    NotOffered = 12,
    /// An answer that cannot be understood, or a defect of ours (13).
    NotUnderstood = 13,
    /// Not reachable, or the outcome of a write is unknown (14).
    Unreachable = 14,
    /// The credential is not accepted (16).
    NotAuthenticated = 16,
    /// Synced, and the file is usable, but something could not be read (17).
    Gaps = 17,
    /// Two syncs that were compared differ (18).
    Differences = 18,
    /// What was found in an artifact is as grave as was asked for (19).
    Findings = 19,
    /// A change failed, and a part of it was carried out (20).
    Partial = 20,
}

impl Outcome {
    /// Every outcome in the order of its number.
    pub const ALL: [Self; 17] = [
        Self::Done,
        Self::Interrupted,
        Self::Configuration,
        Self::InvalidValue,
        Self::DeadlinePassed,
        Self::NotFound,
        Self::NotPermitted,
        Self::LimitReached,
        Self::Refused,
        Self::NotOffered,
        Self::NotUnderstood,
        Self::Unreachable,
        Self::NotAuthenticated,
        Self::Gaps,
        Self::Differences,
        Self::Findings,
        Self::Partial,
    ];

    /// The exit code.
    pub fn number(self) -> u8 {
        self as u8
    }

    /// The words that the last line on stderr begins with.
    pub fn words(self) -> &'static str {
        match self {
            Self::Done => "done",
            Self::Interrupted => "interrupted",
            Self::Configuration => "not configured correctly",
            Self::InvalidValue => "invalid value",
            Self::DeadlinePassed => "deadline passed",
            Self::NotFound => "not found",
            Self::NotPermitted => "not permitted",
            Self::LimitReached => "limit reached",
            Self::Refused => "refused",
            Self::NotOffered => "not offered",
            Self::NotUnderstood => "not understood",
            Self::Unreachable => "unreachable",
            Self::NotAuthenticated => "not authenticated",
            Self::Gaps => "synced with gaps",
            Self::Differences => "differences found",
            Self::Findings => "findings",
            Self::Partial => "carried out in part",
        }
    }

    /// What it means, for the documentation.
    pub fn meaning(self) -> &'static str {
        match self {
            Self::Done => "done, or already so",
            Self::Interrupted => "interrupted by SIGINT or SIGTERM; what was read is kept for the next run",
            Self::Configuration => "the command line, the environment or the configuration file is wrong",
            Self::InvalidValue => "a value does not parse or does not fit its schema",
            Self::DeadlinePassed => "the budget of waiting is used up",
            Self::NotFound => {
                "what was named does not exist: the organization, an entitlement or a grant of the artifact, an action"
            }
            Self::NotPermitted => "the vendor does not permit it to this credential",
            Self::LimitReached => {
                "a limit of the vendor's: licences, seats, or a rate limit that outlasts the budget"
            }
            Self::Refused => {
                "refused before anything was sent: a foreign, newer or damaged file at `--file`, access that cannot be changed"
            }
            Self::NotOffered => "not offered by this connector",
            Self::NotUnderstood => "an answer that cannot be understood, or a defect of this program",
            Self::Unreachable => {
                "the vendor cannot be reached, or whether a change was made is not known even after the state was read back"
            }
            Self::NotAuthenticated => "the credential is not accepted",
            Self::Gaps => {
                "synced with gaps: the file is sealed and usable, each gap is named; `--allow-gaps` turns it into 0"
            }
            Self::Differences => "`diff` found differences",
            Self::Findings => "`findings` found something as grave as `--fail-on` names",
            Self::Partial => {
                "a change was carried out in part, or a plan: the message says what was done and why the rest was not; of a plan the \
                 receipts say it of each row"
            }
        }
    }

    /// The outcome with this exit code; a number that no outcome has is a defect of ours.
    pub(crate) fn numbered(number: u8) -> Self {
        let found = Self::ALL.into_iter().find(|outcome| outcome.number() == number);
        found.unwrap_or(Self::NotUnderstood)
    }

    /// The outcome of an error with this meaning.
    pub fn of(code: Code) -> Self {
        match code {
            Code::Cancelled => Self::Interrupted,
            Code::Unknown => Self::Configuration,
            Code::InvalidArgument => Self::InvalidValue,
            Code::DeadlineExceeded => Self::DeadlinePassed,
            Code::NotFound => Self::NotFound,
            Code::PermissionDenied => Self::NotPermitted,
            Code::ResourceExhausted => Self::LimitReached,
            Code::FailedPrecondition | Code::AlreadyExists => Self::Refused,
            Code::Unimplemented => Self::NotOffered,
            Code::Unavailable => Self::Unreachable,
            Code::Unauthenticated => Self::NotAuthenticated,
            // A meaning that this table does not know is a defect of ours, like `Code::Internal`.
            _ => Self::NotUnderstood,
        }
    }
}

impl From<Outcome> for ExitCode {
    fn from(outcome: Outcome) -> Self {
        Self::from(outcome.number())
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_table() {
        let table: Vec<_> = Outcome::ALL
            .iter()
            .map(|o| format!("{} {}", o.number(), o.words()))
            .collect();
        insta::assert_snapshot!(table.join("\n"), @r"
        0 done
        1 interrupted
        2 not configured correctly
        3 invalid value
        4 deadline passed
        5 not found
        7 not permitted
        8 limit reached
        9 refused
        12 not offered
        13 not understood
        14 unreachable
        16 not authenticated
        17 synced with gaps
        18 differences found
        19 findings
        20 carried out in part
        ");
    }

    #[test]
    fn an_error_keeps_its_number_as_exit_code() {
        for code in [
            Code::Cancelled,
            Code::Unknown,
            Code::InvalidArgument,
            Code::DeadlineExceeded,
            Code::NotFound,
            Code::PermissionDenied,
            Code::ResourceExhausted,
            Code::FailedPrecondition,
            Code::Unimplemented,
            Code::Internal,
            Code::Unavailable,
            Code::Unauthenticated,
        ] {
            assert_eq!(Outcome::of(code).number(), code.number(), "{code:?}");
        }
    }
}
