//! Names in the place of ids: what a person calls an account, an entitlement, a resource, by the artifact that the change
//! looks ids up in. An id that is there always wins. Only the command line has this: a platform gives ids.

use crate::error::{Error, Result};
use crate::outcome::Outcome;
use crate::review;
use access_review::{Filter, Meant, Review, ReviewError};
use c1z_file::ReadOptions;
use connector_runtime::change::Change;
use connector_runtime::to_the_second;
use connector_sdk::{Code, Connector, ResourceKey, grant_id};
use serde_json::Value;
use std::path::{Path, PathBuf};

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

    /// The change by ids, with what the names in it mean, to be told beside its result. What no name fits is left as it is:
    /// whoever looks it up says that it is not there.
    ///
    /// # Errors
    /// [`Outcome::Refused`] where a name fits several things, naming them, and where what it means goes by another name now;
    /// [`Outcome::NotFound`] where nobody has an address, and where somebody does not hold what is to be taken away; and where
    /// the vendor cannot be asked what goes by the name now.
    pub(crate) async fn by_ids(
        self,
        artifact: PathBuf,
        temp_dirs: Vec<PathBuf>,
        connector: &dyn Connector,
    ) -> Result<(Change, Vec<String>)> {
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
            let references = references.unwrap_or_default();
            match Review::open(&artifact, options, None) {
                Ok(review) => Names::of(&review, &artifact).by_ids(self, &references),
                Err(error) => self.without_names(&error.into(), &artifact, &references),
            }
        });
        let resolved = resolved.await.map_err(|error| {
            Error::new(Outcome::NotUnderstood, format!("cannot look names up: {error}"))
        })??;
        let mut notes = Vec::new();
        for meant in &resolved.meant {
            notes.push(still_so(connector, meant, &resolved.place).await?);
        }
        Ok((resolved.change, notes))
    }

    /// The change where no names can be looked up. A change that needs an artifact says itself what is wrong with it.
    fn without_names(
        self,
        error: &review_cli::Error,
        artifact: &Path,
        references: &[(&str, &str)],
    ) -> Result<Resolved> {
        let change = self.asked();
        let is_a_name = |text: &&str| text.contains(|letter: char| letter == '@' || letter.is_whitespace());
        let name = match &change {
            Change::Delete { resource } => Some(&*resource.resource).filter(is_a_name),
            Change::Invoke { arguments, .. } => {
                let mut texts = references
                    .iter()
                    .filter_map(|(name, _)| arguments.get(*name)?.as_str());
                texts.find(is_a_name)
            }
            _ => None,
        };
        let Some(name) = name else {
            return Ok(Resolved::of(change));
        };
        let (told, path) = (review::error(error), artifact.display());
        let (outcome, why) = match told.outcome() {
            Outcome::NotFound => (Outcome::NotFound, format!("there is no artifact at {path}")),
            outcome => (outcome, told.message().to_owned()),
        };
        Err(Error::new(
            outcome,
            format!("{name:?} is a name that cannot be looked up: {why}"),
        )
        .with_hint("Sync first, name the artifact of a sync, or give the id"))
    }
}

/// A change by ids.
#[derive(Debug)]
struct Resolved {
    change: Change,
    /// What the names in it mean.
    meant: Vec<Meant>,
    /// Where they were looked up.
    place: String,
}

impl Resolved {
    fn of(change: Change) -> Self {
        Self {
            change,
            meant: Vec::new(),
            place: String::new(),
        }
    }
}

/// What a name means, for people. The artifact may be old, and whoever gives a name means what goes by it now: what the vendor
/// shows under another one is not changed.
async fn still_so(connector: &dyn Connector, meant: &Meant, place: &str) -> Result<String> {
    let key = meant.key();
    let types = connector.types();
    let entry = types
        .iter()
        .find(|entry| entry.resource_type.id == key.resource_type);
    let now = match entry.and_then(|entry| entry.getter.clone()) {
        Some(getter) => match getter.get(key).await {
            Ok(row) => Some(row.resource),
            // The change itself says what is gone.
            Err(error) if matches!(error.code(), Code::NotFound | Code::Unimplemented) => None,
            Err(error) => return Err(Error::connector(&error)),
        },
        None => None,
    };
    match now
        .as_ref()
        .map(|now| (meant.is_still(now), Meant::names_of(now)))
    {
        Some((Some(true), _)) => Ok(format!("{meant} in {place} and now")),
        Some((Some(false), names)) => {
            let message = format!("{meant} in {place}, but {key} is {names:?} now");
            Err(Error::new(Outcome::Refused, message)
                .with_hint("Nothing was sent. Sync again, or give the id of what you mean"))
        }
        Some((None, _)) | None => Ok(format!("{meant} in {place}; whether it still is cannot be read")),
    }
}

