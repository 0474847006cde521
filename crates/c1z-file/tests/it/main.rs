//! The artifact from outside: what is written, what is refused, what comes back.

mod believe;
mod crash;
mod keep;
mod logical;
#[cfg(unix)]
mod modes;
mod read;
mod sample;
mod target;
mod v3;
mod v3_write;
mod verify;
mod write;
