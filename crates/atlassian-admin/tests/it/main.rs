//! Tests of the client against scripted answers, in the vendor's own shapes.

mod cassettes;
mod encoding;
mod errors;
mod exchanges;
mod limits;
mod odd_answers;
mod paging;
mod properties;
mod redaction;
mod support;
mod table;
