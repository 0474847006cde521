//! How long answers take.

use crate::model::hash;
use std::ops::RangeInclusive;
use std::time::Duration;

/// How long the simulator waits before it answers.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub enum Latency {
    /// It does not wait.
    #[default]
    None,
    /// The same time always.
    Fixed(Duration),
    /// Evenly spread over a range, drawn from the simulator's seed.
    Range(RangeInclusive<Duration>),
}

impl From<Duration> for Latency {
    fn from(duration: Duration) -> Self {
        if duration.is_zero() {
            Self::None
        } else {
            Self::Fixed(duration)
        }
    }
}

impl Latency {
    /// The wait of the `nth` request.
    pub(crate) fn of(&self, seed: u64, nth: u64) -> Option<Duration> {
        match self {
            Self::None => None,
            Self::Fixed(duration) => Some(*duration),
            Self::Range(range) => {
                let width = range.end().saturating_sub(*range.start());
                let width = u64::try_from(width.as_micros())
                    .unwrap_or(u64::MAX)
                    .saturating_add(1);
                Some(*range.start() + Duration::from_micros(hash(seed, 0x1a7e, nth) % width))
            }
        }
    }
}
