//! What the audit file says of the rows of a plan: the receipts by which the plan goes on after it was broken off.

use super::audit::{Audit, is_ours};
use super::error::ChangeError;
use super::record::ChangeRecord;
use super::request::{ChangeOptions, PlanRow};
use c1z_file::AppendError;
use connector_sdk::{Code, Tenant};
use jiff::Timestamp;
use serde::Deserialize;
use std::collections::BTreeMap;
use std::io::{self, BufRead as _, BufReader};
use std::path::Path;

/// What an audit file keeps of a plan.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
#[non_exhaustive]
pub struct Receipts {
    /// Each row of the plan that it speaks of.
    pub rows: BTreeMap<usize, Receipt>,
    /// When each row was attempted that may have been made.
    pub attempted_at: BTreeMap<usize, Timestamp>,
    /// When anything was attempted last, of this plan or not.
    pub last_attempt: Option<Timestamp>,
}

/// What is kept of a row of a plan.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
#[non_exhaustive]
pub enum Receipt {
    /// It was said to be made, or to be so already. Whether it is so, only the state tells that is there now.
    Made,
    /// It was refused, or it failed and nothing was changed.
    NotMade,
    /// It was attempted, and the result is unknown: whoever goes on has to read the state first.
    Unknown,
}

/// What a line says, as far as it matters here.
#[derive(Deserialize)]
struct Line {
    phase: String,
    at: Option<Timestamp>,
    dry_run: bool,
    #[serde(flatten)]
    part_of: Option<PlanRow>,
    state: Option<String>,
    code: Option<u8>,
}

/// What the audit file keeps of each row of a plan: its last line counts. No file is none. Blocks.
///
/// # Errors
/// [`ChangeError::Audit`] where it cannot be read, [`ChangeError::AuditRefused`] where it is not an audit file, or others
/// may have written it.
pub fn receipts(path: &Path, plan: &str) -> Result<Receipts, ChangeError> {
    let unreadable = |source| ChangeError::Audit {
        path: path.to_owned(),
        source,
    };
    let file = match c1z_file::open_regular(path) {
        Err(error) if error.kind() == io::ErrorKind::NotFound => return Ok(Receipts::default()),
        // A pipe keeps nothing, and would be waited for.
        Ok(None) => return Ok(Receipts::default()),
        Ok(Some(file)) => file,
        Err(error) => return Err(unreadable(error)),
    };
    let directory = path.parent().unwrap_or(Path::new(""));
    if let Some(why) = c1z_file::doubt(&file.metadata().map_err(unreadable)?, directory) {
        return Err(ChangeError::AuditRefused {
            path: path.to_owned(),
            why: AppendError::Refused(format!("others may have written it ({why})")),
        });
    }
    let mut receipts = Receipts::default();
    for (number, line) in BufReader::new(file).split(b'\n').enumerate() {
        let line = line.map_err(unreadable)?;
        if number == 0 && !line.is_empty() && !is_ours(&line) {
            return Err(ChangeError::AuditRefused {
                path: path.to_owned(),
                why: AppendError::Refused("it holds something else".into()),
            });
        }
        // One that was cut off says nothing.
        match serde_json::from_slice::<Line>(&line) {
            Ok(line) if !line.dry_run => receipts.add(&line, plan),
            _ => {}
        }
    }
    Ok(receipts)
}

impl Receipts {
    fn add(&mut self, line: &Line, plan: &str) {
        let attempted_at = line.at.filter(|_| line.phase == "attempt");
        self.last_attempt = self.last_attempt.max(attempted_at);
        // Lines of other changes have no plan.
        let Some(of) = line.part_of.as_ref().filter(|of| of.plan == plan) else {
            return;
        };
        let receipt = line.receipt();
        self.rows.insert(of.row, receipt);
        match attempted_at {
            Some(at) => drop(self.attempted_at.insert(of.row, at)),
            None if receipt == Receipt::NotMade => drop(self.attempted_at.remove(&of.row)),
            None => {}
        }
    }
}

impl Line {
    fn receipt(&self) -> Receipt {
        match (self.phase.as_str(), self.state.as_deref(), self.code) {
            ("outcome", Some("done" | "verified" | "already_so"), _) => Receipt::Made,
            ("outcome", None, Some(code)) if code != Code::Unavailable.number() => Receipt::NotMade,
            _ => Receipt::Unknown,
        }
    }
}

