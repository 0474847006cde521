//! The one thread that writes the staging file.

use super::Staging;
use super::notices::put_notice;
use super::page::StagedPage;
use super::rows::{Failure, Staged, add as count};
use super::work::{About, Call, CallKind, Done};
use crate::clock::Clock;
use crate::error::SyncError;
use connector_proto::connector::v2;
use connector_sdk::{FollowUp, Notice, PageToken, ResourceKey, Subject};
use prost::Message;
use rusqlite::{Connection, OptionalExtension, ToSql, params};
use std::sync::Arc;
use tokio::sync::{mpsc, oneshot};

/// A page that a call answered with.
pub(crate) struct Answered {
    pub(crate) call: Call,
    pub(crate) page: StagedPage,
}

/// What committing a page made possible.
#[derive(Debug, Default)]
pub(crate) struct Committed {
    /// Listings to read at once: further pages, children.
    pub(crate) next: Vec<Call>,
    /// How many calls about resources were added, by type; they are fetched when it is their turn.
    pub(crate) added: Vec<(String, u64)>,
    /// Newly listed resources by type.
    pub(crate) listed: Vec<(String, u64)>,
    /// How many grants the page stated.
    pub(crate) grants: u64,
}

/// Calls about resources that no listing has.
#[derive(Debug)]
pub(crate) struct Unlisted {
    /// How many were added, by type.
    pub(crate) added: Vec<(String, u64)>,
    /// Listings of their children.
    pub(crate) lists: Vec<Call>,
}

/// Handle to the thread. Dropping every handle ends it after the last commit.
#[derive(Clone)]
pub(crate) struct Writer {
    commands: mpsc::Sender<Command>,
}

/// The thread itself.
pub(crate) struct WriterThread(std::thread::JoinHandle<Result<Staging, SyncError>>);

impl WriterThread {
    /// Waits for the last commit and gives the file back, or says why the thread stopped. Every handle must be dropped.
    pub(crate) fn join(self) -> Result<Staging, SyncError> {
        self.0
            .join()
            .unwrap_or_else(|_| Err(SyncError::Engine("the staging thread panicked".into())))
    }
}

enum Command {
    Answered(Box<Answered>, oneshot::Sender<Committed>),
    Restart(Box<Call>, oneshot::Sender<Call>),
    Lists(Vec<String>, oneshot::Sender<Vec<Call>>),
    Waiting(oneshot::Sender<Vec<(String, u64)>>),
    Done(oneshot::Sender<Vec<Done>>),
    Sample(String, oneshot::Sender<Option<Subject>>),
    Unreadable(Vec<(Call, Notice)>, oneshot::Sender<()>),
    Fetch {
        resource_type: String,
        after: u32,
        limit: usize,
        reply: oneshot::Sender<Vec<Call>>,
    },
    Unlisted(oneshot::Sender<Unlisted>),
    Notices(Vec<Notice>, oneshot::Sender<()>),
}

/// Pages that wait for the thread at most. Reading waits where it is faster than writing, so that memory stays bounded
/// by pages, not by the organization.
const BACKLOG: usize = 32;

/// Pages committed together at most. A group is also closed when no further page is waiting, so nothing waits for it.
const GROUP: usize = 64;

impl Writer {
    pub(crate) fn start(
        staging: Staging,
        staged: Staged,
        clock: Arc<dyn Clock>,
    ) -> Result<(Self, WriterThread), SyncError> {
        let (commands, inbox) = mpsc::channel(BACKLOG);
        let path = staging.path.clone();
        let thread = std::thread::Builder::new()
            .name("staging".into())
            .spawn(move || {
                let progress = Progress { clock, kept: None };
                let writing = Loop {
                    staging,
                    staged,
                    progress,
                };
                writing.run(inbox)
            })
            .map_err(|source| SyncError::io(&path, source))?;
        Ok((Self { commands }, WriterThread(thread)))
    }

    /// Hands over a page to be committed together with the place where its listing goes on; pages are committed in the
    /// order in which they are handed over. The receiver tells when that is done and what it made possible.
    pub(crate) async fn commit(&self, answered: Answered) -> Result<oneshot::Receiver<Committed>, Stopped> {
        let (reply, answer) = oneshot::channel();
        let command = Command::Answered(Box::new(answered), reply);
        self.commands.send(command).await.map_err(|_| Stopped)?;
        Ok(answer)
    }

