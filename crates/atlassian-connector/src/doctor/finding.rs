//! Findings from what the vendor answers.

use crate::errors;
pub(super) use crate::errors::sentence;
use atlassian_admin::{AdminError, AdminErrorKind as Kind};
use connector_http::vendor;
use connector_sdk::{Code, Finding, Verdict};
use http_kit::ApiError;

/// What is asked for works.
pub(super) fn works(what: &str, found: impl Into<String>) -> Finding {
    Finding::new(what, Verdict::Works, found)
}

/// What a sync cannot do without is refused.
pub(super) fn fails(what: &str, error: &AdminError) -> Finding {
    let code = match error.kind() {
        // The vendor has no such thing for this organization; the code of what *this connector* does not offer would mislead.
        Kind::NotOffered => Code::NotFound,
        kind => errors::code_of_read(kind),
    };
    told(what, Verdict::Fails { code }, error)
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
    let words = vendor(error).to_string();
    match words.as_str() {
        "" => error.to_string(),
        _ => words,
    }
}
