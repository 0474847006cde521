//! Atlassian's APIs as documented, held against requests, answers and recordings. For tests.
#![forbid(unsafe_code)]