    /// Sets a listing back to its first page.
    pub(crate) async fn restart(&self, call: Call) -> Result<Call, Stopped> {
        self.ask(|reply| Command::Restart(Box::new(call), reply)).await
    }

    /// The listings still to be read; on a fresh file those of these types are begun.
    pub(crate) async fn lists(&self, types: Vec<String>) -> Result<Vec<Call>, Stopped> {
        self.ask(|reply| Command::Lists(types, reply)).await
    }

    /// How many calls about resources an earlier process left to make, by type.
    pub(crate) async fn waiting(&self) -> Result<Vec<(String, u64)>, Stopped> {
        self.ask(Command::Waiting).await
    }

    /// How many calls about single resources were answered to the end by an earlier process.
    pub(crate) async fn done(&self) -> Result<Vec<Done>, Stopped> {
        self.ask(Command::Done).await
    }

    /// One listed resource of a type.
    pub(crate) async fn sample(&self, resource_type: String) -> Result<Option<Subject>, Stopped> {
        self.ask(|reply| Command::Sample(resource_type, reply)).await
    }

    /// Ends calls that failed for good: their gaps are kept, and nothing about their resources is called unconfirmed.
    pub(crate) async fn unreadable(&self, failed: Vec<(Call, Notice)>) -> Result<(), Stopped> {
        self.ask(|reply| Command::Unreadable(failed, reply)).await
    }

    /// The next calls about resources of a type, after this row.
    pub(crate) async fn fetch(
        &self,
        resource_type: String,
        after: u32,
        limit: usize,
    ) -> Result<Vec<Call>, Stopped> {
        self.ask(|reply| Command::Fetch {
            resource_type,
            after,
            limit,
            reply,
        })
        .await
    }

    /// Adds calls about resources that no listing has.
    pub(crate) async fn unlisted(&self) -> Result<Unlisted, Stopped> {
        self.ask(Command::Unlisted).await
    }

    /// Keeps notices that belong to no page.
    pub(crate) async fn notices(&self, notices: Vec<Notice>) -> Result<(), Stopped> {
        self.ask(|reply| Command::Notices(notices, reply)).await
    }

    async fn ask<T>(&self, command: impl FnOnce(oneshot::Sender<T>) -> Command) -> Result<T, Stopped> {
        let (reply, answer) = oneshot::channel();
        self.commands.send(command(reply)).await.map_err(|_| Stopped)?;
        answer.await.map_err(|_| Stopped)
    }
}

/// The thread stopped; [`WriterThread::join`] says why.
#[derive(Debug)]
pub(crate) struct Stopped;

impl From<Stopped> for SyncError {
    fn from(_: Stopped) -> Self {
        Self::Engine("the staging thread stopped".into())
    }
}

struct Loop {
    staging: Staging,
    staged: Staged,
    progress: Progress,
}

/// When the sync last got further. What counts is the answer of a vendor, not that a process was started.
struct Progress {
    clock: Arc<dyn Clock>,
    kept: Option<jiff::Timestamp>,
}

impl Progress {
    /// How exactly it is kept.
    const EXACT: jiff::SignedDuration = jiff::SignedDuration::from_mins(1);

    fn note(&mut self, db: &Connection) -> rusqlite::Result<()> {
        let now = self.clock.now();
        if self
            .kept
            .is_none_or(|kept| now.duration_since(kept).abs() >= Self::EXACT)
        {
            super::put_progress(db, now)?;
            self.kept = Some(now);
        }
        Ok(())
    }
}

impl Loop {
    fn run(mut self, mut inbox: mpsc::Receiver<Command>) -> Result<Staging, SyncError> {
        let path = self.staging.path.clone();
        while let Some(first) = inbox.blocking_recv() {
            let mut replies: Vec<Box<dyn FnOnce()>> = Vec::new();
            let result = (|| -> Result<(), Failure> {
                let Self {
                    staging,
                    staged,
                    progress,
                } = &mut self;
                let tx = staging.db.unchecked_transaction()?;
                let mut next = Some(first);
                while let Some(command) = next.take() {
                    if matches!(command, Command::Answered(..)) {
                        progress.note(&tx)?;
                    }
                    replies.push(handle(&tx, staged, command)?);
                    if replies.len() < GROUP {
                        next = inbox.try_recv().ok();
                    }
                }
                tx.commit()?;
                Ok(())
            })();
            match result {
                Ok(()) => replies.into_iter().for_each(|reply| reply()),
                Err(Failure::Sync(error)) => return Err(error),
                Err(Failure::Db(source)) => return Err(SyncError::staging(&path, source)),
            }
        }
        Ok(self.staging)
    }
}

