//! Roles: what they are held on, which there are, how they are held, and the rows they become.

mod basis;
mod catalogue;
mod rows;
mod target;

pub(crate) use catalogue::{entitlement, everywhere, grantable_to};
pub(crate) use rows::{Rows, Scope};
pub(crate) use target::{Place, is_of_platform, place};
