//! Cases: what an operation of a client was answered once, in the success and in every refusal, recorded for ever after.
//!
//! Every operation of a client has [`Cases`]: a call, and the circumstances under which it is made. A [`Case`] is answered
//! by the simulator (a success or a genuine refusal), by a fault that is planned for it, or, where the simulator cannot be
//! brought to say it, by an [`Example`] of the vendor's documentation. The exchanges of all cases of an operation are one
//! recording, `fixtures/<client>/cassettes/<operation>/cassette-0001.json`.
//!
//! * [`Suite::replay`] runs the cases against the recording, without a simulator;
//! * [`Suite::fresh`] makes the recordings again and tells every difference to those that are kept. With the
//!   environment variable `UPDATE_FIXTURES` set it writes them instead.
//!
//! Nothing in a case is random and no time passes, and each case has a simulator of its own, so the same program makes the
//! same recording byte for byte.
//!
//! The same call is made live and at replay, where ids and names are replaced ones. So a call takes them from the
//! [facts](Stage::fact) of its [`Stage`]; those that it uses are noted in the recording.

mod case;
mod folder;
mod live;
mod odd;
mod overheard;
mod played;
mod stage;
mod suite;

#[cfg(test)]
mod tests;

pub use case::{Case, Cases, Example, Told};
pub use folder::{exchanges_in, recordings, text_of};
pub use live::{COOKIE, Live};
pub use odd::odd_answers;
pub use overheard::Overheard;
pub use played::{Played, Sent};
pub use stage::Stage;
pub use suite::{Replayed, START, Suite, WRONG_KEY, World};