/// Carries out a command; the reply is sent once the transaction is committed.
fn handle(db: &Connection, staged: &mut Staged, command: Command) -> Result<Box<dyn FnOnce()>, Failure> {
    fn later<T: 'static>(reply: oneshot::Sender<T>, value: T) -> Box<dyn FnOnce()> {
        Box::new(move || drop(reply.send(value)))
    }
    Ok(match command {
        Command::Answered(answered, reply) => later(reply, commit(db, staged, *answered)?),
        Command::Restart(call, reply) => {
            let (first, attempt): (String, u16) = db
                .prepare_cached(
                    "update work set token = first, attempt = min(attempt + 1, 65535) where row = ?1
                     returning first, attempt",
                )?
                .query_row([call.row], |r| Ok((r.get(0)?, r.get(1)?)))?;
            later(reply, call.restarted(PageToken::new(first), attempt))
        }
        Command::Lists(types, reply) => {
            let begun: bool = db.query_row("select exists (select 1 from work)", [], |r| r.get(0))?;
            if !begun {
                for resource_type in types {
                    staged.add_call(db, CallKind::List, &resource_type, None, true, "")?;
                }
            }
            later(
                reply,
                calls(db, staged, "w.done = 0 and w.kind = 0 order by w.row", &[])?,
            )
        }
        Command::Waiting(reply) => {
            let waiting = db
                .prepare(
                    "select t.id, count(*) from work w join types t using (tid)
                     where w.done = 0 and w.kind > 0 group by t.id",
                )?
                .query_map([], |r| Ok((r.get(0)?, r.get::<_, i64>(1)?.unsigned_abs())))?
                .collect::<rusqlite::Result<Vec<(String, u64)>>>()?;
            later(reply, waiting)
        }
        Command::Sample(resource_type, reply) => {
            let tid = staged.type_number(&resource_type, || "a sample".into())?;
            let sample = db
                .prepare(
                    "select r.id, s.follow_up from statements s join resources r using (rid)
                     where r.tid = ?1 and s.rank = 0 order by s.row limit 1",
                )?
                .query_row([tid], |r| Ok(subject(&resource_type, r.get(0)?, r.get(1)?)))
                .optional()?;
            later(reply, sample)
        }
        Command::Done(reply) => later(reply, done(db)?),
        Command::Unreadable(failed, reply) => {
            for (call, gap) in failed {
                put_notice(db, &gap)?;
                if let Some(key) = call.subject().filter(|_| call.kind == CallKind::Grants) {
                    staged.unread(db, key)?;
                }
                end(db, &call)?;
            }
            later(reply, ())
        }
        Command::Fetch {
            resource_type,
            after,
            limit,
            reply,
        } => {
            let tid = staged.type_number(&resource_type, || "a call".into())?;
            let limit = i64::try_from(limit).unwrap_or(i64::MAX);
            let next = "w.done = 0 and w.kind > 0 and w.tid = ?1 and w.row > ?2 order by w.row limit ?3";
            later(reply, calls(db, staged, next, params![tid, after, limit])?)
        }
        Command::Unlisted(reply) => {
            let last: i64 = db.query_row("select coalesce(max(row), 0) from work", [], |r| r.get(0))?;
            let added = staged.schedule_unlisted(db)?;
            let lists = "w.row > ?1 and w.kind = 0 order by w.row";
            let lists = calls(db, staged, lists, params![last])?;
            later(reply, Unlisted { added, lists })
        }
        Command::Notices(notices, reply) => {
            for notice in &notices {
                put_notice(db, notice)?;
            }
            later(reply, ())
        }
    })
}

