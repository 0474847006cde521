//! Fuzz targets on the stable compiler: whatever is read from elsewhere gets inputs that nobody thought of.
//!
//! A [`Target`] takes any bytes and panics where something does not hold that always should: that a text which was read and
//! written is the same text, that no secret stands in an error, that no row is lost. Inputs come from the corpus in
//! `corpus/<target>/`, changed at random. The tests of this crate try every file of the corpus and some changes of each,
//! the same ones every time; `cargo run -p fuzz -- --seconds 60` tries for as long as it is told, from a seed that it prints.
//!
//! An input that fails is kept in a file whose name is printed. In the corpus it becomes a test.
//!
//! There is no guidance by coverage: that needs an instrumented compiler. Inputs are changed by pieces of their own format
//! instead ([`Mutator`]), which gets through the parsers.
#![forbid(unsafe_code)]

mod corpus;
mod edits;
mod mutate;
mod targets;

pub use corpus::corpus;
pub use mutate::Mutator;
pub use targets::{Run, TARGETS, Target};
