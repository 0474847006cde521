//! A faithful simulator of Atlassian's administration APIs with seeded organizations and faults.
#![forbid(unsafe_code)]
