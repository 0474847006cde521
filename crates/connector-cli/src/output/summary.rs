//! The summary of a finished sync, for people.

use super::Finished;
use super::number::{bytes, count, span};
use super::plain;
use super::table::aligned;
use connector_runtime::NoticeSummary;
use connector_sdk::NoticeClass;
use review_cli::{Shade, painted};
use std::collections::BTreeSet;
use std::path::Path;

/// How many examples of a kind of gap are shown; the JSON form has all that the sync kept.
const EXAMPLES_OF_GAPS: usize = 3;
/// How many of a kind that is complete: enough to see what it means.
const EXAMPLES_OF_FACTS: usize = 1;

/// The summary, without a final line break.
pub(crate) fn text(finished: &Finished<'_>) -> String {
    let report = finished.report;
    let only = match report.targets.as_slice() {
        [] => report.resource_types.as_ref().map(|types| types.join(", ")),
        [one] => Some(one.clone()),
        several => Some(format!("{} resources", several.len())),
    };
    let only = only.map(|only| format!(", only {only}"));
    let mut lines = vec![plain(&format!(
        "Synced {}{}{}{} in {}: {}, {}",
        finished.built.subject,
        only.unwrap_or_default(),
        if report.resources_only {
            ", resources without access"
        } else {
            ""
        },
        if report.resumed { " (resumed)" } else { "" },
        span(finished.took),
        report.output.display(),
        bytes(report.file_bytes),
    ))];
    let mut section = |title: &str, shade: Shade, content: Vec<String>| {
        if !content.is_empty() {
            lines.extend([String::new(), painted(title, shade, finished.is_coloured)]);
            lines.extend(content.iter().map(|line| plain(line)));
        }
    };
    section("Found", Shade::Title, found(finished));
    section("How access is held", Shade::Title, held(finished));
    section(
        "Gaps: could not be read, so the artifact lacks it",
        Shade::Doubtful,
        gaps(finished),
    );
    section(
        "Complete, but worth knowing",
        Shade::Title,
        notices(finished, NoticeClass::Fact),
    );
    section("Remarks", Shade::Title, remarks(finished));
    section(
        "Requests",
        Shade::Title,
        aligned(&[
            row("sent", &[finished.requests.total]),
            row("retried", &[finished.requests.retried]),
            row("rate limited", &[finished.requests.rate_limited]),
        ]),
    );
    lines.join("\n")
}

fn found(finished: &Finished<'_>) -> Vec<String> {
    let report = finished.report;
    let head = ["", "resources", "entitlements", "grants"]
        .map(ToOwned::to_owned)
        .to_vec();
    let types: BTreeSet<_> = [&report.resources, &report.entitlements, &report.grants]
        .into_iter()
        .flat_map(|m| m.keys())
        .collect();
    let mut rows = vec![head];
    for name in types {
        let columns = [&report.resources, &report.entitlements, &report.grants];
        rows.push(row(
            name,
            &columns.map(|column| column.get(name).copied().unwrap_or_default()),
        ));
    }
    let columns = [&report.resources, &report.entitlements, &report.grants];
    rows.push(row("in all", &columns.map(|column| column.values().sum())));
    aligned(&rows)
}

fn held(finished: &Finished<'_>) -> Vec<String> {
    let held = &finished.report.held;
    let counts = [
        ("directly", held.direct),
        ("through groups", held.through_groups),
        ("both ways", held.both),
        ("unexplained", held.unexplained),
        ("overstated", held.overstated),
        ("dormant", held.dormant),
    ];
    if counts.iter().all(|(_, n)| *n == 0) {
        return Vec::new();
    }
    let notes = [
        "",
        "",
        "",
        "the vendor states it, but no assignment or membership explains it",
        "groups give it, but the vendor does not state it",
        "held only where the account is suspended or absent",
    ];
    let notes = counts
        .into_iter()
        .zip(notes)
        .map(|((_, n), note)| if n == 0 { "" } else { note });
    let lines = aligned(&counts.map(|(name, n)| row(name, &[n])));
    lines
        .into_iter()
        .zip(notes)
        .map(|(line, note)| format!("{line}  {note}").trim_end().to_owned())
        .collect()
}

fn gaps(finished: &Finished<'_>) -> Vec<String> {
    let mut lines = notices(finished, NoticeClass::Gap);
    let gaps = finished.report.gaps();
    let open: Vec<_> = gaps.filter(|gap| !finished.allowed.allows(&gap.kind)).collect();
    let kinds: Vec<_> = open.iter().map(|gap| gap.kind.as_str()).collect();
    let allow = format!("--allow-gaps={}", kinds.join(","));
    let mut advised = Vec::<(&str, Vec<&str>)>::new();
    for gap in open {
        let advice = advice(gap);
        match advised.iter_mut().find(|(known, _)| *known == advice) {
            Some((_, kinds)) => kinds.push(&gap.kind),
            None => advised.push((advice, vec![&gap.kind])),
        }
    }
    match advised.as_slice() {
        [] => {}
        [(advice, _)] => lines.push(format!("  {advice}, or accept it: {allow}")),
        several => {
            let line = |(advice, kinds): &(&str, Vec<&str>)| format!("  {}: {advice}", kinds.join(", "));
            lines.extend(several.iter().map(line));
            lines.push(format!("  Or accept them: {allow}"));
        }
    }
    lines
}

