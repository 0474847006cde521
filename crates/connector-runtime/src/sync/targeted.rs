//! Syncs of single resources: the connector, restricted to them.
//!
//! A target is read by its id instead of being found in a listing. Then everything is as in a full sync: the calls about it
//! are made, and those about what its rows lead to, as far as that explains its access: a group that an account is in is asked
//! what it gives, and not who else is in it. What entitlements are on is read by its id as well.

use async_trait::async_trait;
use connector_sdk::{
    Code, Connector, ConnectorSpec, Notice, Page, PageToken, Parent, Plan, ResourceGetter, ResourceKey,
    ResourceSyncer, Result, Standing, Subject, SyncContext, Tenant, TypeEntry,
};
use serde::{Deserialize, Serialize};
use std::collections::{BTreeMap, BTreeSet};
use std::fmt;
use std::sync::Arc;

/// A connector that has these resources alone.
#[derive(Debug)]
pub(super) struct Targeted {
    connector: Arc<dyn Connector>,
    targets: Arc<BTreeSet<ResourceKey>>,
}

impl Targeted {
    pub(super) fn new(connector: Arc<dyn Connector>, targets: BTreeSet<ResourceKey>) -> Self {
        Self {
            connector,
            targets: Arc::new(targets),
        }
    }
}

#[async_trait]
impl Connector for Targeted {
    fn spec(&self) -> ConnectorSpec {
        self.connector.spec()
    }

    fn types(&self) -> Vec<TypeEntry> {
        let entries = self.connector.types();
        let getters: Getters = entries
            .iter()
            .filter_map(|entry| Some((entry.resource_type.id.clone(), entry.getter.clone()?)))
            .collect();
        let (getters, all) = (Arc::new(getters), all_types(&entries));
        entries
            .into_iter()
            .map(|entry| {
                let syncer = OfTargets {
                    resource_type: entry.resource_type.id.clone(),
                    syncer: entry.syncer,
                    getters: Arc::clone(&getters),
                    targets: Arc::clone(&self.targets),
                    all: Arc::clone(&all),
                };
                TypeEntry {
                    syncer: Arc::new(syncer),
                    ..entry
                }
            })
            .collect()
    }

    fn tenant(&self) -> Option<Tenant> {
        self.connector.tenant()
    }

    async fn validate(&self) -> Result<Vec<Notice>> {
        self.connector.validate().await
    }
}

type Getters = BTreeMap<String, Arc<dyn ResourceGetter>>;

/// Every type, and whether its resources are listed with parents.
type AllTypes = Arc<BTreeMap<String, bool>>;

fn all_types(entries: &[TypeEntry]) -> AllTypes {
    let of = |entry: &TypeEntry| {
        (
            entry.resource_type.id.clone(),
            entry.syncer.plan().child_of.is_some(),
        )
    };
    Arc::new(entries.iter().map(of).collect())
}

/// The resources of one type, as far as they are targets or explain what targets hold.
struct OfTargets {
    resource_type: String,
    syncer: Arc<dyn ResourceSyncer>,
    getters: Arc<Getters>,
    targets: Arc<BTreeSet<ResourceKey>>,
    all: AllTypes,
}

/// Where the calls about one resource stand: in its own listing, or beside it.
#[derive(Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
enum Place {
    Own(PageToken),
    Beside(PageToken),
}

impl Default for Place {
    fn default() -> Self {
        Self::Own(PageToken::first())
    }
}

impl Place {
    fn of(token: &PageToken) -> Result<Self> {
        Ok(token.state::<Option<Self>>()?.unwrap_or_default())
    }

    /// The page with its further tokens at this kind of place.
    fn in_it(mut page: Page, place: fn(PageToken) -> Self) -> Result<Page> {
        let token = |token: PageToken| PageToken::of_state(&place(token));
        page.next = page.next.filter(|next| !next.is_first()).map(token).transpose()?;
        page.also = page.also.into_iter().map(token).collect::<Result<_>>()?;
        Ok(page)
    }
}

impl OfTargets {
    /// The targets that the listing of this type states: its own, and in the first of all listings those of types that are
    /// otherwise listed with parents.
    fn listed(&self) -> Vec<&ResourceKey> {
        let mut at_top = self.all.iter().filter(|(_, with_parents)| !**with_parents);
        let is_first = at_top
            .next()
            .is_some_and(|(first, _)| *first == self.resource_type);
        let is_here = |key: &&ResourceKey| {
            key.resource_type == self.resource_type
                || (is_first && self.all.get(&key.resource_type) == Some(&true))
        };
        self.targets.iter().filter(is_here).collect()
    }

