//! A plan carried out: `apply`.
//!
//! Nothing in the plan is sent. Each change is derived again from the decisions and the artifact, the state at the vendor is read
//! again, and where all of it agrees with the plan the change is made as any other: kept in the receipts before and after it. What
//! is so already, by the plan, the artifact or the receipts, is told as such only where that state shows it.

mod report;

use self::report::{Report, Row, RowState, refused};
use crate::app::App;
use crate::built::Built;
use crate::change::carried_out;
use crate::config::{Settings, change_name};
use crate::error::{Error, Result};
use crate::host::Host;
use crate::outcome::Outcome;
use crate::plan::{Basis, change_of, live, options};
use crate::review;
use crate::signal::unless_asked;
use crate::sync::{after, build};
use access_review::{Class, Live, Plan, PlannedRow};
use connector_runtime::change::{
    Change, ChangeOptions, ChangeRecord, PlanRow, Receipt, Receipts, RecordState, RecordedError,
    keep_without_attempt,
};
use connector_sdk::{ChangeState, Code, ResourceKey};
use std::fs::{File, TryLockError};
use std::io;
use std::path::{Path, PathBuf};
use std::sync::Arc;

/// What is to be carried out.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(crate) struct ApplyAsked {
    pub(crate) plan: PathBuf,
    /// The table of decisions, where it is not where the plan says.
    pub(crate) decisions: Option<PathBuf>,
    pub(crate) max_changes: usize,
    /// Whether nobody is asked before it begins.
    pub(crate) yes: bool,
    /// Whether changes of whoever made the credential are made too.
    pub(crate) include_caller: bool,
}

/// Carries a plan out and prints the results.
///
/// # Errors
/// Why nothing was done; [`Outcome::Partial`] where not all that was decided is so.
pub(crate) async fn apply(app: &App, host: &Host, settings: &Settings, asked: ApplyAsked) -> Result<()> {
    if settings.switch(change_name::DRY_RUN) {
        return Err(Error::configuration(format!(
            "{} and apply contradict each other: the plan says what would be sent",
            settings.shown(change_name::DRY_RUN)
        ))
        .with_hint("Leave one of them out"));
    }
    if !asked.yes && !host.is_attended {
        return Err(
            Error::configuration("apply is not on a terminal, so nobody can be asked")
                .with_hint("Add --yes where the plan was looked at"),
        );
    }
    let file = host.directory.join(&asked.plan);
    let plan = Plan::read(&file).map_err(|error| review::error(&error.into()))?;
    let _turn = turn(&file)?;
    if !plan.live {
        return Err(again(format!(
            "{} was made without the state at the vendor",
            asked.plan.display()
        )));
    }
    let mut built = build(app, settings).await?;
    let applied = match Applying::of(host, settings, &built, asked, plan).await {
        Ok(mut applying) => applying
            .all()
            .await
            .map(|stopped| (applying.report(stopped.as_ref()), stopped)),
        Err(error) => Err(error),
    };
    let over = after(&mut built);
    let (report, stopped) = applied?;
    let text = match settings.wants_json() {
        true => serde_json::to_string_pretty(&report).map_err(|error| Error::unwritable(&error))?,
        false => report.text(),
    };
    host.print(&text)?;
    over?;
    match stopped {
        Some(error) => Err(error.beside(&report.in_short())),
        None => report.verdict(),
    }
}

fn again(what: String) -> Error {
    Error::new(Outcome::Refused, what).with_hint("Plan again")
}

/// The turn to carry a plan out: of two runs at once each would go by what the other one changes. It ends with the process,
/// however that ends.
///
/// # Errors
/// Where another run has it.
fn turn(plan: &Path) -> Result<File> {
    let unreadable = |error: io::Error| {
        Error::new(
            Outcome::Refused,
            format!("{} cannot be read: {error}", plan.display()),
        )
    };
    let file = File::open(plan).map_err(unreadable)?;
    match file.try_lock() {
        Err(TryLockError::WouldBlock) => Err(Error::new(
            Outcome::Refused,
            format!("another apply of {} is at work", plan.display()),
        )
        .with_hint("Nothing was sent. Wait until it has ended")),
        // A file system without locks keeps nobody out.
        Ok(()) | Err(TryLockError::Error(_)) => Ok(file),
    }
}

/// A plan under way.
struct Applying<'a> {
    host: &'a Host,
    settings: &'a Settings,
    built: &'a Built,
    asked: ApplyAsked,
    plan: Plan,
    basis: Basis,
    receipts: PathBuf,
    kept: Receipts,
    rows: Vec<Row>,
}

