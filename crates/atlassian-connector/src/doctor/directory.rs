//! The SCIM directory in which accounts are created.

use super::fails;
use super::finding::{said, sentence};
use crate::changes::{DirectoryProof, directory_proof};
use atlassian_admin::AdminClient;
use connector_sdk::{Code, Error, Finding, Verdict};
use scim_client::{ScimClient, ScimErrorKind};

pub(super) const WHAT: &str = "SCIM directory";

/// Which directory it is.
pub(crate) struct Of {
    /// Its id: the end of its address.
    pub(crate) id: String,
    /// Whether its key is the organization's.
    pub(crate) has_key_of_organization: bool,
}

/// Whether accounts can be created.
pub(super) async fn directory(admin: &AdminClient, scim: Option<(ScimClient, Of)>) -> Finding {
    let Some((client, of)) = scim else {
        return Finding::new(
            WHAT,
            Verdict::Noted,
            "none is set: accounts can be invited, but not created",
        )
        .advice(
            "Set BATON_SCIM_TOKEN and BATON_SCIM_BASE_URL to create accounts (docs/guides/credentials.md)",
        );
    };
    let id = &of.id;
    let error = match client.discovery().config().await {
        Ok(_) => return belongs(admin, &client, id).await,
        Err(error) => error,
    };
    let answer = error.api().map_or_else(|| error.to_string(), said);
    let (code, found) = match error.kind() {
        ScimErrorKind::NotAuthenticated => (
            Code::Unauthenticated,
            format!("the directory {id} does not take the key ({answer})"),
        ),
        ScimErrorKind::NotPermitted => (Code::PermissionDenied, answer),
        ScimErrorKind::NotFound => (Code::NotFound, answer),
        _ => (Code::Unavailable, answer),
    };
    let advice = match error.kind() {
        ScimErrorKind::NotAuthenticated if of.has_key_of_organization => {
            "It is the organization API key; a directory has a key of its own, shown together with its address"
                .to_owned()
        }
        ScimErrorKind::NotAuthenticated => {
            "The key is of another directory, or revoked: key and address belong together and are shown once; \
             make a new key for this directory"
                .to_owned()
        }
        ScimErrorKind::NotPermitted | ScimErrorKind::NotFound => {
            "SCIM is a part of Atlassian Guard: check the subscription, and the address of the directory"
                .to_owned()
        }
        _ => sentence(error.hint().unwrap_or_default()),
    };
    let finding = fails(WHAT, code, found);
    match advice.as_str() {
        "" => finding,
        _ => finding.advice(advice),
    }
}

/// Whether a directory that takes its key is one of the organization.
async fn belongs(admin: &AdminClient, scim: &ScimClient, id: &str) -> Finding {
    match directory_proof(admin, scim).await {
        Ok(DirectoryProof::Unproven(why)) => Finding::new(
            WHAT,
            Verdict::Lacks,
            format!(
                "the directory {id} takes its key, but it is not proven to belong to the organization: {why}"
            ),
        )
        .advice("Where you know that it does, set allow-unproven-directory to create accounts in it"),
        Ok(DirectoryProof::Contradicted(why)) => fails(
            WHAT,
            Code::FailedPrecondition,
            format!(
                "the directory {id} takes its key, and does not seem to belong to the organization: {why}"
            ),
        )
        .advice("Check that scim-base-url and scim-token are of this organization"),
        Ok(DirectoryProof::Proven) => {
            Finding::new(WHAT, Verdict::Works, format!("the directory {id} takes its key"))
        }
        Err(error) => fails(WHAT, error.code(), without_meaning(&error)),
    }
}

/// An error without the words of its code, which the verdict tells.
fn without_meaning(error: &Error) -> String {
    let told = error.to_string();
    let rest = told.strip_prefix(error.code().words()).unwrap_or(&told);
    rest.trim_start_matches(": ").to_owned()
}
