//! The server: who may ask, what goes wrong, how answers travel.

mod clock;
mod counters;
mod exchange;
mod key;
mod latency;
mod listen;
mod simulator;
mod switches;

pub use clock::{Clock, ManualClock, SystemClock};
pub use counters::{Counters, EndpointCounters};
pub use key::Key;
pub use latency::Latency;
pub use listen::Running;
pub use simulator::{Simulator, SimulatorBuilder};
pub use switches::{Deprecated, Switches};

pub(crate) use exchange::{exchange, unrouted};
pub(crate) use simulator::Sim;