impl<'a> Applying<'a> {
    /// Everything that comes before the first row, and refuses the whole.
    async fn of(
        host: &'a Host,
        settings: &'a Settings,
        built: &'a Built,
        asked: ApplyAsked,
        plan: Plan,
    ) -> Result<Self> {
        let callers = unless_asked(&host.stops, callers(built, asked.include_caller)).await??;
        let table = asked
            .decisions
            .clone()
            .unwrap_or_else(|| plan.decisions.path.clone());
        let basis = Basis::of(host, settings, built, &table, callers);
        let basis = unless_asked(&host.stops, basis).await??;
        let shown = asked.plan.display();
        if let Some(other) = plan.other_than(&basis.plan) {
            return Err(again(format!("{shown} is of {other}")));
        }
        if let Some(what) = plan.edited(&basis.plan) {
            return Err(again(format!(
                "{what} in {shown} is not what the decisions and the artifact say, so somebody changed it"
            )));
        }
        let receipts = receipts_at(host, settings, &asked.plan, &[&table])?;
        let kept = {
            let (path, id) = (receipts.clone(), plan.id.clone());
            let read = tokio::task::spawn_blocking(move || connector_runtime::change::receipts(&path, &id));
            let read = read
                .await
                .map_err(|error| Error::new(Outcome::NotUnderstood, error.to_string()))?;
            read.map_err(|error| Error::change(&error))?
        };
        let applying = Self {
            host,
            settings,
            built,
            asked,
            plan,
            basis,
            receipts,
            kept,
            rows: Vec::new(),
        };
        applying.is_wanted().await?;
        Ok(applying)
    }

    /// The places of the rows whose state is read: first those that are to be carried out, and of these the ones of whoever made
    /// the credential last.
    fn order(&self) -> Vec<usize> {
        let is_read = |at: &usize| self.plan.rows[*at].class == Class::Ready || self.is_met(*at);
        let mut order: Vec<usize> = (0..self.plan.rows.len()).filter(is_read).collect();
        order.sort_by_key(|at| (!self.is_open(*at), self.is_of_caller(*at)));
        order
    }

    /// Whether the plan says that the vendor shows it already.
    fn is_met(&self, at: usize) -> bool {
        let live = self.plan.rows[at].live.as_ref();
        live.is_some_and(|live| live.state == Live::ALREADY_SO)
    }

    /// Whether something may be sent for a row: it is not so by the plan, and was not made before.
    fn is_open(&self, at: usize) -> bool {
        let row = &self.plan.rows[at];
        row.class == Class::Ready && !self.was_made(at)
    }

    fn was_made(&self, at: usize) -> bool {
        self.kept.rows.get(&self.plan.rows[at].row) == Some(&Receipt::Made)
    }

    fn is_of_caller(&self, at: usize) -> bool {
        self.basis.touching.contains(&self.plan.rows[at].row)
    }

    /// Whether so many changes are wanted.
    async fn is_wanted(&self) -> Result<()> {
        let is_included = |at: &usize| self.asked.include_caller || !self.is_of_caller(*at);
        let order = self.order().into_iter().filter(|at| self.is_open(*at));
        let count = order.filter(is_included).count();
        if count > self.asked.max_changes {
            return Err(Error::new(
                Outcome::Refused,
                format!(
                    "the plan makes {count} change{}, and {} {} allowed",
                    if count == 1 { "" } else { "s" },
                    self.asked.max_changes,
                    if self.asked.max_changes == 1 { "is" } else { "are" },
                ),
            )
            .with_hint(format!("Nothing was sent. Allow them with --max-changes {count}")));
        }
        if self.asked.yes || count == 0 {
            return Ok(());
        }
        let question = format!(
            "{} in {}. Type yes to go on: ",
            if count == 1 {
                "1 change is made".to_owned()
            } else {
                format!("{count} changes are made")
            },
            self.built.subject
        );
        match unless_asked(&self.host.stops, self.host.answer(&question)).await?? {
            answer if answer.trim().eq_ignore_ascii_case("yes") => Ok(()),
            _ => Err(Error::new(
                Outcome::Interrupted,
                "not confirmed; nothing was sent",
            )),
        }
    }

