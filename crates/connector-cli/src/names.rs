//! Names in the place of ids: what a person calls an account, an entitlement, a resource, by the artifact that the change
//! looks ids up in. An id that is there always wins. Only the command line has this: a platform gives ids.

use crate::error::{Error, Result};
use crate::outcome::Outcome;
use crate::review;
use access_review::{Filter, Review, ReviewError};
use c1z_file::ReadOptions;
use connector_runtime::change::Change;
use connector_sdk::{Connector, ResourceKey, grant_id};
use serde_json::Value;
use std::path::PathBuf;

/// A change as a person asks for it: names may stand for ids.
#[derive(Clone, Debug, PartialEq)]
pub(crate) enum Wanted {
    /// A change of what is named.
    Change(Change),
    /// Take away what somebody holds, in whichever grant that is.
    RevokeHeld {
        /// The entitlement.
        entitlement: String,
        /// Who holds it.
        principal: ResourceKey,
    },
}

impl Wanted {
    /// The change where nothing in it is a name.
    pub(crate) fn asked(&self) -> Change {
        match self {
            Self::Change(change) => change.clone(),
            Self::RevokeHeld {
                entitlement,
                principal,
            } => Change::Revoke {
                grant_id: grant_id(entitlement, principal),
            },
        }
    }

    /// The change by ids. What no name fits is left as it is: whoever looks it up says that it is not there.
    ///
    /// # Errors
    /// [`Outcome::Refused`] where a name fits several things, naming them; [`Outcome::NotFound`] where somebody does not hold
    /// what is to be taken away.
    pub(crate) async fn by_ids(
        self,
        artifact: PathBuf,
        temp_dirs: Vec<PathBuf>,
        connector: &dyn Connector,
    ) -> Result<Change> {
        let references = match &self {
            Self::Change(Change::Invoke { action, .. }) => {
                connector.actions().map(|of| of.references(action))
            }
            _ => None,
        };
        let resolved = tokio::task::spawn_blocking(move || {
            let options = temp_dirs
                .iter()
                .fold(ReadOptions::default(), ReadOptions::with_temp_dir);
            match Review::open(&artifact, options, None) {
                Ok(review) => by_ids(&review, self, &references.unwrap_or_default()),
                // The change itself says what is wrong with the artifact, where it needs one.
                Err(_) => Ok(self.asked()),
            }
        });
        let resolved = resolved
            .await
            .map_err(|error| Error::new(Outcome::NotUnderstood, format!("cannot look names up: {error}")))?;
        resolved.map_err(|error| review::error(&error.into()))
    }
}

fn by_ids(
    review: &Review,
    wanted: Wanted,
    references: &[(&'static str, &'static str)],
) -> Result<Change, ReviewError> {
    match wanted {
        Wanted::Change(Change::Grant {
            entitlement_id,
            principal,
        }) => {
            let entitlement_id = entitlement(review, entitlement_id)?;
            Ok(Change::Grant {
                principal: holder(review, &entitlement_id, principal)?,
                entitlement_id,
            })
        }
        Wanted::RevokeHeld {
            entitlement: named,
            principal,
        } => {
            let id = review.entitlement_named(&named)?;
            let holder = holder(review, &id, principal)?;
            let held = review.grant_of_both(&id, &holder)?;
            Ok(Change::Revoke { grant_id: held.id })
        }
        Wanted::Change(Change::Delete { resource: named }) => Ok(Change::Delete {
            resource: resource(review, named)?,
        }),
        Wanted::Change(Change::Invoke {
            action,
            mut arguments,
        }) => {
            for (argument, resource_type) in references {
                if let Some(Value::String(text)) = arguments.get_mut(*argument) {
                    *text = resource(review, ResourceKey::new(*resource_type, &**text))?.resource;
                }
            }
            Ok(Change::Invoke { action, arguments })
        }
        Wanted::Change(change) => Ok(change),
    }
}

fn entitlement(review: &Review, text: String) -> Result<String, ReviewError> {
    match review.entitlement_named(&text) {
        Err(ReviewError::NotFound { .. }) => Ok(text),
        named => named,
    }
}

