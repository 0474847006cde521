//! Atlassian's APIs as documented, held against requests, answers and recordings. For tests.
#![forbid(unsafe_code)]

pub mod cases;
mod checked;
mod openapi;
mod simulated;
mod violation;

pub use checked::{CheckedTransport, Exception};
pub use openapi::{Contract, Operation};
pub use simulated::SimulatedTransport;
pub use violation::{Of, Violation};

#[cfg(test)]
mod tests {
    /// When tests take place.
    pub(crate) const NOON: jiff::Timestamp = jiff::Timestamp::constant(1_795_521_600, 0);
}
