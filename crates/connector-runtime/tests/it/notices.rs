//! What a person should know of a sync.

use crate::artifact::run;
use crate::bench::Bench;
use crate::script::Script;
use crate::scripted::{Fault, Scripted};
use connector_runtime::SyncError;
use connector_sdk::NoticeClass;

const SCRIPT: &str = r#"
type group group grants
type user user
validate
remark trial "" "the organization is on a trial"
gap tokens o-1 "not permitted"
list group
resource group/2
resource group/1
fact kind-a row-1 "seen once"
grants group/1
gap members group/1 "not permitted"
gap members group/1 "forbidden"
fact kind-a row-1 "seen once"
fact kind-a row-2 "seen once"
grants group/2
gap members group/2 "not permitted"
"#;

/// Said of the same thing twice, a notice counts once; of its details the smallest stays. An interrupted sync forgets
/// none of them.
#[test]
fn notices_are_merged_counted_and_kept() {
    for interrupted_at in [None, Some(2), Some(3)] {
        let bench = Bench::with_workers(1);
        if let Some(nth) = interrupted_at {
            bench.sync_fails(&Scripted::new(Script::parse(SCRIPT)).faulty(nth, Fault::Stops));
        }
        let report = bench
            .sync(&Scripted::new(Script::parse(SCRIPT)))
            .expect("the sync succeeds");
        let all: Vec<_> = report
            .notices
            .iter()
            .map(|n| {
                let examples: Vec<_> = n
                    .examples
                    .iter()
                    .map(|e| (e.subject.as_str(), e.detail.as_str()))
                    .collect();
                (n.class, n.kind.as_str(), n.count, examples)
            })
            .collect();
        assert_eq!(
            all,
            [
                (
                    NoticeClass::Gap,
                    "members",
                    2,
                    vec![("group/1", "forbidden"), ("group/2", "not permitted")]
                ),
                (NoticeClass::Gap, "tokens", 1, vec![("o-1", "not permitted")]),
                (
                    NoticeClass::Fact,
                    "kind-a",
                    2,
                    vec![("row-1", "seen once"), ("row-2", "seen once")]
                ),
                (
                    NoticeClass::Remark,
                    "trial",
                    1,
                    vec![("", "the organization is on a trial")]
                ),
            ]
        );
        assert_eq!(report.gaps().count(), 2);
        assert_eq!(report.facts().count(), 1);
        assert_eq!(report.remarks().count(), 1);
        let token: serde_json::Value =
            serde_json::from_str(&run(&bench.output()).sync_token).expect("a token in JSON");
        assert_eq!(
            token,
            serde_json::json!({
                "version": 1,
                "completed_actions_count": 4,
                "gaps": [
                    {"kind": "members", "count": 2, "examples": [
                        {"subject": "group/1", "detail": "forbidden"},
                        {"subject": "group/2", "detail": "not permitted"},
                    ]},
                    {"kind": "tokens", "count": 1, "examples": [{"subject": "o-1", "detail": "not permitted"}]},
                ],
                "facts": {"kind-a": 2},
                "findings": [{"kind": "kind-a", "count": 2, "examples": [
                    {"subject": "row-1", "detail": "seen once"},
                    {"subject": "row-2", "detail": "seen once"},
                ]}],
            })
        );
    }
}

/// Of many, the first ten are named in the order of their subjects, and all are counted.
#[test]
fn the_first_few_are_named() {
    let mut script = String::from("type app app\ntype user user\nlist user\n");
    for n in (10..35).rev() {
        script.push_str(&format!(
            "grant app/a use <- user/{n} conditional\ngrant app/a use <- app/{n} via=none\n"
        ));
    }
    let report = Bench::new()
        .sync(&Scripted::new(Script::parse(&script)))
        .expect("the sync succeeds");
    for (kind, subjects) in [
        ("unexplained", "app:a:use:user"),
        ("expansion", "app:a:use:app"),
        ("unlisted_user", "user"),
    ] {
        let summary = report
            .notices
            .iter()
            .find(|n| n.kind == kind)
            .expect("it is told");
        assert_eq!(summary.count, 25);
        let named: Vec<String> = summary.examples.iter().map(|n| n.subject.clone()).collect();
        assert_eq!(
            named,
            (10..20).map(|n| format!("{subjects}:{n}")).collect::<Vec<_>>()
        );
    }
}

/// A vendor that echoes the key of the run in names does not get it into the artifact; that it does is counted.
#[test]
fn a_credential_that_the_vendor_echoes_is_not_kept() {
    const KEY: &str = "ATCTT3xFfGN0-the-key-of-this-run-AB12CD34";
    let script = format!(
        "type group group grants\ntype user user\nlist user\nresource user/u-1 \"Ada {KEY}\"\nresource user/u-2 \"Bo\"\nlist group\n\
         resource group/g-1 \"Platform\"\nresource group/g-2 \"of {}\"\nresource group/g-3 {KEY} later={KEY}\ngrants group/g-1\ngrant group/g-1 member <- \
         user/u-1 fact.by={KEY}\ngap members group/g-1 \"no {KEY}\"\n",
        &KEY[..30]
    );
    let mut bench = Bench::new();
    let mut redactor = connector_runtime::Redactor::default();
    redactor.add([KEY.into()]);
    bench.options.redactor = std::sync::Arc::new(redactor);
    let report = bench
        .sync(&Scripted::new(Script::parse(&script)))
        .expect("the sync succeeds");
    let echoed: Vec<_> = report
        .facts()
        .filter(|f| f.kind == "echoed_credentials")
        .collect();
    assert_eq!(echoed.iter().map(|f| f.count).sum::<u64>(), 3, "{echoed:?}");
    let packed = std::fs::read(bench.output()).expect("the artifact");
    let database = zstd::decode_all(&packed[5..]).expect("zstd");
    let holds = |part: &str| database.windows(part.len()).any(|bytes| bytes == part.as_bytes());
    assert!(!holds(KEY) && !holds(&KEY[..30]));
    assert!(holds("Ada ****"));
    assert!(c1z_file::verify(&bench.output()).expect("an artifact").is_clean());
    assert!(!format!("{report:?}").contains(KEY));
}

/// An id that is overwritten would be that of something else: a secret that is none, an id in its place for example, would
/// make one artifact of another tenant out of every row.
#[test]
fn an_id_that_holds_a_secret_of_the_run_ends_the_sync() {
    const KEY: &str = "de180939-e28b-49bf-80eb-f6c3051b8ae9";
    for rows in [
        format!("resource group/{KEY} \"Platform\"\n"),
        format!("resource group/g-1 \"Platform\"\ngrants group/g-1\ngrant group/g-1 member <- user/{KEY}\n"),
        format!("resource group/g-1 \"Platform\"\ngrants group/g-1\ngrant group/g-1 {KEY} <- user/u-1\n"),
        // A cursor would stand in the staging file.
        format!(
            "resource group/g-1 \"Platform\"\nnext after={}\n",
            KEY.to_uppercase()
        ),
    ] {
        let script = format!(
            "type group group grants\ntype user user\nlist user\nresource user/u-1 \"Ada\"\nlist group\n{rows}"
        );
        let mut bench = Bench::new();
        let mut redactor = connector_runtime::Redactor::default();
        redactor.add([KEY.into()]);
        bench.options.redactor = std::sync::Arc::new(redactor);
        let error = bench.sync(&Scripted::new(Script::parse(&script))).unwrap_err();
        assert!(matches!(error, SyncError::SecretInId { .. }), "{error}");
        assert!(!error.to_string().contains(KEY) && !bench.output().exists());
    }
}
