//! The server: who may ask, what goes wrong, how answers travel.

mod clock;
mod counters;
mod exchange;
mod key;
mod latency;
mod limits;
mod listen;
mod simulator;
mod subject;
mod switches;

pub use clock::{Clock, ManualClock, SystemClock};
pub use counters::{Counters, EndpointCounters};
pub use key::Key;
pub use latency::Latency;
pub use limits::Limits;
pub use listen::Running;
pub use simulator::{Simulator, SimulatorBuilder};
pub use switches::{Deprecated, Switches};

pub(crate) use exchange::{counters, exchange, no_such_method, no_such_path};
pub(crate) use simulator::Sim;
