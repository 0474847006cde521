//! What goes wrong, and when.

mod inject;
mod kind;
mod parse;
mod plan;

pub use kind::{Fault, Hint};
pub use parse::FaultSyntaxError;
pub use plan::FaultPlan;

pub(crate) use inject::{BrokenConnection, Change, Injection, reset};
pub(crate) use plan::{FaultState, Subject};
