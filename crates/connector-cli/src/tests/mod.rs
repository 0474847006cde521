//! A whole program over a connector in memory: command line, environment and files in, outcome and texts out.

mod arguments;
mod artifacts;
mod changer;
mod changes;
mod checkups;
mod comfort;
mod documents;
mod failures;
mod mistyped;
mod outputs;
mod program;
mod resolution;
mod runs;
mod secrets;
mod structs;
mod telemetry;
