//! The tables of the staging file.
//!
//! Resources and entitlements have numbers, which other rows name them by; a row that a connector stated names the call
//! that owns it and which attempt of the call stated it. Rows are appended as they come and looked up by a secondary index
//! in three cases only: statements about a resource, because thousands of pages make the same few of them; entitlements by
//! their id, because two must not share one; and calls to make, found by type, further pages of a listing by their token.

use rusqlite::Connection;
use std::collections::BTreeSet;

/// Changes whenever the tables or the meaning of their contents change; another number sets the file aside.
pub(crate) const VERSION: i64 = 4;

pub(crate) const CREATE: &str = "
create table meta (key text primary key, value text not null) without rowid;

-- Resource types by number.
create table types (tid integer primary key, id text not null unique);

-- Every resource that any row names, by number.
create table resources (rid integer primary key, tid integer not null, id text not null);

-- What was said about a resource. `rank` is the standing of the row; of equals the smallest body counts, so that order does
-- not matter. `follow_up` is what it leaves for calls about the resource. What a listing says belongs to its call; a guess, which many calls make, to call 0.
create table statements (
    row integer primary key,
    rid integer not null,
    rank integer not null,
    call integer not null,
    attempt integer not null,
    body blob not null,
    follow_up text,
    unique (rid, rank, call)
);

-- Entitlements by number; `body` of the best row so far, null where only a grant names it.
create table entitlements (
    eid integer primary key,
    id text not null unique,
    rid integer not null,
    slug text not null,
    rank integer not null,
    body text
);

-- Distinct sets of facts, and distinct expansions.
create table facts (number integer primary key, body text not null);
create table expandables (number integer primary key, body text not null);

-- Who (`rid`) holds what (`eid`); `fid` and `xid` are 0 where there are no facts, or nobody else holds it through them.
create table grants (
    eid integer not null,
    rid integer not null,
    flags integer not null,
    fid integer not null,
    xid integer not null,
    call integer not null,
    attempt integer not null
);

create table notices (
    class integer not null,
    kind text not null,
    subject text not null,
    detail text not null,
    primary key (class, kind, subject)
) without rowid;

-- Principals whose effective access could not be read.
create table unread (rid integer primary key);

-- Resources that were deleted since they were listed, as the vendor proved.
create table gone (rid integer primary key);

-- Calls to make. `first` is the token to restart from, `token` the one to go on from; `listed` says whether a listing had
-- stated the resource when the call was added.
create table work (
    row integer primary key,
    kind integer not null,
    tid integer not null,
    rid integer,
    listed integer not null,
    first text not null,
    token text not null,
    attempt integer not null default 0,
    done integer not null default 0
);
create index work_to_do on work (tid, row) where done = 0 and kind > 0;
create index further_pages on work (kind, tid, rid, first) where first <> '';
";

/// What sealing adds to a file where it needs it, and a later run may find.
pub(crate) const CREATE_LATER: &str = "create index if not exists by_entitlement on grants (eid);";

/// What the schema of a file says about who wrote it.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Schema {
    /// Exactly the tables and indexes of this program.
    Ours,
    /// Nothing is in it yet.
    Empty,
    /// Something is missing, other, or there besides, a trigger or a view for example.
    Other,
}

/// Compares the schema of a file with ours, without reading a row of any table.
pub(super) fn compare(db: &Connection) -> rusqlite::Result<Schema> {
    let own = Connection::open_in_memory()?;
    own.execute_batch(CREATE)?;
    let always = objects(&own)?;
    own.execute_batch(CREATE_LATER)?;
    let most = objects(&own)?;
    let found = objects(db)?;
    Ok(if found.is_empty() {
        Schema::Empty
    } else if found.is_superset(&always) && found.is_subset(&most) {
        Schema::Ours
    } else {
        Schema::Other
    })
}

/// Type, name, table and text of everything in the schema.
fn objects(db: &Connection) -> rusqlite::Result<BTreeSet<[Option<String>; 4]>> {
    db.prepare("select type, name, tbl_name, sql from sqlite_schema")?
        .query_map([], |r| Ok([r.get(0)?, r.get(1)?, r.get(2)?, r.get(3)?]))?
        .collect()
}
