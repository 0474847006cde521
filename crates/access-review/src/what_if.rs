//! What access would remain after a revocation.

use crate::error::ReviewError;
use crate::held::{Held, Source};
use crate::joined::JoinedGrant;
use crate::list::Filter;
use crate::review::Review;
use connector_sdk::ResourceKey;
use std::collections::{BTreeMap, BTreeSet, VecDeque};
use std::rc::Rc;

/// What would follow if a grant were revoked.
#[derive(Debug)]
#[non_exhaustive]
pub struct WhatIf {
    /// The grant that would be revoked.
    pub revoked: JoinedGrant,
    /// Everything that somebody would then hold otherwise or no more, the revoked grant first.
    pub effects: Vec<Effect>,
}

/// A grant that would be otherwise, or no more.
#[derive(Debug)]
#[non_exhaustive]
pub struct Effect {
    /// The grant as it is.
    pub grant: JoinedGrant,
    /// How it would be held; none where it would be gone.
    pub after: Option<Held>,
}

impl Review {
    /// The grant of an entitlement to a principal.
    ///
    /// # Errors
    /// [`ReviewError::NotHeld`] where there is none, [`ReviewError::Read`]
    pub fn grant_of_both(
        &self,
        entitlement_id: &str,
        holder: &ResourceKey,
    ) -> Result<JoinedGrant, ReviewError> {
        let filter = Filter {
            principal: Some(holder.clone()),
            entitlement_id: Some(entitlement_id.to_owned()),
            ..Filter::default()
        };
        self.grants(&filter).next().unwrap_or_else(|| {
            Err(ReviewError::NotHeld {
                holder: self.subject(holder)?.shown().to_owned(),
                entitlement_id: entitlement_id.to_owned(),
            })
        })
    }

    /// A grant by its id.
    ///
    /// # Errors
    /// [`ReviewError::NotFound`], [`ReviewError::Read`]
    pub fn grant_by_id(&self, id: &str) -> Result<JoinedGrant, ReviewError> {
        let row = self.artifact().grant(&self.sync().sync_id, id)?;
        let row = row.ok_or_else(|| ReviewError::NotFound {
            what: "grant",
            text: id.to_owned(),
            candidates: Vec::new(),
        })?;
        JoinedGrant::of(self, row)
    }

    /// The grants of the entitlements of a group that a member holds.
    ///
    /// # Errors
    /// [`ReviewError::Read`]
    pub fn grants_of_member(
        &self,
        group: &ResourceKey,
        member: &ResourceKey,
    ) -> Result<Vec<JoinedGrant>, ReviewError> {
        let filter = Filter {
            principal: Some(member.clone()),
            resource: Some(group.clone()),
            ..Filter::default()
        };
        self.grants(&filter).collect()
    }

    /// What would follow if a grant were revoked at the vendor: what its principal would lose, what it would go on to hold
    /// through other entitlements, and where the grant passes on to others, what they would lose. A sync after the change
    /// would find that.
    ///
    /// # Errors
    /// [`ReviewError::NotDirect`] where the grant is not the principal's own, so that it cannot be revoked by itself;
    /// [`ReviewError::Read`]
    pub fn what_if_revoked(&self, grant: JoinedGrant) -> Result<WhatIf, ReviewError> {
        if !grant.held.own {
            let mut through = Vec::new();
            for source in &grant.held.through {
                through.push(source.entitlement_id.clone());
            }
            return Err(ReviewError::NotDirect {
                holder: grant.holder_subject().shown().to_owned(),
                entitlement: grant.entitlement_shown().to_owned(),
                through,
            });
        }
        let mut model = Model {
            review: self,
            revoked: (grant.holder.clone(), grant.entitlement_id.clone()),
            holders: BTreeMap::new(),
            edges: self.edges()?,
            dead: BTreeSet::new(),
        };
        model.settle()?;
        let mut effects = Vec::new();
        for (holder, holdings) in model.holders {
            for (id, holding) in holdings {
                if !holding
                    .after
                    .as_ref()
                    .is_some_and(|after| after.is_held_like(&holding.before))
                {
                    let grant = self.grant_of_both(&id, &holder)?;
                    effects.push(Effect {
                        grant,
                        after: holding.after,
                    });
                }
            }
        }
        effects.sort_by_cached_key(|effect| {
            let holder = effect.grant.holder_subject();
            let is_revoked = effect.grant.id == grant.id;
            let is_of_holder = effect.grant.holder == grant.holder;
            (
                !is_revoked,
                !is_of_holder,
                holder.shown().to_owned(),
                holder.key,
                effect.grant.entitlement_id.clone(),
            )
        });
        Ok(WhatIf {
            revoked: grant,
            effects,
        })
    }
}

