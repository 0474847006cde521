//! Roles: what they are held on, which there are, how they are held, and the rows they become.

mod basis;
mod catalogue;
mod rows;
mod target;

pub(crate) use catalogue::{entitlement, everywhere};
pub(crate) use rows::{Rows, Scope};
pub(crate) use target::{Place, place};