/// Keeps what a row of a plan came to that was not attempted, in the audit file of the options: that it is so already, or why
/// it was refused. Blocks until it is on the disk.
///
/// # Errors
/// [`ChangeError::Audit`], [`ChangeError::AuditRefused`]
pub fn keep_without_attempt(
    mut record: ChangeRecord,
    tenant: Option<Tenant>,
    options: &ChangeOptions,
) -> Result<(), ChangeError> {
    let Some(path) = options.audit.as_deref() else {
        return Ok(());
    };
    if let Some(tenant) = tenant {
        record.is_made_in(tenant);
    }
    Audit::without_attempt(path, &record, options).map_err(|error| ChangeError::unkept(path, error))
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::change::Change;
    use crate::clock::SystemClock;
    use connector_sdk::ResourceKey;
    use jiff::Timestamp;
    use std::sync::Arc;

    #[test]
    fn the_last_line_of_a_row_counts() -> Result<(), Box<dyn std::error::Error>> {
        let folder = tempfile::tempdir()?;
        let path = folder.path().join("receipts.jsonl");
        assert_eq!(receipts(&path, "p")?, Receipts::default());
        // A device without an end keeps nothing either.
        #[cfg(unix)]
        assert_eq!(receipts(Path::new("/dev/zero"), "p")?, Receipts::default());
        let at = |second| Timestamp::from_second(second).expect("it is near");
        let line = |phase: &str, row: usize, rest: &str| {
            let at = at(i64::try_from(row).expect("it is small"));
            format!(
                "{{\"phase\":\"{phase}\",\"id\":\"1\",\"at\":\"{at}\",\"plan\":\"p\",\"row\":{row},\"dry_run\":false{rest}}}\n"
            )
        };
        let text = [
            line("attempt", 2, ""),
            line("outcome", 2, r#","state":"done""#),
            line("attempt", 3, ""),
            line("attempt", 4, ""),
            line("outcome", 4, r#","code":14"#),
            line("attempt", 5, ""),
            line("outcome", 5, r#","code":7"#),
            line("outcome", 6, r#","code":9"#),
            line("outcome", 7, r#","state":"partial","code":7"#),
            line("outcome", 8, r#","state":"done""#).replace("\"p\"", "\"q\""),
            line("outcome", 9, r#","state":"done""#).replace("false", "true"),
            line("outcome", 10, r#","state":"in_progress""#),
            format!(
                "{{\"phase\":\"attempt\",\"id\":\"1\",\"at\":\"{}\",\"dry_run\":false}}\n",
                at(11)
            ),
            line("outcome", 3, r#","state":"done""#)[..60].to_owned(),
        ]
        .concat();
        std::fs::write(&path, text)?;
        use Receipt::{Made, NotMade, Unknown};
        let kept = receipts(&path, "p")?;
        // What was refused was not made, so the vendor need not be given the time to show it.
        assert_eq!(kept.attempted_at.keys().copied().collect::<Vec<_>>(), [2, 3, 4]);
        assert_eq!(kept.attempted_at[&4], at(4));
        assert_eq!(kept.last_attempt, Some(at(11)), "of a change that is no row");
        assert_eq!(
            kept.rows,
            BTreeMap::from([
                (2, Made),
                (3, Unknown),
                (4, Unknown),
                (5, NotMade),
                (6, NotMade),
                (7, Unknown),
                (10, Unknown)
            ])
        );
        #[cfg(unix)]
        {
            use std::os::unix::fs::PermissionsExt as _;
            std::fs::set_permissions(&path, std::fs::Permissions::from_mode(0o666))?;
            assert!(matches!(
                receipts(&path, "p"),
                Err(ChangeError::AuditRefused { .. })
            ));
            std::fs::set_permissions(&path, std::fs::Permissions::from_mode(0o600))?;
        }
        std::fs::write(&path, "notes\n")?;
        assert!(matches!(
            receipts(&path, "p"),
            Err(ChangeError::AuditRefused { .. })
        ));
        Ok(())
    }

    #[test]
    fn what_was_refused_is_kept_with_what_it_was_about() -> Result<(), Box<dyn std::error::Error>> {
        let folder = tempfile::tempdir()?;
        let path = folder.path().join("receipts.jsonl");
        let change = Change::Delete {
            resource: ResourceKey::new("user", "u1"),
        };
        let mut record = ChangeRecord::asked(&change, "ines", false, Timestamp::UNIX_EPOCH);
        record.error = Some(crate::change::RecordedError {
            code: Code::FailedPrecondition,
            message: "changed since".into(),
        });
        let options = ChangeOptions {
            part_of: Some(PlanRow {
                plan: "p".into(),
                row: 7,
            }),
            audit: Some(path.clone()),
            ..ChangeOptions::new("ines", Arc::new(SystemClock))
        };
        keep_without_attempt(record, None, &options)?;
        assert_eq!(
            receipts(&path, "p")?.rows,
            BTreeMap::from([(7, Receipt::NotMade)])
        );
        let kept: serde_json::Value = serde_json::from_str(std::fs::read_to_string(&path)?.trim_end())?;
        assert_eq!(
            (&kept["error"], &kept["change"]["kind"]),
            (&"changed since".into(), &"delete".into())
        );
        Ok(())
    }
}
