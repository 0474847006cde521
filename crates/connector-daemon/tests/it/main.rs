//! The daemon against a stand-in for C1 and a simulated vendor, all in this process.

mod harness;
mod many;
mod refusals;
mod restarts;
mod syncs;
mod tasks;
