//! Rules that every connector keeps, tried on one: its author runs them as a test.
//!
//! [`check`] reads everything twice, as an engine would, from a vendor that holds still meanwhile: a recording, a simulator,
//! a tenant of one's own. [`check_grant`] also changes something, and takes it back.
//!
//! ```no_run
//! # use connector_sdk::{Connector, ResourceKey, Result, conformance};
//! # async fn my_connector() -> Box<dyn Connector> { unimplemented!() }
//! # async fn it_keeps_the_rules() -> Result<()> {
//! let connector = my_connector().await;
//! conformance::check(&*connector).await?.assert_kept();
//! let somebody = ResourceKey::new("user", "u-2");
//! conformance::check_grant(&*connector, "team:t-1:member", &somebody).await?.assert_kept();
//! # Ok(()) }
//! ```

use crate::change::{ChangeContext, ChangeOutcome, ChangeState, ResourceProvisioner};
use crate::connector::{Connector, TypeEntry};
use crate::entitlement::EntitlementRow;
use crate::error::{Code, Error, Result};
use crate::grant::{Basis, GrantRow};
use crate::id::{ResourceKey, entitlement_id, grant_id};
use crate::page::{Page, SyncContext};
use crate::resource::ResourceRow;
use crate::subject::Subject;
use crate::token::PageToken;
use connector_proto::connector::v2;
use std::collections::{BTreeMap, BTreeSet, VecDeque};
use std::fmt;
use std::sync::Arc;

/// A rule.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
#[non_exhaustive]
pub enum Rule {
    /// It does what its [`spec`](Connector::spec) says, and its plans ask for calls that it answers.
    Description,
    /// Every listing ends: no place comes twice.
    PagesEnd,
    /// What did not change at the vendor has the same ids when it is read again.
    StableIds,
    /// Different things have different ids, and no part of an id is empty.
    DistinctIds,
    /// Whatever a row refers to is stated by a row, and is of a type that the connector has.
    KnownReferences,
    /// Every grant is of an entitlement that is stated, and one that can be changed is to a type of principal that it can be
    /// granted to.
    MatchingGrants,
    /// A change that is made twice comes to the same, says so, and shows when it is read; a dry run changes nothing.
    IdempotentChanges,
}

/// A rule that is broken, and by what.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Breach {
    /// The rule.
    pub rule: Rule,
    /// What broke it.
    pub what: String,
}

/// What was read, and which rules it breaks.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
#[non_exhaustive]
pub struct Conformance {
    /// Every breach; of many of one rule the first few.
    pub breaches: Vec<Breach>,
    /// How many resources were read.
    pub resources: usize,
    /// How many entitlements were read.
    pub entitlements: usize,
    /// How many grants were read.
    pub grants: usize,
}

impl Conformance {
    /// Whether every rule is kept.
    pub fn is_kept(&self) -> bool {
        self.breaches.is_empty()
    }

    /// Ends a test that is not.
    ///
    /// # Panics
    /// Where a rule is broken, with all of them; and where nothing was read, which proves nothing.
    #[track_caller]
    pub fn assert_kept(&self) {
        assert!(self.is_kept(), "{self}");
        assert!(self.resources > 0, "no resource was read, which proves nothing");
    }

    fn breach(&mut self, rule: Rule, what: impl Into<String>) {
        if self.breaches.iter().filter(|breach| breach.rule == rule).count() < SHOWN {
            self.breaches.push(Breach {
                rule,
                what: what.into(),
            });
        }
    }
}

impl fmt::Display for Conformance {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(
            f,
            "{} resources, {} entitlements, {} grants",
            self.resources, self.entitlements, self.grants
        )?;
        let mut breaches = self.breaches.iter();
        breaches.try_for_each(|Breach { rule, what }| write!(f, "\n{rule:?}: {what}"))
    }
}

/// How many breaches of a rule are told.
const SHOWN: usize = 10;

