//! Tests of the client against scripted answers in the shapes of the RFCs and of Atlassian, and against a server
//! that others wrote.

mod bulk;
mod cassettes;
mod conditions;
mod decoding;
mod encoding;
mod errors;
mod exchanges;
mod faults;
mod filters;
mod odd_answers;
mod paging;
mod patches;
mod privacy;
mod profile_changes;
mod profiles;
mod redaction;
#[cfg(feature = "reqwest")]
mod scim2_server;
mod support;
mod table;
