//! One HTTP stack for every vendor client: transport, retry, rate limit, paging, errors.
#![forbid(unsafe_code)]
