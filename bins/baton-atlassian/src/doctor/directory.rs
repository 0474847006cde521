//! The SCIM directory in which accounts are created.

use super::finding::{said, sentence};
use atlassian_admin::AdminClient;
use atlassian_connector::{DirectoryProof, SCIM_BASE_URL, SCIM_TOKEN, directory_proof};
use connector_cli::{Finding, Outcome, Result, Settings, Verdict};
use scim_client::{ScimClient, ScimErrorKind};
use secrecy::{ExposeSecret, SecretString};

const WHAT: &str = "SCIM directory";

/// Whether accounts can be created. `scim` is the client of the directory that is set.
pub(super) async fn directory(
    settings: &Settings,
    admin: &AdminClient,
    scim: Result<Option<ScimClient>>,
    key: &SecretString,
) -> Finding {
    let client = match scim {
        Ok(None) => {
            return Finding::new(
                WHAT,
                Verdict::Noted,
                "none is set: accounts can be invited, but not created",
            )
            .advice("Set BATON_SCIM_TOKEN and BATON_SCIM_BASE_URL to create accounts (docs/guides/credentials.md)");
        }
        Ok(Some(client)) => client,
        Err(error) => {
            let outcome = error.outcome();
            let said = error.to_string();
            let found = said.trim_start_matches(outcome.words()).trim_start_matches(": ");
            return Finding::new(WHAT, Verdict::Fails { outcome }, found);
        }
    };
    let same = settings
        .secret(SCIM_TOKEN)
        .is_some_and(|token| token.expose_secret() == key.expose_secret());
    let address = settings.text(SCIM_BASE_URL).unwrap_or_default();
    let id = address
        .trim_end_matches('/')
        .rsplit('/')
        .next()
        .unwrap_or_default();
    match client.discovery().config().await {
        Ok(_) => belongs(admin, &client, id).await,
        Err(error) => {
            let answer = error.api().map_or_else(|| error.to_string(), said);
            let (outcome, found) = match error.kind() {
                ScimErrorKind::NotAuthenticated => (
                    Outcome::NotAuthenticated,
                    format!("the directory {id} does not take the key ({answer})"),
                ),
                ScimErrorKind::NotPermitted => (Outcome::NotPermitted, answer),
                ScimErrorKind::NotFound => (Outcome::NotFound, answer),
                _ => (Outcome::Unreachable, answer),
            };
            let advice = match error.kind() {
                ScimErrorKind::NotAuthenticated if same => {
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
            let finding = Finding::new(WHAT, Verdict::Fails { outcome }, found);
            match advice.as_str() {
                "" => finding,
                _ => finding.advice(advice),
            }
        }
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
        Ok(DirectoryProof::Contradicted(why)) => Finding::new(
            WHAT,
            Verdict::Fails {
                outcome: Outcome::Refused,
            },
            format!(
                "the directory {id} takes its key, and does not seem to belong to the organization: {why}"
            ),
        )
        .advice("Check that scim-base-url and scim-token are of this organization"),
        Ok(_) => Finding::new(WHAT, Verdict::Works, format!("the directory {id} takes its key")),
        Err(error) => {
            let error = connector_cli::Error::connector(&error);
            let outcome = error.outcome();
            let told = error.to_string();
            let found = told.trim_start_matches(outcome.words()).trim_start_matches(": ");
            Finding::new(WHAT, Verdict::Fails { outcome }, found)
        }
    }
}