/// Names, as an artifact has them.
struct Names<'a> {
    review: &'a Review,
    place: String,
    meant: Vec<Meant>,
}

impl<'a> Names<'a> {
    fn of(review: &'a Review, artifact: &Path) -> Self {
        let ended_at = review.sync().ended_at.as_deref().unwrap_or_default();
        Self {
            review,
            place: format!("{} as of {}", artifact.display(), to_the_second(ended_at)),
            meant: Vec::new(),
        }
    }

    fn by_ids(mut self, wanted: Wanted, references: &[(&str, &str)]) -> Result<Resolved> {
        let change = match wanted {
            Wanted::Change(Change::Grant {
                entitlement_id,
                principal,
            }) => {
                let entitlement_id = self.entitlement_if_there(entitlement_id)?;
                Change::Grant {
                    principal: self.holder(&entitlement_id, principal)?,
                    entitlement_id,
                }
            }
            Wanted::RevokeHeld {
                entitlement: named,
                principal,
            } => {
                let id = self.entitlement(&named).map_err(told)?;
                let holder = self.holder(&id, principal)?;
                let held = self.review.grant_of_both(&id, &holder);
                Change::Revoke {
                    grant_id: held.map_err(|error| self.not_held(error))?.id,
                }
            }
            Wanted::Change(Change::Delete { resource }) => Change::Delete {
                resource: self.resource(resource)?,
            },
            Wanted::Change(Change::Invoke {
                action,
                mut arguments,
            }) => {
                for (argument, resource_type) in references {
                    if let Some(Value::String(text)) = arguments.get_mut(*argument) {
                        *text = self.resource(ResourceKey::new(*resource_type, &**text))?.resource;
                    }
                }
                Change::Invoke { action, arguments }
            }
            Wanted::Change(change) => change,
        };
        Ok(Resolved {
            change,
            meant: self.meant,
            place: self.place,
        })
    }

    fn entitlement(&mut self, text: &str) -> Result<String, ReviewError> {
        let id = self.review.entitlement_named(text)?;
        self.meant.extend(self.review.entitlement_meant(text, &id)?);
        Ok(id)
    }

    fn entitlement_if_there(&mut self, text: String) -> Result<String> {
        match self.entitlement(&text) {
            Err(ReviewError::NotFound { .. }) => Ok(text),
            named => named.map_err(told),
        }
    }

    /// Who holds an entitlement, or is to: of the type that was given, else of those to which it can be granted.
    fn holder(&mut self, entitlement_id: &str, named: ResourceKey) -> Result<ResourceKey> {
        if !named.resource_type.is_empty() {
            return self.resource(named);
        }
        let known = self.review.entitlement(entitlement_id).map_err(told)?;
        let grantable_to = known.iter().flat_map(|known| &known.message().grantable_to);
        self.of_types(grantable_to.map(|kind| kind.id.clone()).collect(), named)
    }

    fn resource(&mut self, named: ResourceKey) -> Result<ResourceKey> {
        self.of_types(vec![named.resource_type.clone()], named)
    }

    fn of_types(&mut self, resource_types: Vec<String>, named: ResourceKey) -> Result<ResourceKey> {
        let text = &named.resource;
        let filter = Filter {
            resource_types,
            ..Filter::default()
        };
        match self.review.resource_named(text, &filter) {
            Ok(key) => {
                self.meant
                    .extend(self.review.resource_meant(text, &key).map_err(told)?);
                Ok(key)
            }
            // Nothing close is offered: anybody can call himself like the address of another.
            Err(ReviewError::NotFound { .. }) if text.contains('@') => {
                let message = format!("nobody has the address {text:?} in {}", self.place);
                Err(Error::new(Outcome::NotFound, message).with_hint(
                    "An account whose address is hidden cannot be named by it. Sync again, or give the id",
                ))
            }
            Err(ReviewError::NotFound { .. }) => Ok(named),
            Err(error) => Err(told(error)),
        }
    }

    /// That something is not in the artifact proves nothing about what is there now.
    fn not_held(&self, error: ReviewError) -> Error {
        match error {
            ReviewError::NotHeld { .. } => {
                let message = format!("{error} in {}", self.place);
                Error::new(Outcome::NotFound, message).with_hint(
                    "This is no proof that it is not held now: sync again, and revoke what the new artifact has",
                )
            }
            error => told(error),
        }
    }
}

fn told(error: ReviewError) -> Error {
    review::error(&error.into())
}

#[cfg(test)]
mod tests {
    use super::*;
    use async_trait::async_trait;
    use connector_sdk::proto::connector::v2;
    use connector_sdk::{
        ConnectorSpec, Page, PageToken, Parent, Plan, ResourceBuilder, ResourceGetter, ResourceRow,
        ResourceSyncer, Standing, SyncContext, TypeEntry, resource_type,
    };
    use serde_json::{Map, json};
    use std::sync::Arc;

