//! The sync engine from outside: a tenant written down as text goes in, the artifact is read back.

mod artifact;
mod bench;
mod closure;
mod cursors;
mod expansion;
mod merging;
mod notices;
mod output;
mod refusals;
mod resuming;
mod scheduling;
mod script;
mod scripted;
mod tenant;