/// Who holds an entitlement, or is to: of the type that was given, else of those to which it can be granted.
fn holder(review: &Review, entitlement_id: &str, named: ResourceKey) -> Result<ResourceKey, ReviewError> {
    if !named.resource_type.is_empty() {
        return resource(review, named);
    }
    let known = review.entitlement(entitlement_id)?;
    let grantable_to = known.iter().flat_map(|known| &known.message.grantable_to);
    of_types(review, grantable_to.map(|kind| kind.id.clone()).collect(), named)
}

fn resource(review: &Review, named: ResourceKey) -> Result<ResourceKey, ReviewError> {
    of_types(review, vec![named.resource_type.clone()], named)
}

fn of_types(
    review: &Review,
    resource_types: Vec<String>,
    named: ResourceKey,
) -> Result<ResourceKey, ReviewError> {
    let filter = Filter {
        resource_types,
        ..Filter::default()
    };
    match review.resource_named(&named.resource, &filter) {
        Err(ReviewError::NotFound { .. }) => Ok(named),
        found => found,
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use serde_json::{Map, json};

    const FINANCE: &str = "group:00000002-aaaa-4aaa-8aaa-000000000002:member";
    const ANA: &str = "712020:00000000-0000-4000-8000-000000000000";

    fn resolved(wanted: Wanted) -> Result<Change, ReviewError> {
        let sample = "../c1z-file/tests/fixtures/reference-sqlite-tiny.c1z";
        let review = Review::open(sample.as_ref(), ReadOptions::default(), None)?;
        by_ids(&review, wanted, &[("user_id", "user")])
    }

    fn grant(entitlement: &str, resource_type: &str, principal: &str) -> Wanted {
        Wanted::Change(Change::Grant {
            entitlement_id: entitlement.to_owned(),
            principal: ResourceKey::new(resource_type, principal),
        })
    }

    fn revoke(entitlement: &str, principal: &str) -> Wanted {
        Wanted::RevokeHeld {
            entitlement: entitlement.to_owned(),
            principal: ResourceKey::new("", principal),
        }
    }

    #[test]
    fn a_name_stands_for_the_id_of_what_it_means() {
        let wanted = grant(FINANCE, "user", ANA).asked();
        for (entitlement, kind, principal) in [
            (FINANCE, "user", ANA),
            (FINANCE, "", ANA),
            ("group:group-0002", "user", "User00000@example.com"),
            ("group-0002 member", "", "user:user00000@example.com"),
        ] {
            let found = resolved(grant(entitlement, kind, principal)).unwrap();
            assert_eq!(found, wanted, "{entitlement} {kind} {principal}");
        }
        let found = resolved(revoke("group:group-0002", "user00000@example.com")).unwrap();
        let grant_id = grant_id(FINANCE, &ResourceKey::new("user", ANA));
        assert_eq!(found, Change::Revoke { grant_id });
        let delete = |resource| {
            Wanted::Change(Change::Delete {
                resource: ResourceKey::new("user", resource),
            })
        };
        assert_eq!(
            resolved(delete("user00000@example.com")).unwrap(),
            delete(ANA).asked()
        );
        let lock = |user: &str| {
            Wanted::Change(Change::Invoke {
                action: "lock".to_owned(),
                arguments: Map::from_iter([
                    ("user_id".to_owned(), json!(user)),
                    ("message".to_owned(), json!("group-0001")),
                ]),
            })
        };
        assert_eq!(
            resolved(lock("user00000@example.com")).unwrap(),
            lock(ANA).asked()
        );
    }

    #[test]
    fn what_no_name_fits_is_left_and_what_several_fit_is_refused() {
        let unknown = grant("group:nobody", "user", "nobody@example.com");
        assert_eq!(resolved(unknown.clone()).unwrap(), unknown.asked());
        let number = |wanted| review_cli::Error::from(resolved(wanted).unwrap_err()).number();
        assert_eq!(number(grant("member", "user", ANA)), 9);
        assert_eq!(number(revoke("member", ANA)), 9);
        assert_eq!(number(revoke("group:group-0001", ANA)), 5, "it is not held");
    }
}