impl Review {
    /// Every way in which the holders of one entitlement come to hold another one; there are about as many as roles of groups.
    fn edges(&self) -> Result<Rc<Edges>, ReviewError> {
        if let Some(known) = self.edges.get() {
            return Ok(Rc::clone(known));
        }
        let mut edges = Edges::new();
        for row in self.artifact().expandable_grants(self.sync()) {
            let row = row?;
            let Some(expandable) = row.expandable()? else {
                continue;
            };
            let holder = ResourceKey::new(row.principal_resource_type_id, row.principal_resource_id);
            for source in expandable.entitlement_ids {
                let edge = edges.entry((source, row.entitlement_id.clone())).or_default();
                edge.push((holder.clone(), expandable.shallow));
            }
        }
        Ok(Rc::clone(self.edges.get_or_init(|| Rc::new(edges))))
    }
}

/// An entitlement that somebody holds, now and after the revocation.
struct State {
    before: Held,
    after: Option<Held>,
    /// The entitlements whose holders get this one through the grant; only grants that pass on have any.
    passes_on_from: Vec<String>,
}

/// What somebody holds, by the ids of entitlements.
type Holdings = BTreeMap<String, State>;

/// How the holders of one entitlement come to hold another one: for each grant that passes on, its holder and whether those alone
/// get it who hold the source directly.
type Edge = Vec<(ResourceKey, bool)>;

/// By source and the entitlement that is reached.
pub(crate) type Edges = BTreeMap<(String, String), Edge>;

struct Model<'a> {
    review: &'a Review,
    revoked: (ResourceKey, String),
    /// Those whose holdings were looked at.
    holders: BTreeMap<ResourceKey, Holdings>,
    edges: Rc<Edges>,
    /// Grants that pass on and are gone, by holder and entitlement.
    dead: BTreeSet<(ResourceKey, String)>,
}

