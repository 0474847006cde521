//! Keeping notices.

use connector_sdk::{Notice, NoticeClass};
use rusqlite::{Connection, params};

/// Keeps a notice; of two with the same subject the smaller text, so that order does not matter.
pub(super) fn put_notice(db: &Connection, notice: &Notice) -> rusqlite::Result<()> {
    let class = match notice.class {
        NoticeClass::Gap => 0,
        NoticeClass::Fact => 1,
        NoticeClass::Remark => 2,
    };
    db.prepare_cached(
        "insert into notices (class, kind, subject, detail) values (?1, ?2, ?3, ?4)
         on conflict (class, kind, subject) do update set detail = min(detail, excluded.detail)",
    )?
    .execute(params![class, notice.kind, notice.subject, notice.detail])?;
    Ok(())
}