    /// Carries every row out; the answer is why it ended early, where it did.
    async fn all(&mut self) -> Result<Option<Error>> {
        let order = self.order();
        for at in (0..self.plan.rows.len()).filter(|at| !order.contains(at)) {
            self.without_change(at).await?;
        }
        let mut order = order.into_iter();
        let mut stopped = None;
        for at in order.by_ref() {
            if self.host.stops.were_asked() {
                let error = Error::new(Outcome::Interrupted, "stopped");
                stopped = Some((
                    at,
                    error.with_hint("Run the same command again to go on from there"),
                ));
                break;
            }
            match self.one(at).await {
                Ok(row) => self.rows.push(row),
                Err(Stop::All(error)) => {
                    stopped = Some((at, error));
                    break;
                }
                Err(Stop::Row(row, error)) => {
                    self.rows.push(row);
                    stopped = Some((at, error));
                    break;
                }
            }
        }
        let Some((at, error)) = stopped else {
            return Ok(None);
        };
        let is_told = self.rows.iter().any(|row| row.row == self.plan.rows[at].row);
        let rest: Vec<usize> = (!is_told).then_some(at).into_iter().chain(order).collect();
        self.not_reached(&rest).await;
        Ok(Some(error))
    }

    /// Says of rows that the run did not come to that it did not.
    async fn not_reached(&mut self, rest: &[usize]) {
        let summary = "the run ended before it came to this row".to_owned();
        let mut is_writable = true;
        for at in rest {
            let row = self.plan.rows[*at].row;
            // What an earlier run did to it stays the last that is kept of it.
            if is_writable && !self.kept.rows.contains_key(&row) {
                is_writable = self.keep(*at, Err(summary.clone())).await.is_ok();
            }
            self.rows.push(Row {
                code: None,
                ..refused(row, summary.clone())
            });
        }
    }

    /// Says of a row that can have no change why, and keeps that once.
    async fn without_change(&mut self, at: usize) -> Result<()> {
        let row = &self.plan.rows[at];
        let summary = format!("{}: {}", row.class.words(), row.why);
        let number = row.row;
        if !self.kept.rows.contains_key(&number) {
            self.keep(at, Err(summary.clone())).await?;
        }
        self.rows.push(refused(number, summary));
        Ok(())
    }

    /// Carries a row out.
    async fn one(&mut self, at: usize) -> Result<Row, Stop> {
        let number = self.plan.rows[at].row;
        let connector = &self.built.connector;
        let made_anew = change_of(&**connector, &self.basis.plan.rows[at]);
        let attempted_at = self.kept.attempted_at.get(&number).copied();
        let options = ChangeOptions {
            verify: self.settings.switch(change_name::VERIFY),
            attempted_at,
            earlier_at: self.kept.last_attempt,
            ..options(self.host, self.settings, &self.basis.opened)
        };
        let now = live(Arc::clone(connector), made_anew.clone(), options.clone());
        let now = unless_asked(&self.host.stops, now)
            .await
            .and_then(|now| now)
            .map_err(Stop::All)?;
        let planned = self.plan.rows[at].live.as_ref();
        let is_planned = planned.is_some_and(|planned| {
            now.is_like(planned) || (attempted_at.is_some() && now.is_left_of(planned))
        });
        let is_so = now.state == Live::ALREADY_SO;
        let is_left_out = self.is_of_caller(at) && !self.asked.include_caller;
        let change = match made_anew {
            // Nothing is to be sent for it, so nothing may be, whatever happens to it meanwhile.
            Ok(_) if is_so => {
                if !self.was_made(at) {
                    self.keep(at, Ok(now.summary.clone())).await.map_err(Stop::All)?;
                }
                let is_before = self.was_made(at) && !self.is_met(at);
                return Ok(Row {
                    row: number,
                    state: if is_before {
                        RowState::MadeBefore
                    } else {
                        RowState::AlreadySo
                    },
                    summary: now.summary,
                    notes: now.notes,
                    code: None,
                });
            }
            Ok(change) if is_planned && !is_left_out && !self.was_made(at) => change,
            _ => {
                let why = match is_planned && !self.was_made(at) {
                    true => {
                        "it touches whoever made the credential of this run; --include-caller makes it too"
                            .to_owned()
                    }
                    false => format!(
                        "the state at the vendor is another one than in the plan{}: {}; plan again",
                        if self.was_made(at) {
                            ", and an earlier run carried it out"
                        } else {
                            ""
                        },
                        now.summary
                    ),
                };
                if !self.was_made(at) {
                    self.keep(at, Err(why.clone())).await.map_err(Stop::All)?;
                }
                return Ok(refused(number, why));
            }
        };
        let options = ChangeOptions {
            dry_run: false,
            ..self.receipt(options, number)
        };
        match carried_out(self.host, connector, change, options).await {
            Ok(record) => Ok(Row {
                row: number,
                state: match record.state {
                    RecordState::CameTo(ChangeState::AlreadySo) => RowState::AlreadySo,
                    RecordState::CameTo(ChangeState::InProgress) => RowState::NotMade,
                    _ => RowState::Made,
                },
                code: (record.state == RecordState::CameTo(ChangeState::InProgress))
                    .then_some(Outcome::Unreachable),
                summary: record.summary,
                notes: record.notes,
            }),
            Err(failure) => {
                let error = Error::change(&failure.error);
                let row = Row {
                    row: number,
                    state: match failure.record.state {
                        RecordState::Unknown => RowState::Unknown,
                        _ => RowState::NotMade,
                    },
                    summary: error.to_string(),
                    notes: Vec::new(),
                    code: Some(error.outcome()),
                };
                if failure.record.audit.is_none() {
                    // It was refused before it was attempted.
                    self.keep(at, Err(row.summary.clone())).await.map_err(Stop::All)?;
                }
                match crate::plan::is_about_it(&failure.error) || failure.error.is_partial() {
                    true => Ok(row),
                    // The next one would end alike; the next run reads the state of this one back.
                    false => Err(Stop::Row(row, error)),
                }
            }
        }
    }

