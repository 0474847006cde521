//! A page as the writer takes it: what it names is numbered within the page, and resources are encoded already.
//!
//! This is done by the call that read the page, many at a time, so that the one writer looks each name up once a page and
//! a page that waits for it is small.

use crate::error::SyncError;
use crate::merge::flag;
use crate::redact::Redactor;
use connector_proto::connector::v2;
use connector_sdk::{
    Basis, EntitlementRow, Expandable, Facts, FollowUp, GrantRow, Notice, Page, PageToken, ResourceKey, Text,
};
use prost::Message;
use std::collections::{BTreeSet, HashMap};
use std::hash::{DefaultHasher, Hash, Hasher};

#[derive(Default)]
pub(crate) struct StagedPage {
    /// Every resource that a row names.
    pub(super) keys: Vec<ResourceKey>,
    pub(super) statements: Vec<Statement>,
    /// Every entitlement that a row names: the place of its resource among the keys, and its slug.
    pub(super) named: Vec<(u32, String)>,
    /// Rows about entitlements, each with the place of its entitlement.
    pub(super) entitlements: Vec<(u32, EntitlementRow)>,
    pub(super) facts: Vec<Facts>,
    pub(super) expandables: Vec<Expandable>,
    pub(super) grants: Vec<Grant>,
    pub(super) notices: Vec<Notice>,
    pub(super) next: Option<PageToken>,
    pub(super) also: Vec<PageToken>,
    pub(super) unread: bool,
    pub(super) gone: bool,
}

/// A row about a resource, by the place of its key in the page.
pub(super) struct Statement {
    pub(super) of: u32,
    pub(super) rank: u16,
    pub(super) body: Vec<u8>,
    pub(super) follow_up: Option<FollowUp>,
    /// A hash of both.
    pub(super) hash: u64,
}

/// A grant by places in the page; facts and expandables count from 1, and 0 is none.
#[derive(Clone, Copy)]
pub(super) struct Grant {
    pub(super) on: u32,
    pub(super) to: u32,
    pub(super) flags: u8,
    pub(super) facts: u32,
    pub(super) expandable: u32,
}

/// The kind of the finding that the vendor echoes a credential of the run in a row.
const ECHOED: &str = "echoed_credentials";

impl StagedPage {
    /// Numbers what the rows of a page name, and encodes its resources, without the credentials of the run.
    ///
    /// # Errors
    /// [`SyncError::BadRow`] for a resource without an id, [`SyncError::SecretInId`] for one whose id holds a credential, and
    /// for a cursor that does.
    pub(crate) fn encode(page: Page, redactor: &Redactor) -> Result<Self, SyncError> {
        let Page {
            resources,
            mut entitlements,
            mut grants,
            mut notices,
            next,
            also,
            unread,
            gone,
        } = page;
        let mut numbering = Numbering::default();
        let mut echoed = BTreeSet::new();
        let cursors = next.iter().chain(&also).map(PageToken::as_str);
        check(redactor, cursors, || "the cursor of a listing".to_owned())?;
        notices
            .iter_mut()
            .for_each(|notice| redactor.clean_notice(notice));
        for row in &mut entitlements {
            let of = &row.resource;
            check_ids(
                redactor,
                &of.resource_type,
                [of.resource.as_str(), row.slug.as_str()],
            )?;
            if clean_entitlement(redactor, row) {
                echoed.insert(row.resource.to_string());
            }
        }
        for row in &mut grants {
            let (of, principal) = (&row.resource, &row.principal);
            check_ids(redactor, &principal.resource_type, [principal.resource.as_str()])?;
            check_ids(
                redactor,
                &of.resource_type,
                [of.resource.as_str(), row.slug.as_str()],
            )?;
            let sources = row.expandable.iter().flat_map(|source| &source.entitlement_ids);
            check_ids(redactor, &principal.resource_type, sources.map(String::as_str))?;
            if redactor.clean_facts(&mut row.facts) {
                echoed.insert(row.principal.to_string());
            }
        }
        let statements = resources
            .into_iter()
            .map(|mut row| {
                let ids = [row.resource.id.as_ref(), row.resource.parent_resource_id.as_ref()];
                for id in ids.into_iter().flatten() {
                    check_ids(redactor, &id.resource_type, [id.resource.as_str()])?;
                }
                let mut body = row.resource.encode_to_vec();
                let mut is_echo = redactor.overwrite(&mut body);
                if is_echo {
                    row.resource = v2::Resource::decode(&*body).map_err(|error| {
                        SyncError::BadRow(format!("a resource that holds a credential: {error}"))
                    })?;
                }
                // What later calls need may have the name of the resource; its id was looked at above.
                if let Some(state) = &row.follow_up {
                    let mut state = state.as_str().to_owned();
                    if redactor.clean(&mut state) {
                        row.follow_up = Some(FollowUp::from_text(state));
                        is_echo = true;
                    }
                }
                let key = row.resource.id.as_ref().and_then(ResourceKey::from_proto);
                let key = key.ok_or_else(|| SyncError::BadRow("a resource without an id".into()))?;
                if is_echo {
                    echoed.insert(key.to_string());
                }
                Ok(Statement {
                    of: numbering.keys.place(key),
                    rank: row.standing.rank(),
                    hash: hash(&(&body, &row.follow_up)),
                    body,
                    follow_up: row.follow_up,
                })
            })
            .collect::<Result<_, SyncError>>()?;
        notices.extend(echoed.into_iter().map(|subject| {
            let detail = "a text of it holds a credential of this run, which is overwritten with asterisks";
            Notice::fact(ECHOED, subject, detail)
        }));
        let entitlements = entitlements
            .into_iter()
            .map(|row| (numbering.entitlement(row.resource.clone(), row.slug.clone()), row))
            .collect();
        let grants = grants.into_iter().map(|row| numbering.grant(row)).collect();
        let Numbering {
            keys,
            named,
            facts,
            expandables,
        } = numbering;
        Ok(Self {
            keys: keys.in_order(),
            statements,
            named: named.in_order(),
            entitlements,
            facts: facts.in_order(),
            expandables: expandables.in_order(),
            grants,
            notices,
            next,
            also,
            unread,
            gone,
        })
    }

