//! The simulator over real sockets, asked by a client that knows nothing but HTTP.

mod changes;
mod client;
mod crawl;
mod facts;
mod faults;
mod kinds;
mod limits;
mod manage;
mod pages;
mod scale;
mod scim;
mod scim_groups;
mod strict;
mod truth;
mod writes;
