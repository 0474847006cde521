//! A typed client of Atlassian's organization, user management and API access APIs.
#![forbid(unsafe_code)]
