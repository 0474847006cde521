//! A whole program over a connector in memory: command line, environment and files in, outcome and texts out.

mod arguments;
mod program;
mod resolution;
mod runs;
