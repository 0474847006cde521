//! The sync engine from outside: a tenant written down as text goes in, the artifact is read back. And changes: a
//! decision goes in, a connector is called or not, and the audit file is read back.

mod artifact;
mod bench;
mod change;
mod change_arguments;
mod change_audit;
mod change_bench;
mod change_connector;
mod change_refusals;
mod change_tenant;
mod closure;
mod compaction;
mod cursors;
mod expansion;
#[cfg(unix)]
mod hostile;
mod keeping;
mod merging;
mod notices;
mod output;
mod plans;
mod refusals;
mod resuming;
mod scheduling;
mod script;
mod scripted;
mod subjects;
mod targets;
mod tenant;
