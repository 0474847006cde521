//! A command, from its parsed flags to its printed answer.

use crate::command::{self, DEFAULT_FILE, FILE, NO_PAGER, SYNC, WIDE};
use crate::compare;
use crate::decide;
use crate::error::Error;
use crate::explain;
use crate::export;
use crate::findings;
use crate::incomplete::Incomplete;
use crate::lists;
use crate::pager::Pager;
use crate::print::{Form, Printer, Stop};
use crate::report;
use access_review::Review;
use c1z_file::ReadOptions;
use clap::ArgMatches;
use std::ffi::OsString;
use std::io::{self, IsTerminal as _, Write};
use std::path::{Path, PathBuf};

/// Commands whose answer is no less true where the sync is incomplete: they list what it says of itself, or copy it.
const ABOUT_ITSELF: [&str; 6] = [
    "convert",
    "diagnostics",
    "digest",
    "resource-types",
    "sanitize",
    "syncs",
];

/// What a command sees of the machine.
#[derive(Clone, Debug, Default)]
pub struct Surroundings {
    /// What relative paths are relative to.
    pub directory: PathBuf,
    /// The artifact where the command names none; `sync.c1z` where there is none here either.
    pub file: Option<PathBuf>,
    /// Where an artifact may be unpacked, the first choice first.
    pub temp_dirs: Vec<PathBuf>,
    /// The width of the terminal; none where the output is no terminal.
    pub screen: Option<usize>,
    /// The program that shows text on a terminal page by page; see [`pager`](crate::pager()).
    pub pager: Option<OsString>,
    /// Whether text for people is shown in colours.
    pub is_coloured: bool,
}

/// The width of the terminal that standard output is; none where it is none.
pub fn screen() -> Option<usize> {
    let is_terminal = io::stdout().is_terminal();
    is_terminal
        .then(terminal_size::terminal_size)
        .flatten()
        .map(|(width, _)| width.0.into())
}

/// What the address of an object of a bucket begins with, in small letters.
pub const OBJECT_SCHEME: &str = "s3://";

/// Whether what is given as an artifact names an object of a bucket, `s3://BUCKET/KEY`, and no file.
pub fn is_object(artifact: &str) -> bool {
    let begin = artifact.get(..OBJECT_SCHEME.len());
    begin.is_some_and(|begin| begin.eq_ignore_ascii_case(OBJECT_SCHEME))
}

impl Surroundings {
    /// The artifact that a command reads.
    ///
    /// # Errors
    /// Where it is an object of a bucket, which only a sync works with.
    pub(crate) fn path(&self, named: Option<&str>) -> Result<PathBuf, Error> {
        let named = named.map(Path::new).or(self.file.as_deref());
        let named = named.unwrap_or_else(|| Path::new(DEFAULT_FILE));
        match named.to_str().is_some_and(is_object) {
            false => Ok(self.directory.join(named)),
            true => Err(Error::usage(format!(
                "{}: only a sync works with an object of a bucket",
                named.display()
            ))
            .with_hint("Copy the artifact into a file, and name that")),
        }
    }

    pub(crate) fn reading(&self) -> ReadOptions {
        self.temp_dirs
            .iter()
            .fold(ReadOptions::default(), ReadOptions::with_temp_dir)
    }
}

/// Runs a command of [`commands`](crate::commands) by its name and prints its answer. That nobody reads the answer to its end is no error.
///
/// What people have to know to understand the answer goes to `notes`, a line each, when the answer is printed: that the
/// sync is not complete, so that something may be missing in it. JSON documents have that as a member, `incomplete`.
///
/// # Errors
/// Why it cannot be answered.
pub fn run(
    name: &str,
    flags: &ArgMatches,
    here: &Surroundings,
    out: &mut dyn Write,
    notes: &mut dyn Write,
) -> Result<(), Error> {
    let is_paged = here.screen.is_some() && command::form(flags) == Form::Text;
    let asked = here
        .pager
        .as_ref()
        .filter(|_| is_paged && !command::is_set(flags, NO_PAGER));
    let mut incomplete = Incomplete::default();
    let ran = match asked.and_then(Pager::start) {
        None => printed(name, flags, here, out, &mut incomplete),
        Some(mut pager) => {
            let printed = printed(name, flags, here, &mut pager, &mut incomplete);
            pager.end().and(printed)
        }
    };
    // Whoever does not read them is not told.
    let _ = incomplete.write(notes);
    ran
}

fn printed(
    name: &str,
    flags: &ArgMatches,
    here: &Surroundings,
    out: &mut dyn Write,
    incomplete: &mut Incomplete,
) -> Result<(), Error> {
    let mut buffered = io::BufWriter::with_capacity(64 << 10, out);
    let mut printer = Printer {
        out: &mut buffered,
        form: command::form(flags),
        wide: command::is_set(flags, WIDE),
        screen: here.screen,
        is_coloured: here.is_coloured,
        incomplete,
    };
    match answered(name, flags, here, &mut printer) {
        Ok(()) => {}
        Err(Stop::Closed) => return Ok(()),
        Err(Stop::Failed(error)) => {
            // What was printed before stays printed.
            let _ = buffered.flush();
            return Err(error);
        }
    }
    match buffered.flush() {
        Err(error) if error.kind() != io::ErrorKind::BrokenPipe => Err(Error::unwritable(&error)),
        _ => Ok(()),
    }
}

fn answered(name: &str, flags: &ArgMatches, here: &Surroundings, out: &mut Printer<'_>) -> Result<(), Stop> {
    match name {
        "diff" => return compare::diff(flags, here, out),
        "verify" => return compare::verify(flags, here, out),
        _ => {}
    }
    let path = here.path(command::text(flags, FILE))?;
    let review = Review::open(&path, here.reading(), command::text(flags, SYNC))?;
    if !ABOUT_ITSELF.contains(&name) {
        out.incomplete.add(&review);
    }
    match name {
        "resource-types" => lists::resource_types(&review, out),
        "resources" => lists::resources(&review, flags, out),
        "entitlements" => lists::entitlements(&review, flags, out),
        "grants" => lists::grants(&review, flags, out),
        "principals" => lists::principals(&review, flags, out),
        "syncs" => lists::syncs(&review, out),
        "digest" => compare::digest(&review, out),
        "find" => explain::find(&review, flags, out),
        "access" => explain::access(&review, flags, out),
        "who-can" => explain::who_can(&review, flags, out),
        "what-if" => explain::what_if(&review, flags, out),
        "findings" => findings::findings(&review, flags, out),
        "licences" => findings::licences(&review, flags, out),
        "decisions" => decide::new(&review, flags, here, out),
        decide::PLAN => decide::plan(&review, flags, here, out),
        "export" => export::export(&review, flags, here, out),
        "convert" => export::convert(&review, flags, here, out),
        "sanitize" => export::sanitize(&review, flags, here, out),
        "report" => report::report(&review, flags, here, out),
        "diagnostics" => explain::diagnostics(&review, out),
        "stats" => lists::stats(&review, out),
        unknown => Err(Error::usage(format!("there is no command {unknown:?}")).into()),
    }
}