/// The most pages of one listing.
const MOST_PAGES: usize = 100_000;

/// Reads everything twice and tries every rule of reading.
///
/// # Errors
/// Where a call fails: then there is nothing to judge.
pub async fn check(connector: &dyn Connector) -> Result<Conformance> {
    let mut found = Conformance::default();
    if let Some(difference) = connector.spec().difference(connector) {
        found.breach(Rule::Description, difference.to_string());
    }
    connector.validate().await?;
    let first = Everything::read(connector, &mut found).await?;
    (found.resources, found.entitlements, found.grants) = (
        first.resources.len(),
        first.entitlements.len(),
        first.grants.len(),
    );
    first.distinct(&mut found);
    first.references(connector, &mut found);
    if found.breaches.iter().any(|breach| breach.rule == Rule::PagesEnd) {
        return Ok(found);
    }
    let second = Everything::read(connector, &mut found).await?;
    let (before, after) = (first.ids(), second.ids());
    for lost in before.difference(&after) {
        found.breach(
            Rule::StableIds,
            format!("{lost} is gone when everything is read again"),
        );
    }
    for new in after.difference(&before) {
        found.breach(
            Rule::StableIds,
            format!("{new} is only there when everything is read again"),
        );
    }
    Ok(found)
}

/// Gives a principal an entitlement that it does not hold, twice, and takes it away, twice. What was there before is there
/// afterwards.
///
/// # Errors
/// Where a call fails, where either is not known, and where the principal holds it already.
pub async fn check_grant(
    connector: &dyn Connector,
    entitlement: &str,
    principal: &ResourceKey,
) -> Result<Conformance> {
    let mut found = Conformance::default();
    let before = Everything::read(connector, &mut found).await?;
    let unknown = |what: String| Error::new(Code::NotFound, format!("{what} is not among what was read"));
    let row = before.entitlements.values().find(|row| row.id() == entitlement);
    let row = row.ok_or_else(|| unknown(format!("the entitlement {entitlement}")))?;
    let holder = before
        .resources
        .get(principal)
        .ok_or_else(|| unknown(principal.to_string()))?;
    let on = before
        .resources
        .get(&row.resource)
        .ok_or_else(|| unknown(row.resource.to_string()))?;
    let id = grant_id(entitlement, principal);
    if before.ids().contains(&id) {
        let message = format!("{principal} holds {entitlement} already: name somebody who does not");
        return Err(Error::new(Code::FailedPrecondition, message));
    }
    let entry = entry(connector, &row.resource.resource_type);
    let provisioner = entry.and_then(|entry| entry.provisioner);
    let provisioner = provisioner.ok_or_else(|| unknown(format!("what grants {entitlement}")))?;
    let entitlement = wire(row, &on.resource);
    let grant = v2::Grant {
        id: id.clone(),
        entitlement: Some(entitlement.clone()),
        principal: Some(holder.resource.clone()),
        ..Default::default()
    };
    let change = Changing {
        connector,
        provisioner,
        entitlement,
        grant,
        id,
    };
    change.tried(&mut found).await?;
    let after = Everything::read(connector, &mut found).await?;
    if after.ids() != before.ids() {
        found.breach(
            Rule::IdempotentChanges,
            "what was changed and taken back is not as it was",
        );
    }
    (found.resources, found.entitlements, found.grants) = (
        before.resources.len(),
        before.entitlements.len(),
        before.grants.len(),
    );
    Ok(found)
}

/// A grant that is made and revoked.
struct Changing<'a> {
    connector: &'a dyn Connector,
    provisioner: Arc<dyn ResourceProvisioner>,
    entitlement: v2::Entitlement,
    grant: v2::Grant,
    id: String,
}

