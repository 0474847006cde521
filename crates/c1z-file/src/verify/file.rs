//! The envelope, and the database as a file.

use super::{Findings, Rule};
use crate::{
    envelope::Form,
    reader::{Artifact, DatabaseError, ReadError},
    v3::IndexCount,
};
use rusqlite::ErrorCode;

pub(super) fn check(artifact: &Artifact, findings: &mut Findings) -> Result<(), ReadError> {
    let envelope = "envelope";
    let (frames, content_size, checksum) = match &artifact.unpacked().form {
        Form::Database {
            frames,
            content_size,
            checksum,
        } => (*frames, *content_size, *checksum),
        Form::Store { indexes } => {
            indexes.iter().for_each(|index| check_index(index, findings));
            return Ok(());
        }
    };
    findings.need(frames == 1, Rule::Envelope, envelope, || {
        format!("{frames} zstd frames instead of one")
    });
    findings.need(content_size.is_some(), Rule::Envelope, envelope, || {
        "the zstd frame does not say how much it holds".to_owned()
    });
    findings.need(checksum, Rule::Envelope, envelope, || {
        "the zstd frame has no checksum".to_owned()
    });

    findings.need(
        artifact.journal_versions() == Some([1, 1]),
        Rule::Journal,
        "database",
        || "its header asks for a write-ahead log, which an artifact does not have".to_owned(),
    );
    Ok(())
}

/// Readers of a store find some rows through an index only, and build none.
fn check_index(index: &IndexCount, findings: &mut Findings) {
    let IndexCount {
        name,
        found,
        expected,
    } = index;
    findings.need(found == expected, Rule::Index, &format!("index {name}"), || {
        format!("it has {found} entries instead of {expected}, so readers do not find what they look for through it")
    });
}

/// Has SQLite check every page and index entry; false when the rows cannot be trusted.
pub(super) fn check_structure(artifact: &Artifact, findings: &mut Findings) -> Result<bool, ReadError> {
    let mut sound = true;
    let mut check = || -> rusqlite::Result<()> {
        let mut statement = artifact.connection().prepare("PRAGMA integrity_check(20)")?;
        let mut lines = statement.query([])?;
        while let Some(line) = lines.next()? {
            // Apart from findings there is "ok", and a heading with the name of the database, of which there is one.
            let findings_of = line.get_ref(0)?.as_str()?.lines();
            for line in findings_of.filter(|line| *line != "ok" && !line.starts_with("***")) {
                sound = false;
                findings.add(Rule::Structure, "database", line);
            }
        }
        Ok(())
    };
    match check() {
        Ok(()) => Ok(sound),
        // Some damage ends the check instead of becoming a line of it.
        Err(error) if error.sqlite_error_code() == Some(ErrorCode::DatabaseCorrupt) => {
            findings.add(Rule::Structure, "database", error.to_string());
            Ok(false)
        }
        Err(error) => Err(artifact.failed()(DatabaseError::sql("check the database")(error))),
    }
}