/// What a person can do about a gap: by what it is, and by what the vendor answered.
fn advice(gap: &NoticeSummary) -> &'static str {
    let is_refused = |notice: &connector_sdk::Notice| {
        ["status 401", "status 403", "status 451"]
            .iter()
            .any(|status| notice.detail.contains(status))
    };
    match gap.kind.as_str() {
        "vanished" | "shrunk" => "Check whether that many are really gone and sync again",
        "malformed_row" => "Sync again, and report rows that stay unreadable to the vendor",
        "expansion" | "not_planned" => "Report it to the maker of this program",
        _ if gap.examples.iter().any(is_refused) => "Give the credential the rights it lacks and sync again",
        _ => "Sync again, and ask the vendor about what stays unreadable",
    }
}

fn notices(finished: &Finished<'_>, class: NoticeClass) -> Vec<String> {
    let of_class: Vec<_> = finished
        .report
        .notices
        .iter()
        .filter(|n| n.class == class)
        .collect();
    let heads = aligned(
        &of_class
            .iter()
            .map(|n| row(&n.kind, &[n.count]))
            .collect::<Vec<_>>(),
    );
    of_class
        .into_iter()
        .zip(heads)
        .flat_map(|(notice, head)| std::iter::once(head).chain(examples(notice)))
        .collect()
}

fn examples(notice: &NoticeSummary) -> Vec<String> {
    let shown = match notice.class {
        NoticeClass::Gap => EXAMPLES_OF_GAPS,
        NoticeClass::Fact | NoticeClass::Remark => EXAMPLES_OF_FACTS,
    };
    let mut lines: Vec<String> = notice
        .examples
        .iter()
        .take(shown)
        .map(|example| match example.subject.as_str() {
            "" => format!("      {}", example.detail),
            subject => format!("      {subject}: {}", example.detail),
        })
        .collect();
    let more = notice.count.saturating_sub(lines.len() as u64);
    if more > 0 && !lines.is_empty() {
        lines.push(format!("      and {} more", count(more)));
    }
    lines
}

fn remarks(finished: &Finished<'_>) -> Vec<String> {
    let remarks = finished
        .report
        .notices
        .iter()
        .filter(|n| n.class == NoticeClass::Remark);
    let of_sync = remarks
        .flat_map(|n| &n.examples)
        .map(|remark| format!("  {}", remark.detail));
    let of_file = is_world_readable(&finished.report.output).then(|| {
        format!(
            "  everyone on this machine can read {}; --file-mode=0600 keeps it to its owner",
            finished.report.output.display()
        )
    });
    of_sync.chain(of_file).collect()
}

/// Whether everyone on the machine can read a file.
#[cfg(unix)]
pub(super) fn is_world_readable(path: &Path) -> bool {
    use std::os::unix::fs::PermissionsExt as _;
    std::fs::metadata(path).is_ok_and(|metadata| metadata.permissions().mode() & 0o004 != 0)
}

/// Who may read a file is a matter of its folder there.
#[cfg(not(unix))]
pub(super) fn is_world_readable(_: &Path) -> bool {
    false
}

fn row(name: &str, counts: &[u64]) -> Vec<String> {
    std::iter::once(name.to_owned())
        .chain(counts.iter().map(|n| count(*n)))
        .collect()
}

#[cfg(test)]
mod tests {
    use super::*;
    use connector_sdk::Notice;

    /// Rights are asked for where the vendor refused, and nowhere else.
    #[test]
    fn the_advice_fits_the_gap() {
        let advised = |kind: &str, detail: &str| {
            advice(&NoticeSummary {
                class: NoticeClass::Gap,
                kind: kind.to_owned(),
                count: 1,
                examples: vec![Notice::gap(kind, "one", detail)],
            })
        };
        let refused = "Give the credential the rights it lacks and sync again";
        assert_eq!(advised("api_tokens", "status 403, code X"), refused);
        assert_eq!(
            advised("unreadable_subject", "not permitted: no (status 403)"),
            refused
        );
        for (kind, detail) in [
            ("unreadable_subject", "unreachable: no (status 500)"),
            ("group_members", "status 404, code X"),
            ("malformed_row", "the field id cannot be read"),
            ("vanished", "5 of 60"),
            ("shrunk", "5 of 60"),
            ("not_planned", "Plan::grants has to be true"),
        ] {
            assert_ne!(advised(kind, detail), refused, "{kind}");
        }
    }
}
