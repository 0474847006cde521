//! The commands that look into an artifact, as every program here offers them: their flags, and their answers as text for
//! people, JSON, JSON lines and CSV.
//!
//! A program takes [`commands`] into its command line and hands what was parsed to [`run`]. Nothing here needs a credential
//! or a network, and no command changes an artifact.
#![forbid(unsafe_code)]

mod colour;
mod command;
mod compare;
mod csv;
mod decide;
mod error;
mod explain;
mod export;
mod findings;
mod incomplete;
mod lists;
mod output;
mod own;
mod pager;
mod plain;
mod print;
mod report;
mod run;
mod table;

pub use self::{
    colour::{COLOR_CHOICES, Colours, Shade, early, painted},
    command::{commands, split},
    decide::{plan_text, row_shown},
    error::Error,
    own::{COMPLETION, FORMATS, MAN, long_version, own_commands, run_own},
    pager::pager,
    plain::{plain, plain_json},
    run::{OBJECT_SCHEME, Surroundings, is_object, run, screen},
};

/// The program of the page that people read before they take the crate.
#[cfg(doctest)]
#[doc = include_str!("../README.md")]
struct Readme;