impl Changing<'_> {
    async fn tried(&self, found: &mut Conformance) -> Result<()> {
        let really = ChangeContext::default();
        let only_tried = ChangeContext {
            dry_run: true,
            ..really
        };
        let planned = self.granted(&only_tried).await?;
        self.came_to("a dry run of the grant", &planned, &[ChangeState::Planned], found);
        self.shows(false, "a dry run of the grant", found).await?;
        let made = [ChangeState::Done, ChangeState::Verified];
        let first = self.granted(&really).await?;
        self.came_to("the grant", &first, &made, found);
        self.shows(true, "the grant", found).await?;
        let again = self.granted(&really).await?;
        self.came_to("the grant again", &again, &[ChangeState::AlreadySo], found);
        let planned = self.provisioner.revoke(&only_tried, &self.grant).await?;
        self.came_to(
            "a dry run of the revocation",
            &planned,
            &[ChangeState::Planned],
            found,
        );
        self.shows(true, "a dry run of the revocation", found).await?;
        let first = self.provisioner.revoke(&really, &self.grant).await?;
        self.came_to("the revocation", &first, &made, found);
        self.shows(false, "the revocation", found).await?;
        let again = self.provisioner.revoke(&really, &self.grant).await?;
        self.came_to("the revocation again", &again, &[ChangeState::AlreadySo], found);
        Ok(())
    }

    async fn granted(&self, cx: &ChangeContext) -> Result<ChangeOutcome> {
        let nobody = v2::Resource::default();
        let principal = self.grant.principal.as_ref().unwrap_or(&nobody);
        self.provisioner.grant(cx, &self.entitlement, principal).await
    }

    fn came_to(&self, what: &str, outcome: &ChangeOutcome, allowed: &[ChangeState], found: &mut Conformance) {
        if !allowed.contains(&outcome.state) {
            let told = format!(
                "{what} of {} came to {:?}, not to {allowed:?}",
                self.id, outcome.state
            );
            found.breach(Rule::IdempotentChanges, told);
        }
    }

    async fn shows(&self, is_there: bool, after: &str, found: &mut Conformance) -> Result<()> {
        let read = Everything::read(self.connector, found).await?;
        if read.ids().contains(&self.id) != is_there {
            let shows = if is_there { "does not show" } else { "shows" };
            found.breach(
                Rule::IdempotentChanges,
                format!("{} {shows} after {after}", self.id),
            );
        }
        Ok(())
    }
}

/// An entitlement as a change is handed it.
fn wire(row: &EntitlementRow, on: &v2::Resource) -> v2::Entitlement {
    v2::Entitlement {
        id: row.id(),
        slug: row.slug.clone(),
        display_name: row.display_name.finish(&on.display_name),
        resource: Some(on.clone()),
        ..Default::default()
    }
}

fn entry(connector: &dyn Connector, resource_type: &str) -> Option<TypeEntry> {
    let mut types = connector.types().into_iter();
    types.find(|entry| entry.resource_type.id == resource_type)
}

/// Everything that a connector states.
#[derive(Default)]
struct Everything {
    resources: BTreeMap<ResourceKey, ResourceRow>,
    /// By resource and name.
    entitlements: BTreeMap<(ResourceKey, String), EntitlementRow>,
    grants: Vec<GrantRow>,
    /// Whatever rows name.
    named: BTreeSet<ResourceKey>,
}

/// A call of a syncer.
#[derive(Clone, Debug, PartialEq, Eq)]
enum Call {
    List(Option<ResourceKey>),
    Entitlements(ResourceKey),
    Grants(ResourceKey),
}