fn commit(db: &Connection, staged: &mut Staged, answered: Answered) -> Result<Committed, Failure> {
    let Answered { call, page } = answered;
    let possible = staged.stage(db, call.owner(), &page)?;
    let mut committed = Committed {
        added: possible.calls,
        listed: possible.listed,
        grants: page.grants.len() as u64,
        ..Committed::default()
    };
    if let Some(key) = call.subject() {
        if page.unread && call.kind == CallKind::Grants {
            staged.unread(db, key)?;
        }
        if page.gone {
            staged.gone(db, key)?;
        }
    }
    for token in page.also {
        let (about, listed): (Option<u32>, bool) = db
            .prepare_cached("select rid, listed from work where row = ?1")?
            .query_row([call.row], |r| Ok((r.get(0)?, r.get(1)?)))?;
        // A listing that starts again names its further pages again, and further pages may name each other.
        if token.is_first() || is_known(db, call.row, token.as_str())? {
            continue;
        }
        let row = staged.add_call(db, call.kind, &call.resource_type, about, listed, token.as_str())?;
        if call.kind == CallKind::List {
            committed
                .next
                .extend(calls(db, staged, "w.row = ?1", params![row])?);
        } else {
            count(&mut committed.added, &call.resource_type, 1);
        }
    }
    for (child, parent) in possible.lists {
        let row = staged.add_call(db, CallKind::List, &child, Some(parent), true, "")?;
        committed
            .next
            .extend(calls(db, staged, "w.row = ?1", params![row])?);
    }
    match page.next.filter(|token| !token.is_first()) {
        Some(token) => {
            db.prepare_cached("update work set token = ?2 where row = ?1")?
                .execute(params![call.row, token.as_str()])?;
        }
        None => {
            end(db, &call)?;
            if call.attempt > 0 {
                staged.replace(db, call.owner())?;
            }
        }
    }
    Ok(committed)
}

fn end(db: &Connection, call: &Call) -> rusqlite::Result<()> {
    db.prepare_cached("update work set done = 1 where row = ?1")?
        .execute([call.row])?;
    Ok(())
}

fn done(db: &Connection) -> rusqlite::Result<Vec<Done>> {
    db.prepare(
        "select w.kind, t.id, w.first <> '', count(*) from work w join types t using (tid)
         where w.done = 1 and w.rid is not null group by 1, 2, 3",
    )?
    .query_map([], |r| {
        Ok(Done {
            kind: CallKind::of(r.get(0)?),
            resource_type: r.get(1)?,
            further: r.get(2)?,
            count: r.get::<_, i64>(3)?.unsigned_abs(),
        })
    })?
    .collect()
}

/// Whether the further pages that begin with this token are among the work already, named by this call or another of its
/// listing.
fn is_known(db: &Connection, call: u32, first: &str) -> rusqlite::Result<bool> {
    db.prepare_cached(
        "select exists (select 1 from work w join work c on c.row = ?1
                        where w.kind = c.kind and w.tid = c.tid and w.rid is c.rid and w.first = ?2 and w.first <> '')",
    )?
    .query_row(params![call, first], |r| r.get(0))
}

fn calls(db: &Connection, staged: &Staged, which: &str, of: &[&dyn ToSql]) -> Result<Vec<Call>, Failure> {
    // The statement about the resource that counts.
    let best = "(select row from statements s where s.rid = w.rid order by rank, body limit 1)";
    let sql = format!(
        "select w.row, w.kind, w.tid, w.token, w.first <> '', w.attempt, r.tid, r.id, s.body, s.follow_up
         from work w left join resources r using (rid) left join statements s on s.row = {best}
         where {which}"
    );
    let mut statement = db.prepare_cached(&sql)?;
    let mut rows = statement.query(of)?;
    let mut calls = Vec::new();
    while let Some(row) = rows.next()? {
        let of_type: Option<i64> = row.get(6)?;
        let about = match of_type {
            None => None,
            Some(tid) => Some(Box::new(About {
                subject: subject(staged.type_name(tid), row.get(7)?, row.get(9)?),
                name: name(
                    row.get_ref(8)?
                        .as_blob_or_null()
                        .ok()
                        .flatten()
                        .unwrap_or_default(),
                )?,
            })),
        };
        calls.push(Call {
            row: row.get(0)?,
            attempt: row.get(5)?,
            kind: CallKind::of(row.get(1)?),
            resource_type: staged.type_name(row.get(2)?).to_owned(),
            about,
            token: PageToken::new(row.get::<_, String>(3)?),
            further: row.get(4)?,
            second: false,
            furthest: None,
            stalled: 0,
            had: Vec::new(),
        });
    }
    Ok(calls)
}

fn subject(resource_type: &str, id: String, follow_up: Option<String>) -> Subject {
    Subject::new(
        ResourceKey::new(resource_type, id),
        follow_up.map(FollowUp::from_text),
    )
}

/// The name of a resource, for messages.
fn name(body: &[u8]) -> Result<String, Failure> {
    let decoded = v2::Resource::decode(body);
    decoded.map(|resource| resource.display_name).map_err(|e| {
        Failure::Sync(SyncError::Engine(format!(
            "a staged resource cannot be read back: {e}"
        )))
    })
}
