//! What needs a process of its own: the log lines of a call. A test that logs nowhere, running beside one that
//! listens, can switch off a log line for both.

mod leaks;
mod rates;
