//! Whole artifacts of simulated organizations, compared with what is true of them.
//!
//! Each test serves an organization over a real socket, syncs it with the connector, the engine and the HTTP client
//! that a program uses, and reads the artifact back. What it must hold is derived from the simulator's truth by the
//! rules of the mapping, in [`expected`], which shares no code with the connector; what it holds is read in
//! [`observed`]; both are a [`Picture`](picture::Picture), so that what is missing and what is there too much fail alike.

mod expected;
mod harness;
mod observed;
mod picture;

mod against_truth;
mod digests;
mod gaps;
mod lies;
mod machines;
mod proofs;
mod refused;
mod repeatable;
mod repeated;
mod resuming;
mod targets;