impl Model<'_> {
    /// Finds what each affected holder would hold, until nothing changes any more.
    fn settle(&mut self) -> Result<(), ReviewError> {
        let mut queue = VecDeque::from([self.revoked.0.clone()]);
        while let Some(holder) = queue.pop_front() {
            for (lost, sources) in self.resettle(&holder)? {
                // The grant passed on to the holders of its sources.
                if !self.dead.insert((holder.clone(), lost.clone())) {
                    continue;
                }
                for affected in self.holders_through(&lost, &sources)? {
                    if !queue.contains(&affected) {
                        queue.push_back(affected);
                    }
                }
            }
        }
        Ok(())
    }

    /// Works out what one holder holds; the answer is what it lost that passed on, with the sources of that.
    fn resettle(&mut self, holder: &ResourceKey) -> Result<Vec<(String, Vec<String>)>, ReviewError> {
        let mut holdings = match self.holders.remove(holder) {
            Some(known) => known,
            None => self.read(holder)?,
        };
        let is_revoked = |id: &str| (holder, id) == (&self.revoked.0, &*self.revoked.1);
        let ids = |wanted: &dyn Fn(&str, &Held) -> bool| -> BTreeSet<String> {
            let wanted = holdings.iter().filter(|(id, state)| wanted(id, &state.before));
            wanted.map(|(id, _)| id.clone()).collect()
        };
        let own = ids(&|id, before| before.own && !is_revoked(id));
        // What is held is what is the holder's own, what the vendor states alone, and what follows from what is held.
        let mut held = ids(&|id, before| own.contains(id) || before.unexplained);
        let mut through = BTreeMap::new();
        loop {
            let before = held.len();
            for (id, state) in &holdings {
                let mut reached = Vec::new();
                for source in &state.before.through {
                    // A source that the artifact has no grant of is taken as its writer left it.
                    let known = holdings.get(&source.entitlement_id);
                    let is_held = known.is_none() || held.contains(&source.entitlement_id);
                    let is_own =
                        known.is_none_or(|known| !known.before.own) || own.contains(&source.entitlement_id);
                    if is_held && self.passes_on(&source.entitlement_id, id, is_own) {
                        reached.push(Source {
                            direct: source.direct && is_own,
                            ..source.clone()
                        });
                    }
                }
                if !reached.is_empty() {
                    held.insert(id.clone());
                }
                through.insert(id.clone(), reached);
            }
            if held.len() == before {
                break;
            }
        }
        let mut lost = Vec::new();
        for (id, state) in &mut holdings {
            let after = held.contains(id).then(|| Held {
                own: own.contains(id),
                through: through.remove(id).unwrap_or_default(),
                ..state.before.clone()
            });
            if after.is_none() && state.after.is_some() && !state.passes_on_from.is_empty() {
                lost.push((id.clone(), state.passes_on_from.clone()));
            }
            state.after = after;
        }
        self.holders.insert(holder.clone(), holdings);
        Ok(lost)
    }

    fn read(&self, holder: &ResourceKey) -> Result<Holdings, ReviewError> {
        let (artifact, sync_id) = (self.review.artifact(), &self.review.sync().sync_id);
        let mut holdings = Holdings::new();
        for row in artifact.grants_of_principal(sync_id, (&holder.resource_type, &holder.resource)) {
            let row = row?;
            let before = Held::of(&row.decode_checked()?, &row.entitlement_id);
            let expandable = row.expandable()?;
            holdings.insert(
                row.entitlement_id,
                State {
                    after: Some(before.clone()),
                    before,
                    passes_on_from: expandable
                        .map(|expandable| expandable.entitlement_ids)
                        .unwrap_or_default(),
                },
            );
        }
        Ok(holdings)
    }

    /// Whether who holds a source still gets an entitlement through it; `is_own` says whether the source is held directly.
    fn passes_on(&self, source: &str, id: &str, is_own: bool) -> bool {
        let Some(edge) = self.edges.get(&(source.to_owned(), id.to_owned())) else {
            // A source that no grant passes on from is taken as its writer left it.
            return true;
        };
        let is_alive = |holder: &ResourceKey| !self.dead.contains(&(holder.clone(), id.to_owned()));
        let mut alive = edge.iter().filter(|(holder, _)| is_alive(holder));
        alive.any(|(_, shallow)| is_own || !shallow)
    }

    /// Those who hold an entitlement through one of these sources.
    fn holders_through(&self, id: &str, sources: &[String]) -> Result<Vec<ResourceKey>, ReviewError> {
        let (artifact, sync_id) = (self.review.artifact(), &self.review.sync().sync_id);
        let mut holders = Vec::new();
        for row in artifact.grants_of_entitlement(sync_id, id) {
            let row = row?;
            let held = Held::of(&row.decode_checked()?, id);
            if held
                .through
                .iter()
                .any(|source| sources.contains(&source.entitlement_id))
            {
                holders.push(ResourceKey::new(
                    row.principal_resource_type_id,
                    row.principal_resource_id,
                ));
            }
        }
        Ok(holders)
    }
}