    /// The options with which something is kept in the receipts.
    fn receipt(&self, options: ChangeOptions, row: usize) -> ChangeOptions {
        ChangeOptions {
            part_of: Some(PlanRow {
                plan: self.plan.id.clone(),
                row,
            }),
            audit: Some(self.receipts.clone()),
            ..options
        }
    }

    /// Keeps what a row came to that was not attempted: that it is so, or why not.
    async fn keep(&self, at: usize, came_to: Result<String, String>) -> Result<()> {
        let row = &self.basis.plan.rows[at];
        let change = change_of(&*self.built.connector, row).unwrap_or_else(|_| nothing(row));
        let options = options(self.host, self.settings, &self.basis.opened);
        let options = self.receipt(options, row.row);
        let mut record = ChangeRecord::asked(&change, self.host.actor.clone(), false, self.host.clock.now());
        record.connector = self.built.connector.spec().display_name;
        match came_to {
            Ok(summary) => {
                record.state = RecordState::CameTo(ChangeState::AlreadySo);
                record.summary = summary;
            }
            Err(message) => {
                record.error = Some(RecordedError {
                    code: Code::FailedPrecondition,
                    message,
                });
            }
        }
        let tenant = self.built.connector.tenant();
        let kept = tokio::task::spawn_blocking(move || keep_without_attempt(record, tenant, &options)).await;
        let kept = kept.map_err(|error| Error::new(Outcome::NotUnderstood, error.to_string()))?;
        kept.map_err(|error| Error::change(&error))
    }

    fn report(&mut self, stopped: Option<&Error>) -> Report {
        let rows = std::mem::take(&mut self.rows);
        Report::of(
            &self.plan,
            &self.built.subject,
            self.receipts.clone(),
            rows,
            stopped.map(Error::outcome),
        )
    }
}

/// Why a row did not come to its end.
enum Stop {
    /// Nothing more can be done.
    All(Error),
    /// The result of the row, and the error because of which nothing more is tried.
    Row(Row, Error),
}

/// The change of a row that asks for one that cannot be told: what it names is all there is.
fn nothing(row: &PlannedRow) -> Change {
    Change::Revoke {
        grant_id: row.grant_id.clone().unwrap_or_default(),
    }
}

/// The accounts that may be behind the credential.
///
/// # Errors
/// Where it is not known, and no row could be told to be theirs.
async fn callers(built: &Built, include_caller: bool) -> Result<Vec<ResourceKey>> {
    match built.connector.callers().await {
        Ok(callers) => Ok(callers),
        Err(_) if include_caller => Ok(Vec::new()),
        Err(error) => {
            let error = Error::connector(&error);
            Err(Error::new(
                error.outcome(),
                format!(
                    "it is not known who made the credential of this run: {}",
                    error.without_meaning()
                ),
            )
            .with_hint("Nothing was sent. --include-caller makes every change, also those that touch them"))
        }
    }
}

/// Where receipts are kept: where it was said, else beside the plan.
///
/// # Errors
/// Where that is a file that is read.
fn receipts_at(host: &Host, settings: &Settings, plan: &Path, read: &[&Path]) -> Result<PathBuf> {
    let path = match settings.text(change_name::AUDIT_LOG) {
        Some(path) => PathBuf::from(path),
        None => {
            let mut name = plan.as_os_str().to_owned();
            name.push(".receipts.jsonl");
            PathBuf::from(name)
        }
    };
    let path = host.directory.join(path);
    let mut read = read.iter().copied().chain([plan, Path::new(settings.artifact())]);
    match read.any(|read| c1z_file::is_same_file(&host.directory.join(read), &path)) {
        true => Err(
            Error::configuration(format!("{} holds no receipts", path.display()))
                .with_hint("Name another file with --audit-log"),
        ),
        false => Ok(path),
    }
}
