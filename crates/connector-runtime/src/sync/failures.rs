//! Calls about one resource that failed: is it the resource, or is it the endpoint?
//!
//! A resource whose rows cannot be read costs its own rows and not the whole sync. Nothing is decided before everything
//! else is read: a call that failed stays unmade in the staging file, so a run that ends early asks it again.

use crate::report::UNREADABLE_SUBJECT;
use crate::store::{Call, CallKind, Done};
use connector_sdk::{Code, Error, Notice, ResourceKey, Retry, Vendor};
use std::collections::{HashMap, HashSet};

/// From so many failed resources on it can be the endpoint.
const ENOUGH: usize = 10;

/// After so many failures without any success between them the tenant is asked whether it is there at all.
const IN_A_ROW: usize = 10;

/// The status of a request that meets the limit of requests.
const TOO_MANY_REQUESTS: u16 = 429;

/// What a failed call means for the sync.
pub(super) enum Verdict {
    /// It is about its resource, as far as is known.
    Resource,
    /// Nothing succeeded for a while: check that the tenant can be reached before going on.
    Check,
    /// It is about every resource: this ends the sync.
    Everything {
        /// What was being read.
        during: String,
        source: Error,
    },
}

/// The failed calls of a sync, and how many were decided.
#[derive(Default)]
pub(super) struct Failures {
    endpoints: HashMap<Endpoint, Decided>,
    /// To be asked once more when everything else is read.
    again: Vec<(Call, Error)>,
    /// Tried until the time for it was used up: to be asked once more where another call of the endpoint then succeeds.
    waited: Vec<(Call, Error)>,
    /// Failed for good.
    for_good: Vec<(Call, Error)>,
    in_a_row: usize,
    /// Whether the vendor has answered anything in this process.
    answers: bool,
}

/// Calls of one kind about resources of one type. The further listings of a call are another endpoint than the first.
#[derive(Clone, PartialEq, Eq, Hash)]
struct Endpoint {
    kind: CallKind,
    resource_type: String,
    further: bool,
}

#[derive(Default)]
struct Decided {
    done: u64,
    failed: HashSet<ResourceKey>,
    /// Whether one of its calls was made a second time, and whether one of these succeeded.
    probed: bool,
    is_back: bool,
}

impl Failures {
    /// Begins with what earlier processes of this sync have decided.
    pub(super) fn new(done: Vec<Done>) -> Self {
        let mut failures = Self::default();
        for done in done {
            let endpoint = Endpoint {
                kind: done.kind,
                resource_type: done.resource_type,
                further: done.further,
            };
            failures.endpoints.entry(endpoint).or_default().done += done.count;
        }
        failures
    }

    /// Takes in that a call answered with a page.
    pub(super) fn answered(&mut self, call: &Call, is_last: bool) {
        self.in_a_row = 0;
        self.answers = true;
        let Some(resource) = call.subject().filter(|_| is_last) else {
            return;
        };
        let decided = self.endpoints.entry(endpoint(call)).or_default();
        decided.is_back |= call.second;
        decided.done += 1;
        decided.failed.remove(resource);
    }

    /// Takes in that a call failed.
    pub(super) fn failed(&mut self, call: Call, error: Error) -> Verdict {
        // Others are answered, so the limit that this one meets again and again may be its own.
        let is_limited = error.vendor().and_then(|vendor| vendor.status) == Some(TOO_MANY_REQUESTS);
        let may_be_its_own = |_: &&ResourceKey| match is_limited {
            true => self.answers && self.in_a_row + 1 < IN_A_ROW,
            false => !ends_at_once(error.code()),
        };
        let Some(resource) = call.subject().filter(may_be_its_own) else {
            let during = call.describe();
            return Verdict::Everything {
                during,
                source: error,
            };
        };
        let decided = self.endpoints.entry(endpoint(&call)).or_default();
        decided.failed.insert(resource.clone());
        let (failed, done) = (decided.failed.len(), decided.done);
        if failed >= ENOUGH && failed as u64 > done {
            let all = failed as u64 + done;
            let during = format!(
                "{}, and {failed} of {all} calls like it failed, so one resource is not the reason",
                call.describe()
            );
            return Verdict::Everything {
                during,
                source: error,
            };
        }
        let (kind, resource_type) = (call.kind.name(), &*call.resource_type);
        tracing::info!(kind, resource_type, code = ?error.code(), "one resource cannot be read");
        tracing::debug!(during = call.describe(), %error, "which resource cannot be read, and why");
        let failed = match error.retry() {
            _ if call.second => &mut self.for_good,
            Retry::Never => &mut self.again,
            Retry::Later | Retry::After(_) => &mut self.waited,
            Retry::Exhausted => &mut self.for_good,
        };
        failed.push((call, error));
        self.in_a_row += 1;
        if self.in_a_row >= IN_A_ROW {
            self.in_a_row = 0;
            return Verdict::Check;
        }
        Verdict::Resource
    }

    pub(super) fn is_empty(&self) -> bool {
        self.again.is_empty() && self.waited.is_empty() && self.for_good.is_empty()
    }

    /// The calls to make once more, each of them once. Of those that waited in vain it is one of each endpoint, and all
    /// others only when that one succeeds: an outage that lasts is not waited for again and again.
    pub(super) fn again(&mut self) -> Vec<Call> {
        let mut again = std::mem::take(&mut self.again);
        for (call, error) in std::mem::take(&mut self.waited) {
            let decided = self.endpoints.entry(endpoint(&call)).or_default();
            if decided.is_back || !decided.probed {
                decided.probed = true;
                again.push((call, error));
            } else {
                self.waited.push((call, error));
            }
        }
        let second = |(call, _)| Call { second: true, ..call };
        again.into_iter().map(second).collect()
    }

    /// The calls that failed for good, each with the gap that says so. Nothing is left to be made once more.
    pub(super) fn settle(&mut self) -> Vec<(Call, Notice)> {
        let mut failed = std::mem::take(&mut self.for_good);
        failed.append(&mut self.waited);
        let gap = |(call, error): (Call, Error)| {
            let resource = call.subject().map(|key| key.to_string()).unwrap_or_default();
            let detail = format!("{}: {}", call.describe(), reason(&error));
            (call, Notice::gap(UNREADABLE_SUBJECT, resource, detail))
        };
        failed.into_iter().map(gap).collect()
    }
}

fn endpoint(call: &Call) -> Endpoint {
    Endpoint {
        kind: call.kind,
        resource_type: call.resource_type.clone(),
        further: call.further,
    }
}

/// Whether the next call would fail alike, whatever it is about: the credential, a limit, the configuration, the program.
fn ends_at_once(code: Code) -> bool {
    matches!(
        code,
        Code::Unauthenticated
            | Code::ResourceExhausted
            | Code::Cancelled
            | Code::Unknown
            | Code::Unimplemented
    )
}

/// The same words for the same failure, so without the id of a request.
fn reason(error: &Error) -> String {
    let vendor = error.vendor().map(|vendor| Vendor {
        request_id: None,
        ..vendor.clone()
    });
    let words = error.code().words();
    match vendor.map(|vendor| vendor.to_string()).filter(|v| !v.is_empty()) {
        Some(vendor) => format!("{words}: {} ({vendor})", error.message()),
        None => format!("{words}: {}", error.message()),
    }
}
