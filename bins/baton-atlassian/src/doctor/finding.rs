//! Findings from what the vendor answers.

use atlassian_admin::{AdminError, AdminErrorKind as Kind};
use connector_cli::{Finding, Outcome, Verdict};
use connector_sdk::Vendor;
use http_kit::ApiError;

/// What is asked for works.
pub(super) fn works(what: &str, found: impl Into<String>) -> Finding {
    Finding::new(what, Verdict::Works, found)
}

/// What a sync cannot do without is refused.
pub(super) fn fails(what: &str, error: &AdminError) -> Finding {
    let outcome = outcome(error.kind());
    told(what, Verdict::Fails { outcome }, error)
}

/// What a sync names as a gap, or can do without, is refused.
pub(super) fn lacks(what: &str, error: &AdminError) -> Finding {
    told(what, Verdict::Lacks, error)
}

fn told(what: &str, verdict: Verdict, error: &AdminError) -> Finding {
    let finding = Finding::new(what, verdict, said(error.api()));
    // The vendor says the same of a foreign organization and of a scope that is missing.
    if error.kind() == Kind::OrganizationNotManaged && verdict == Verdict::Lacks {
        return finding.advice("The key may lack the scope for this; a key without scopes covers everything");
    }
    match error.hint() {
        Some(hint) => finding.advice(sentence(&hint)),
        None => finding,
    }
}

/// What was answered, in the words of the vendor; where nothing was, why.
pub(super) fn said(error: &ApiError) -> String {
    if let Some(transport) = error.transport() {
        return format!("no answer: {transport}");
    }
    let vendor = error.vendor();
    let words = Vendor {
        status: error.status(),
        code: vendor.and_then(|vendor| vendor.code.clone().or_else(|| vendor.key.clone())),
        detail: vendor.and_then(|vendor| vendor.detail.clone().or_else(|| vendor.title.clone())),
        request_id: error.request_id().map(ToOwned::to_owned),
    }
    .to_string();
    match words.as_str() {
        "" => error.to_string(),
        _ => words,
    }
}

fn outcome(kind: Kind) -> Outcome {
    match kind {
        Kind::NotAuthenticated => Outcome::NotAuthenticated,
        Kind::OrganizationNotFound
        | Kind::AccountNotFound
        | Kind::GroupNotFound
        | Kind::NotFound
        | Kind::NotOffered => Outcome::NotFound,
        Kind::RateLimited => Outcome::LimitReached,
        Kind::BudgetSpent => Outcome::DeadlinePassed,
        Kind::Unavailable => Outcome::Unreachable,
        Kind::Unreadable => Outcome::NotUnderstood,
        _ => Outcome::NotPermitted,
    }
}

/// A hint as the beginning of a line.
pub(super) fn sentence(text: &str) -> String {
    let mut letters = text.chars();
    match letters.next() {
        Some(first) => first.to_uppercase().chain(letters).collect(),
        None => String::new(),
    }
}
