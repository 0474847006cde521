//! The mapping, page by page: what the vendor answers, and the rows and notices that it becomes. And as a whole:
//! artifacts of simulated organizations, against what is true of them.

mod account_roles;
mod accounts;
mod changes_accounts;
mod changes_actions;
mod changes_artifact;
mod changes_harness;
mod changes_lost;
mod changes_matrix;
mod changes_membership;
mod changes_proof;
mod changes_roles;
mod changes_scim;
mod changes_script;
mod changes_script_accounts;
mod changes_script_roles;
mod changes_told;
mod changes_told_accounts;
mod changes_told_persons;
mod configuration;
mod contract;
mod examination;
mod examples;
mod failures;
mod getters;
mod group_members;
mod group_roles;
mod groups;
mod lies;
mod organization;
mod render;
mod script;
mod tokens;
mod vendor;
mod whole;
mod workspaces;
