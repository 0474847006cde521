//! What changed from one sync to another, as people say it.

use crate::error::ReviewError;
use crate::facts::privilege;
use crate::joined::JoinedEntitlement;
use crate::review::Review;
use c1z_file::logical::{self, Change, FieldChange, RowChange, RowKind};
use connector_sdk::ResourceKey;
use std::ops::ControlFlow;

/// Something that is otherwise in the later sync.
#[derive(Debug)]
#[non_exhaustive]
pub struct Difference {
    /// What it is.
    pub what: RowKind,
    /// How it differs.
    pub change: Changed,
    /// Its id; of a resource without its type.
    pub id: String,
    /// The type of the resource, or of the resource that the entitlement is on.
    pub resource_type: String,
    /// Its name; of a grant that of its principal.
    pub name: String,
    /// What it is of: the resource of an entitlement, the entitlement of a grant.
    pub of: String,
    /// How it was, in words; empty where it was not there.
    pub before: String,
    /// How it is, in words; empty where it is gone.
    pub after: String,
    /// The values that differ, where it is in both syncs.
    pub fields: Vec<FieldChange>,
    /// Whether it gives power over others, before or after: an entitlement of an administrator, or a grant of one.
    pub is_privileged: bool,
}

/// How something differs.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Changed {
    /// It is in the later sync alone.
    Added,
    /// It is in the earlier sync alone.
    Removed,
    /// It is in both, and not the same.
    Changed,
}

impl Changed {
    /// It in one word.
    pub fn word(self) -> &'static str {
        match self {
            Self::Added => "added",
            Self::Removed => "removed",
            Self::Changed => "changed",
        }
    }
}

/// Hands each difference between two syncs to `visit`: resource types, resources, entitlements, grants, assets, each by id.
/// Memory does not grow with the syncs. Rows hold copies of what they refer to: a grant is not called changed because its
/// principal or its entitlement is, nor an entitlement because its resource is.
///
/// # Errors
/// [`ReviewError::Read`], and what `visit` answers.
pub fn diff<E: From<ReviewError>>(
    before: &Review,
    after: &Review,
    mut visit: impl FnMut(Difference) -> Result<(), E>,
) -> Result<(), E> {
    let sides = [before, after].map(|side| (side.artifact(), &*side.sync().sync_id));
    let mut stopped = Ok(());
    logical::each_change(sides[0], sides[1], |row| {
        let difference = Difference::of(before, after, row).map_err(E::from);
        let visited = difference.and_then(|difference| match difference.is_of_others() {
            true => Ok(()),
            false => visit(difference),
        });
        match visited {
            Ok(()) => ControlFlow::Continue(()),
            Err(error) => {
                stopped = Err(error);
                ControlFlow::Break(())
            }
        }
    })
    .map_err(ReviewError::from)?;
    stopped
}

impl Difference {
    fn of(before: &Review, after: &Review, row: RowChange) -> Result<Self, ReviewError> {
        let (change, fields) = match row.change {
            Change::Removed => (Changed::Removed, Vec::new()),
            Change::Changed(fields) => (Changed::Changed, fields),
            _ => (Changed::Added, Vec::new()),
        };
        let sides = [
            (change != Changed::Added).then_some(before),
            (change != Changed::Removed).then_some(after),
        ];
        let mut made = Self {
            what: row.kind,
            change,
            id: row.id.clone(),
            resource_type: String::new(),
            name: String::new(),
            of: String::new(),
            before: String::new(),
            after: String::new(),
            fields,
            is_privileged: false,
        };
        let mut words = [String::new(), String::new()];
        for (side, words) in sides.into_iter().zip(&mut words) {
            let Some(side) = side else { continue };
            *words = made.describe(side, &row.id)?;
        }
        [made.before, made.after] = words;
        Ok(made)
    }

    /// Whether only copies of other rows differ in it.
    fn is_of_others(&self) -> bool {
        let copies: &[&str] = match self.what {
            RowKind::Grant => &["message.entitlement.", "message.principal."],
            RowKind::Entitlement => &["message.resource."],
            _ => &[],
        };
        let is_copy = |field: &FieldChange| copies.iter().any(|copy| field.path.starts_with(copy));
        self.change == Changed::Changed && !self.fields.is_empty() && self.fields.iter().all(is_copy)
    }

    /// Takes in what one side says, the later one last, and says how it is there.
    fn describe(&mut self, side: &Review, id: &str) -> Result<String, ReviewError> {
        Ok(match self.what {
            RowKind::Resource => {
                let Some(subject) = side.resource_joined(id)? else {
                    return Ok(String::new());
                };
                self.id.clone_from(&subject.key.resource);
                self.resource_type.clone_from(&subject.key.resource_type);
                subject.shown().clone_into(&mut self.name);
                subject.email().clone_into(&mut self.of);
                subject.status_shown()
            }
            RowKind::Entitlement => {
                let Some(known) = side.entitlement(id)? else {
                    return Ok(String::new());
                };
                let on = known.message().resource.as_ref().and_then(|on| on.id.as_ref());
                let on = on
                    .and_then(ResourceKey::from_proto)
                    .unwrap_or_else(|| ResourceKey::new("", ""));
                let joined = JoinedEntitlement::of(side, known, on)?;
                self.is_privileged |= privilege(joined.entitlement.message()).is_some();
                self.resource_type.clone_from(&joined.on.resource_type);
                joined.subject().shown().clone_into(&mut self.of);
                self.name.clone_from(&joined.entitlement.message().display_name);
                String::new()
            }
            RowKind::Grant => {
                let grant = side.grant_by_id(id)?;
                self.is_privileged |= grant.is_privileged();
                self.resource_type.clone_from(&grant.on.resource_type);
                grant.holder_subject().shown().clone_into(&mut self.name);
                self.of = format!("{} of {}", grant.entitlement_shown(), grant.on_subject().shown());
                match grant.held.marks().as_slice() {
                    [] => side.held_shown(&grant.held)?,
                    marks => format!("{} ({})", side.held_shown(&grant.held)?, marks.join(", ")),
                }
            }
            _ => String::new(),
        })
    }
}
