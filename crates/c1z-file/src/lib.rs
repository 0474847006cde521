//! The .c1z artifact: bulk writer, streaming reader, verifier, statistics.
#![forbid(unsafe_code)]