impl Everything {
    /// Makes every call that the plans ask for: listings first, then what they made possible.
    async fn read(connector: &dyn Connector, found: &mut Conformance) -> Result<Self> {
        let types = connector.types();
        let mut read = Self::default();
        let mut asked = BTreeSet::new();
        let mut calls: VecDeque<(usize, Call)> = (0..types.len())
            .filter(|at| types[*at].syncer.plan().child_of.is_none())
            .map(|at| (at, Call::List(None)))
            .collect();
        while let Some((at, call)) = calls.pop_front() {
            read.call(&types[at], &call, found).await?;
            let new: Vec<_> = read
                .named
                .iter()
                .filter(|key| !asked.contains(*key))
                .cloned()
                .collect();
            for key in new {
                for (at, entry) in types.iter().enumerate() {
                    let plan = entry.syncer.plan();
                    if plan.child_of.as_deref() == Some(&key.resource_type) {
                        calls.push_front((at, Call::List(Some(key.clone()))));
                    }
                    if entry.resource_type.id == key.resource_type {
                        let entitlements = plan.entitlements.then(|| Call::Entitlements(key.clone()));
                        let grants = plan.grants.then(|| Call::Grants(key.clone()));
                        calls.extend(entitlements.into_iter().chain(grants).map(|call| (at, call)));
                    }
                }
                asked.insert(key);
            }
        }
        Ok(read)
    }

    /// Every page of a call.
    async fn call(&mut self, entry: &TypeEntry, call: &Call, found: &mut Conformance) -> Result<()> {
        let name = &entry.resource_type.id;
        let mut seen = BTreeSet::new();
        let mut tokens = vec![PageToken::first()];
        while let Some(token) = tokens.pop() {
            if !seen.insert(token.as_str().to_owned()) || seen.len() > MOST_PAGES {
                let told = format!(
                    "{call:?} of {name} does not end: its place {:?} comes again",
                    token.as_str()
                );
                found.breach(Rule::PagesEnd, told);
                return Ok(());
            }
            let page = match self.page(entry, call, &token).await {
                Ok(page) => page,
                // What only other rows name may not be there any more.
                Err(error) if error.code() == Code::NotFound && !self.is_listed(call) => return Ok(()),
                Err(error) if error.code() == Code::Unimplemented => {
                    found.breach(
                        Rule::Description,
                        format!("{call:?} of {name}: {}", error.message()),
                    );
                    return Ok(());
                }
                Err(error) => return Err(error),
            };
            tokens.extend(page.next.iter().chain(&page.also).cloned());
            self.take(page, found);
        }
        Ok(())
    }

    async fn page(&self, entry: &TypeEntry, call: &Call, token: &PageToken) -> Result<Page> {
        let cx = SyncContext::everything();
        match call {
            Call::List(parent) => entry.syncer.list(&cx, parent.as_ref(), token).await,
            Call::Entitlements(key) => entry.syncer.entitlements(&cx, &self.subject(key), token).await,
            Call::Grants(key) => entry.syncer.grants(&cx, &self.subject(key), token).await,
        }
    }

    fn subject(&self, key: &ResourceKey) -> Subject {
        let row = self.resources.get(key);
        Subject::new(key.clone(), row.and_then(|row| row.follow_up.clone()))
    }

    fn is_listed(&self, call: &Call) -> bool {
        match call {
            Call::List(None) => true,
            Call::List(Some(key)) | Call::Entitlements(key) | Call::Grants(key) => {
                self.resources.contains_key(key)
            }
        }
    }

    fn take(&mut self, page: Page, found: &mut Conformance) {
        for row in page.resources {
            let Some(key) = row.resource.id.as_ref().and_then(ResourceKey::from_proto) else {
                found.breach(
                    Rule::DistinctIds,
                    format!("{:?} has no id", row.resource.display_name),
                );
                continue;
            };
            self.named.insert(key.clone());
            match self.resources.get(&key) {
                // The one that knows it best.
                Some(known) if known.standing <= row.standing => {}
                _ => drop(self.resources.insert(key, row)),
            }
        }
        for row in page.entitlements {
            self.named.insert(row.resource.clone());
            self.entitlements
                .insert((row.resource.clone(), row.slug.clone()), row);
        }
        for row in page.grants {
            self.named.extend([row.resource.clone(), row.principal.clone()]);
            self.grants.push(row);
        }
    }

