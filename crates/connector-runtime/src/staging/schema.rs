//! The tables of the staging file.
//!
//! Rows are appended as they come and never looked up by a secondary index, with three exceptions: resources are unique
//! by identity and standing, because thousands of pages state the same few of them; entitlements are numbered, because
//! their long ids stand in every grant; and calls to make are found by type, further
//! pages of a listing by their token.

use rusqlite::Connection;
use std::collections::BTreeSet;

/// Changes whenever the tables or the meaning of their contents change; another number sets the file aside.
pub(crate) const VERSION: i64 = 2;

pub(crate) const CREATE: &str = "
create table meta (key text primary key, value text not null) without rowid;

-- Resource types by number.
create table types (tid integer primary key, id text not null unique);

-- `rank` is the standing of the row; of equals the smallest body stays, so that order does not matter.
create table resources (
    row integer primary key,
    tid integer not null,
    id text not null,
    rank integer not null,
    body blob not null,
    unique (tid, id, rank)
);

-- Principals that a grant names and no page had stated until then.
create table met (tid integer not null, id text not null, primary key (tid, id)) without rowid;

-- Entitlements by number; `body` of the best row so far, null where only a grant names it.
create table entitlements (
    eid integer primary key,
    id text not null unique,
    tid integer not null,
    resource text not null,
    slug text not null,
    rank integer not null,
    body text
);

-- Distinct sets of facts by number.
create table facts (fid integer primary key, body text not null unique);

create table grants (
    row integer primary key,
    eid integer not null,
    tid integer not null,
    principal text not null,
    flags integer not null,
    fid integer not null,
    expandable text
);

create table notices (
    class integer not null,
    kind text not null,
    subject text not null,
    detail text not null,
    primary key (class, kind, subject)
) without rowid;

-- Principals whose effective access could not be read.
create table unread (tid integer not null, id text not null, primary key (tid, id)) without rowid;

-- Resources that were deleted since they were listed, as the vendor proved.
create table gone (tid integer not null, id text not null, primary key (tid, id)) without rowid;

-- Calls to make. `first` is the token to restart from, `token` the one to go on from.
create table work (
    row integer primary key,
    kind integer not null,
    tid integer not null,
    resource integer,
    first text not null,
    token text not null,
    done integer not null default 0
);
create index work_to_do on work (tid, row) where done = 0 and kind > 0;
create index further_pages on work (kind, tid, resource, first) where first <> '';
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

/// Flags of a staged grant.
pub(crate) mod flag {
    /// The vendor states it of the principal itself.
    pub(crate) const STATED: i64 = 1;
    /// Nobody can change it; of a conditional grant: it stays immutable where nothing explains it.
    pub(crate) const IMMUTABLE: i64 = 2;
    /// It can at present not be used.
    pub(crate) const DORMANT: i64 = 4;
}
