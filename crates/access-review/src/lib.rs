//! What an artifact says about access, for people who review it: lists, names, reasons, comparisons.
//!
//! A [`Review`] is one sync of an artifact. Everything is read from it row by row or looked up by an index, so memory does
//! not grow with the artifact. This crate knows artifacts and the model of the SDK; it knows no vendor, no flags, and not
//! how something is printed.
//!
//! | to | use |
//! |---|---|
//! | list rows with what they refer to | [`Review::resources`], [`Review::entitlements`], [`Review::grants`], [`Filter`] |
//! | find what people remember | [`Review::find`] |
//! | explain what an account can reach, and why | [`Review::access`] |
//! | know what a revocation would leave | [`Review::what_if_revoked`] |
//! | compare two syncs | [`diff`](diff()) |
//! | read what a sync says about itself | [`Review::diagnostics`] |
//! | write one sync for itself, as it is or without personal data | [`Review::copy_to`], [`Review::convert_to`], [`Review::sanitize_to`] |
//! | know what asks for a decision | [`Review::findings`], [`RULES`] |
//! | count seats, and find those without use | [`Review::licences`] |
//! | read what reviewers decided | [`Decisions`] |
//! | know what decisions come to | [`Plan`] |
//! | know what people mean by a name | [`Review::resource_named`], [`Review::account_named`], [`Review::entitlement_named`], [`Meant`] |
#![forbid(unsafe_code)]

mod access;
mod cache;
mod copy;
mod decisions;
mod diagnostics;
mod diff;
mod error;
mod facts;
mod find;
mod findings;
mod fold;
mod held;
mod joined;
mod json;
mod licences;
mod list;
mod name;
mod plain;
mod plan;
mod review;
mod subject;
mod unread;
mod what_if;

pub use self::{
    access::{Access, Holding, Reason, all_shown},
    copy::Copied,
    decisions::{COLUMNS as DECISION_COLUMNS, Decided, Decisions, Verdict},
    diagnostics::Diagnostic,
    diff::{Changed, Difference, diff},
    error::{Candidate, ReviewError},
    facts::{Facts, privilege},
    find::{Finds, Fit, Found, FoundWhat},
    findings::{Finding, RULES, Rule, Severity},
    held::{Held, HeldAs, Source},
    joined::{HeldGrant, JoinedEntitlement, JoinedGrant, JoinedResource, Known},
    licences::{AsOf, Reclaimable, Seats, Unused},
    list::Filter,
    name::Meant,
    plain::{plain, plain_json},
    plan::{BoundArtifact, BoundDecisions, Class, Live, Membership, Place, Plan, PlannedRow, What, Who},
    review::Review,
    subject::{Status, Subject},
    unread::Unread,
    what_if::{Effect, WhatIf},
};

/// The program of the page that people read before they take the crate.
#[cfg(doctest)]
#[doc = include_str!("../README.md")]
struct Readme;