    /// The ids as artifacts have them.
    fn ids(&self) -> BTreeSet<String> {
        let resources = self.resources.keys().map(ResourceKey::to_string);
        let entitlements = self.entitlements.values().map(EntitlementRow::id);
        let grants = self
            .grants
            .iter()
            .map(|row| grant_id(&row.entitlement_id(), &row.principal));
        resources.chain(entitlements).chain(grants).collect()
    }

    /// That no two things have one id.
    fn distinct(&self, found: &mut Conformance) {
        let mut known: BTreeMap<String, (&ResourceKey, &str)> = BTreeMap::new();
        for (key, slug) in self.entitlements.keys() {
            if slug.is_empty() {
                found.breach(Rule::DistinctIds, format!("an entitlement of {key} has no name"));
            }
            let id = entitlement_id(key, slug);
            match known.insert(id.clone(), (key, slug)) {
                Some((other, named)) if (other, named) != (key, slug) => {
                    let told = format!("{id} is {named:?} on {other:?} and {slug:?} on {key:?}");
                    found.breach(Rule::DistinctIds, told);
                }
                _ => {}
            }
        }
        let empty = self
            .named
            .iter()
            .filter(|key| key.resource.is_empty() || key.resource_type.is_empty());
        for key in empty {
            found.breach(Rule::DistinctIds, format!("{key} has an empty part"));
        }
    }

    /// That rows refer to what is there.
    fn references(&self, connector: &dyn Connector, found: &mut Conformance) {
        let types: BTreeSet<String> = connector
            .types()
            .into_iter()
            .map(|entry| entry.resource_type.id)
            .collect();
        for key in &self.named {
            if !types.contains(&key.resource_type) {
                found.breach(
                    Rule::KnownReferences,
                    format!("{key} is of no type of this connector"),
                );
            } else if !self.resources.contains_key(key) {
                found.breach(
                    Rule::KnownReferences,
                    format!("{key} is named, and no row states it"),
                );
            }
        }
        for (key, row) in &self.resources {
            let parent = row
                .resource
                .parent_resource_id
                .as_ref()
                .and_then(ResourceKey::from_proto);
            if let Some(parent) = parent.filter(|parent| !self.resources.contains_key(parent)) {
                found.breach(
                    Rule::KnownReferences,
                    format!("the parent {parent} of {key} is not stated"),
                );
            }
        }
        for row in self.entitlements.values() {
            for to in row.grantable_to.iter().filter(|to| !types.contains(*to)) {
                let told = format!(
                    "{} can be granted to {to}, and this connector has no such type",
                    row.id()
                );
                found.breach(Rule::KnownReferences, told);
            }
        }
        let ids: BTreeSet<String> = self.entitlements.values().map(EntitlementRow::id).collect();
        for row in &self.grants {
            self.matches(row, found);
            for through in row.expandable.iter().flat_map(|through| &through.entitlement_ids) {
                if !ids.contains(through) {
                    let told = format!(
                        "a grant to {} goes on through {through}, which is not stated",
                        row.principal
                    );
                    found.breach(Rule::KnownReferences, told);
                }
            }
        }
    }

    /// That a grant is of an entitlement that is there, and that its principal can hold.
    fn matches(&self, row: &GrantRow, found: &mut Conformance) {
        let (id, principal) = (row.entitlement_id(), &row.principal);
        match self.entitlements.get(&(row.resource.clone(), row.slug.clone())) {
            None => found.breach(
                Rule::MatchingGrants,
                format!("{principal} holds {id}, and no row states that entitlement"),
            ),
            // What nobody can change, or what is only the effect of other grants, may be held by whoever the vendor says.
            Some(entitlement)
                if row.basis == (Basis::Stated { immutable: false })
                    && !entitlement.grantable_to.is_empty()
                    && !entitlement.grantable_to.contains(&principal.resource_type) =>
            {
                let told = format!(
                    "{principal} holds {id}, which can be granted to {} alone",
                    entitlement.grantable_to.join(", ")
                );
                found.breach(Rule::MatchingGrants, told);
            }
            Some(_) => {}
        }
    }
}
