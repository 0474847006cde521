//! Drives any connector: the sync engine with its staging file, grant expansion and sealing.
#![forbid(unsafe_code)]
