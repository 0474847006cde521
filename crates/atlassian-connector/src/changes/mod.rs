//! Carrying decisions back: access given and taken, accounts and tokens deleted, actions.
//!
//! Every change follows one order. What can be refused without a request is refused; the live state is read and decides;
//! then the write is sent, and the state is read back wherever the answer does not tell ([`fact`]). What the vendor holds is read in [`live`], never taken from an artifact.

mod accounts;
mod actions;
mod administrators;
mod argument;
mod deletion;
mod fact;
mod live;
mod membership;
mod outcome;
mod refusal;
mod request;
mod roles;
mod steps;
mod subject;
mod tokens;
mod wait;

pub(crate) use accounts::creation_schema;
pub(crate) use accounts::{DirectoryProof, directory_proof};
pub(crate) use actions::{Actions, action_schemas};
pub(crate) use administrators::Taken;
pub(crate) use live::{listed_row, listed_token, makers_of_keys, present_group, present_user};