    pub(crate) fn next(&self) -> Option<&PageToken> {
        self.next.as_ref().filter(|token| !token.is_first())
    }
}

/// Refuses an id that holds a credential: overwritten, it would be that of something else, and kept, it would give the
/// credential away.
fn check_ids<'a>(
    redactor: &Redactor,
    resource_type: &str,
    ids: impl IntoIterator<Item = &'a str>,
) -> Result<(), SyncError> {
    check(redactor, ids, || format!("the id of a {resource_type}"))
}

fn check<'a>(
    redactor: &Redactor,
    texts: impl IntoIterator<Item = &'a str>,
    what: impl FnOnce() -> String,
) -> Result<(), SyncError> {
    match texts.into_iter().any(|text| redactor.finds(text)) {
        true => Err(SyncError::SecretInId { what: what() }),
        false => Ok(()),
    }
}

fn clean_entitlement(redactor: &Redactor, row: &mut EntitlementRow) -> bool {
    let clean = |text: &mut Text| match text {
        Text::Fixed(text) => redactor.clean(text),
        Text::Around(before, after) => redactor.clean(before) | redactor.clean(after),
    };
    clean(&mut row.display_name) | clean(&mut row.description)
}

#[derive(Default)]
struct Numbering {
    keys: Places<ResourceKey>,
    named: Places<(u32, String)>,
    facts: Places<Facts>,
    expandables: Places<Expandable>,
}

impl Numbering {
    fn entitlement(&mut self, on: ResourceKey, slug: String) -> u32 {
        let on = self.keys.place(on);
        self.named.place((on, slug))
    }

    fn grant(&mut self, row: GrantRow) -> Grant {
        let basis = match row.basis {
            Basis::Stated { immutable: true } => flag::STATED | flag::IMMUTABLE,
            Basis::Stated { immutable: false } => flag::STATED,
            Basis::Conditional { changeable: true } => 0,
            Basis::Conditional { changeable: false } => flag::IMMUTABLE,
        };
        Grant {
            flags: basis | if row.dormant { flag::DORMANT } else { 0 },
            facts: match row.facts.is_empty() {
                true => 0,
                false => self.facts.place(row.facts) + 1,
            },
            expandable: row.expandable.map_or(0, |e| self.expandables.place(e) + 1),
            on: self.entitlement(row.resource, row.slug),
            to: self.keys.place(row.principal),
        }
    }
}

/// Distinct values, and the place of each.
struct Places<T>(HashMap<T, u32>);

impl<T> Default for Places<T> {
    fn default() -> Self {
        Self(HashMap::new())
    }
}

impl<T: Hash + Eq> Places<T> {
    fn place(&mut self, value: T) -> u32 {
        let next = u32::try_from(self.0.len()).unwrap_or(u32::MAX);
        *self.0.entry(value).or_insert(next)
    }

    fn in_order(self) -> Vec<T> {
        let mut values: Vec<(T, u32)> = self.0.into_iter().collect();
        values.sort_unstable_by_key(|(_, place)| *place);
        values.into_iter().map(|(value, _)| value).collect()
    }
}

fn hash(value: &impl Hash) -> u64 {
    let mut hasher = DefaultHasher::new();
    value.hash(&mut hasher);
    hasher.finish()
}
