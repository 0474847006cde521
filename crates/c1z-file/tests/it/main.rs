//! The artifact from outside: what is written, what is refused, what comes back.

mod crash;
mod logical;
mod read;
mod sample;
mod target;
mod verify;
mod write;