    /// What is asked about a resource: of a target everything, of any other what it holds itself. Who is of the type of a
    /// target and holds something on it, is not asked for.
    fn about(&self, cx: &SyncContext, resource: &Subject) -> SyncContext {
        if self.targets.contains(resource.key()) {
            return cx.clone();
        }
        let is_of_target = |of: &String| self.targets.iter().any(|target| target.resource_type == *of);
        let rest = self.all.keys().filter(|of| cx.wants(of));
        cx.narrowed(
            rest.filter(|of| **of == self.resource_type || !is_of_target(of))
                .cloned()
                .collect(),
        )
    }

    fn getter(&self, resource_type: &str) -> Option<&Arc<dyn ResourceGetter>> {
        self.getters.get(resource_type)
    }

    /// A resource that only a grant names, as it is.
    async fn named(&self, cx: &SyncContext, resource: &Subject) -> Result<Page> {
        let ResourceKey {
            resource_type,
            resource: id,
        } = resource.key();
        let Some(getter) = self
            .getter(resource_type)
            .filter(|_| !cx.is_stated(resource_type, id, Standing::Listed))
        else {
            return Ok(Page::empty());
        };
        match getter.get(resource.key()).await {
            Ok(row) => Ok(Page {
                resources: vec![row],
                ..Page::empty()
            }),
            // No listing would have it either.
            Err(error) if matches!(error.code(), Code::NotFound | Code::Unimplemented) => Ok(Page::empty()),
            Err(error) => Err(error),
        }
    }
}

#[async_trait]
impl ResourceSyncer for OfTargets {
    fn plan(&self) -> Plan {
        let plan = self.syncer.plan();
        Plan {
            entitlements: plan.entitlements || self.getter(&self.resource_type).is_some(),
            must_exist: false,
            ..plan
        }
    }

    async fn list(&self, cx: &SyncContext, parent: Parent<'_>, token: &PageToken) -> Result<Page> {
        if let Some(parent) = parent {
            return match self.targets.contains(parent) {
                true => self.syncer.list(cx, Some(parent), token).await,
                false => Ok(Page::empty()),
            };
        }
        let (at, listed) = (token.state::<usize>()?, self.listed());
        let Some(target) = listed.get(at) else {
            return Ok(Page::empty());
        };
        let missing = || {
            let message = format!(
                "resources of type {} cannot be read one by one",
                target.resource_type
            );
            connector_sdk::Error::new(Code::Unimplemented, message)
        };
        let row = self
            .getter(&target.resource_type)
            .ok_or_else(missing)?
            .get(target)
            .await?;
        Ok(Page {
            resources: vec![row],
            next: (at + 1 < listed.len())
                .then(|| PageToken::of_state(&(at + 1)))
                .transpose()?,
            ..Page::empty()
        })
    }

    async fn entitlements(&self, cx: &SyncContext, resource: &Subject, token: &PageToken) -> Result<Page> {
        let is_target = self.targets.contains(resource.key());
        let own = match Place::of(token)? {
            Place::Own(token) => token,
            Place::Beside(token) => {
                let Some(getter) = self.getter(&self.resource_type) else {
                    return Ok(Page::empty());
                };
                return Place::in_it(getter.beside(cx, resource, &token).await?, Place::Beside);
            }
        };
        let page = match self.syncer.plan().entitlements {
            true => self.syncer.entitlements(cx, resource, &own).await?,
            false => Page::empty(),
        };
        let mut page = Place::in_it(page, Place::Own)?;
        if token.is_first() && is_target {
            page.also
                .push(PageToken::of_state(&Place::Beside(PageToken::first()))?);
        } else if token.is_first() {
            page.resources.extend(self.named(cx, resource).await?.resources);
        }
        Ok(page)
    }

    async fn grants(&self, cx: &SyncContext, resource: &Subject, token: &PageToken) -> Result<Page> {
        self.syncer
            .grants(&self.about(cx, resource), resource, token)
            .await
    }
}

impl fmt::Debug for OfTargets {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("OfTargets")
            .field("resource_type", &self.resource_type)
            .finish_non_exhaustive()
    }
}
