//! The mapping, page by page: what the vendor answers, and the rows and notices that it becomes.

mod account_roles;
mod accounts;
mod configuration;
mod failures;
mod group_members;
mod group_roles;
mod groups;
mod organization;
mod render;
mod tokens;
mod vendor;
mod workspaces;
