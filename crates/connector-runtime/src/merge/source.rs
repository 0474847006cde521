//! What the merge core reads from.

use crate::error::SyncError;
use connector_sdk::{Expandable, Facts};
use std::collections::{HashMap, HashSet};

/// Flags of a staged grant.
pub(crate) mod flag {
    /// The vendor states it of the principal itself.
    pub(crate) const STATED: u8 = 1;
    /// Nobody can change it; of a conditional grant: it stays immutable where nothing explains it.
    pub(crate) const IMMUTABLE: u8 = 2;
    /// It can at present not be used.
    pub(crate) const DORMANT: u8 = 4;
}

/// Takes rows one after the other.
pub(crate) type Each<'a, T> = &'a mut dyn FnMut(T) -> Result<(), SyncError>;
pub(crate) type EachResource<'a> = dyn FnMut(u32, u32, &str) -> Result<(), SyncError> + 'a;
pub(crate) type EachStatement<'a> = dyn FnMut(u16, &[u8]) -> Result<(), SyncError> + 'a;
pub(crate) type EachEntitlement<'a> = dyn FnMut(StagedEntitlement<'_>) -> Result<(), SyncError> + 'a;

/// An entitlement that was staged.
#[derive(Clone, Copy, Debug)]
pub(crate) struct StagedEntitlement<'a> {
    pub(crate) number: u32,
    /// The number of its resource.
    pub(crate) resource: u32,
    pub(crate) id: &'a str,
    pub(crate) slug: &'a str,
    /// The best row about it as JSON; `None` where only a grant names it.
    pub(crate) row: Option<&'a str>,
}

/// One statement that a principal holds an entitlement, by numbers; facts and expandables count from 1, and 0 is none.
#[derive(Clone, Copy, Debug, Default)]
pub(crate) struct StagedGrant {
    pub(crate) entitlement: u32,
    pub(crate) principal: u32,
    pub(crate) flags: u8,
    pub(crate) facts: u32,
    pub(crate) expandable: u32,
}

/// That a principal holds an entitlement because it holds a source of it, all by place.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub(crate) struct Contribution {
    pub(crate) entitlement: u32,
    pub(crate) principal: u32,
    pub(crate) source: u32,
    /// Whether the principal holds the source directly.
    pub(crate) direct: bool,
}

/// Staged rows by number, and room for what follows from them. Rows of one kind come in any order, but where it is said.
pub(crate) trait Source {
    /// The names of the types by number; numbers begin at 1.
    fn type_names(&self) -> Result<Vec<String>, SyncError>;
    /// Every resource that something was said about: number, number of its type, id.
    fn resources(&self, each: &mut EachResource<'_>) -> Result<(), SyncError>;
    /// What was said about a resource: ranks in their order, and messages.
    fn statements(&self, resource: u32, each: &mut EachStatement<'_>) -> Result<(), SyncError>;
    /// Every entitlement, in the order of ids.
    fn entitlements(&self, each: &mut EachEntitlement<'_>) -> Result<(), SyncError>;
    /// Sets of facts by number.
    fn facts(&self) -> Result<HashMap<u32, Facts>, SyncError>;
    /// Expansions by number.
    fn expandables(&self) -> Result<HashMap<u32, Expandable>, SyncError>;
    /// The principals whose effective access could not be read, by number.
    fn unread(&self) -> Result<HashSet<u32>, SyncError>;
    /// Every grant, or those of some entitlements by number, which is worth it where many such questions are asked.
    fn grants(&self, of: Option<&[u32]>, each: Each<'_, StagedGrant>) -> Result<(), SyncError>;
    /// Keeps a contribution until it is read.
    fn contribute(&self, contribution: Contribution) -> Result<(), SyncError>;
    /// Every contribution so far, or those to some entitlements.
    fn contributions(&self, to: Option<&[u32]>, each: Each<'_, Contribution>) -> Result<(), SyncError>;
}
