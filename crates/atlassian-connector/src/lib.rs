//! Maps Atlassian's administration APIs onto the connector SDK.
#![forbid(unsafe_code)]
