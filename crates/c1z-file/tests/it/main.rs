//! The artifact from outside: what is written, what is refused, what comes back.

mod crash;
mod logical;
#[cfg(unix)]
mod modes;
mod read;
mod sample;
mod target;
mod verify;
mod write;
