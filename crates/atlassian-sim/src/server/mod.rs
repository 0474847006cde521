//! The server: who may ask, what goes wrong, how answers travel.

mod admission;
mod clock;
mod counters;
mod delays;
mod exchange;
mod key;
mod latency;
mod limits;
mod listen;
mod sim;
mod simulator;
mod subject;
mod switches;
mod view;
mod writes;

pub use clock::{Clock, ManualClock, SystemClock};
pub use counters::{Counters, EndpointCounters};
pub use delays::Delays;
pub use key::Key;
pub use latency::Latency;
pub use limits::Limits;
pub use listen::Running;
pub use simulator::{Simulator, SimulatorBuilder};
pub use switches::{Deprecated, Guard, Switches};
pub use writes::WriteLog;

pub(crate) use exchange::{Action, counters, exchange, no_such_method, no_such_path, writes};
pub(crate) use key::NamedKey;
pub(crate) use sim::Sim;
pub(crate) use view::{Draft, View};
