//! The forms that all endpoints share: requests taken apart, JSON put together, pages, refusals.

pub(crate) mod call;
pub(crate) mod cursor;
pub(crate) mod date;
pub(crate) mod json;
pub(crate) mod query;
pub(crate) mod refusal;

pub(crate) use call::{Answer, Call, Outcome};
pub(crate) use cursor::Place;
pub(crate) use json::Json;
pub(crate) use query::Query;
pub(crate) use refusal::Refusal;
