//! The sync engine from outside: a tenant written down as text goes in, the artifact is read back.

mod artifact;
mod bench;
mod closure;
mod expansion;
mod merging;
mod script;
mod scripted;
