//! The envelope, and the database as a file.

use std::{fs::File, io::Read};

use rusqlite::ErrorCode;

use super::{Findings, Rule};
use crate::reader::{Artifact, DatabaseError, ReadError};

/// Where the [database header](https://www.sqlite.org/fileformat2.html#file_format_version_numbers) keeps its write
/// and read versions, of which 2 means WAL.
const HEADER_VERSIONS: std::ops::Range<usize> = 18..20;

pub(super) fn check(artifact: &Artifact, findings: &mut Findings) -> Result<(), ReadError> {
    let unpacked = artifact.unpacked();
    let envelope = "envelope";
    findings.need(unpacked.frames == 1, Rule::Envelope, envelope, || {
        format!("{} zstd frames instead of one", unpacked.frames)
    });
    findings.need(unpacked.content_size.is_some(), Rule::Envelope, envelope, || {
        "the zstd frame does not say how much it holds".to_owned()
    });
    findings.need(unpacked.checksum, Rule::Envelope, envelope, || {
        "the zstd frame has no checksum".to_owned()
    });

    let mut header = [0; HEADER_VERSIONS.end];
    let copy = artifact.copy();
    File::open(&copy)
        .and_then(|mut file| file.read_exact(&mut header))
        .map_err(|source| ReadError::Unreadable { path: copy, source })?;
    findings.need(
        header[HEADER_VERSIONS] == [1, 1],
        Rule::Journal,
        "database",
        || "its header asks for a write-ahead log, which an artifact does not have".to_owned(),
    );
    Ok(())
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
        Err(error) => Err(artifact.failed()(DatabaseError::sql("check its database")(error))),
    }
}
