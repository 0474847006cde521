//! The simulator over real sockets, asked by a client that knows nothing but HTTP.

mod changes;
mod client;
mod crawl;
mod cuts;
mod delays;
mod facts;
mod faults;
mod invite;
mod kinds;
mod limits;
mod log;
mod manage;
mod pages;
mod program;
mod refusals;
mod rest;
mod scale;
mod scim;
mod scim_accounts;
mod scim_groups;
mod strict;
mod switches;
mod truth;
mod writes;
