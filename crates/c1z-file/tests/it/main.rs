//! The artifact from outside: what is written, what is refused, what comes back.

mod sample;
mod target;
mod write;