    const FINANCE: &str = "group:00000002-aaaa-4aaa-8aaa-000000000002:member";
    const ANA: &str = "712020:00000000-0000-4000-8000-000000000000";

    fn resolved(wanted: Wanted) -> Result<Change> {
        let sample = Path::new("../c1z-file/tests/fixtures/reference-sqlite-tiny.c1z");
        let review = Review::open(sample, ReadOptions::default(), None).map_err(told)?;
        let resolved = Names::of(&review, sample).by_ids(wanted, &[("user_id", "user")]);
        resolved.map(|resolved| resolved.change)
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
            (FINANCE, "user", "user:user00000@example.com"),
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
        let unknown = grant("group:nobody", "user", "nobody");
        assert_eq!(resolved(unknown.clone()).unwrap(), unknown.asked());
        let number = |wanted| resolved(wanted).unwrap_err().outcome().number();
        assert_eq!(number(grant(FINANCE, "user", "nobody@example.com")), 5);
        assert_eq!(number(grant("member", "user", ANA)), 9);
        assert_eq!(number(revoke("member", ANA)), 9);
        assert_eq!(number(revoke("group:group-0001", ANA)), 5, "it is not held");
    }

    /// Accounts and groups, all of which are as this resource now.
    #[derive(Clone, Debug)]
    struct Now(Result<v2::Resource, Code>);

    #[async_trait]
    impl ResourceGetter for Now {
        async fn get(&self, _: &ResourceKey) -> connector_sdk::Result<ResourceRow> {
            let now = self.0.clone();
            let resource = now.map_err(|code| connector_sdk::Error::new(code, "it cannot be read"))?;
            Ok(ResourceRow {
                standing: Standing::Listed,
                resource,
                follow_up: None,
            })
        }
    }

    #[async_trait]
    impl ResourceSyncer for Now {
        fn plan(&self) -> Plan {
            Plan::default()
        }

        async fn list(&self, _: &SyncContext, _: Parent<'_>, _: &PageToken) -> connector_sdk::Result<Page> {
            Ok(Page::empty())
        }
    }

    #[async_trait]
    impl Connector for Now {
        fn spec(&self) -> ConnectorSpec {
            ConnectorSpec::default()
        }

        fn types(&self) -> Vec<TypeEntry> {
            let entry = |id| TypeEntry {
                getter: Some(Arc::new(self.clone())),
                ..TypeEntry::new(resource_type(id, id, &[]), Arc::new(self.clone()))
            };
            vec![entry("user"), entry("group")]
        }
    }

    /// By ids, where everything that is named is as this now.
    fn compared(wanted: Wanted, now: Result<v2::Resource, Code>) -> Result<(Change, Vec<String>)> {
        let sample = PathBuf::from("../c1z-file/tests/fixtures/reference-sqlite-tiny.c1z");
        let runtime = tokio::runtime::Builder::new_current_thread().build().unwrap();
        runtime.block_on(wanted.by_ids(sample, Vec::new(), &Now(now)))
    }

    #[test]
    fn what_goes_by_another_name_now_is_not_changed() {
        let now = |name: &str, email: &str| {
            let row = ResourceBuilder::new(ResourceKey::new("user", ANA), name);
            Ok(row.user(|user| user.email(email, true)).listed().resource)
        };
        let named = || grant(FINANCE, "user", "user00000@example.com");
        let (change, notes) = compared(named(), now("Ana", "user00000@example.com")).unwrap();
        assert_eq!(change, grant(FINANCE, "user", ANA).asked());
        assert!(
            notes[0].starts_with(&format!("\"user00000@example.com\" is \"user:{ANA}\" ("))
                && notes[0].contains("user00000@example.com) in ")
                && notes[0].ends_with(" and now"),
            "{notes:?}"
        );
        let error = compared(named(), now("Ana", "bo@example.com")).unwrap_err();
        assert_eq!(error.outcome(), Outcome::Refused);
        assert!(
            error
                .to_string()
                .contains(&format!("but user:{ANA} is \"Ana, bo@example.com\" now")),
            "{error}"
        );
        let group = grant("group:group-0002", "user", ANA);
        let error = compared(group.clone(), now("super-admins", "")).unwrap_err();
        assert_eq!(error.outcome(), Outcome::Refused, "{error}");
        // What is gone is for the change itself to say, and what is named by its id is not compared.
        let (_, notes) = compared(group.clone(), Err(Code::NotFound)).unwrap();
        assert!(
            notes[0].ends_with("whether it still is cannot be read"),
            "{notes:?}"
        );
        let (_, notes) = compared(grant(FINANCE, "user", ANA), now("Bo", "")).unwrap();
        assert_eq!(notes, Vec::<String>::new());
        let error = compared(group, Err(Code::Unavailable)).unwrap_err();
        assert_eq!(error.outcome().number(), 14);
    }
}
