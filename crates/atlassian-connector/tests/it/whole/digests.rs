//! The content of artifacts, as one committed digest each: what changes how rows are kept, merged or written must not
//! change what an artifact says. Where the mapping changes on purpose, so do the digests.

use super::harness::{How, seal};
use atlassian_sim::{Org, OrgSpec, Quirks};
use c1z_file::logical;
use insta::assert_snapshot;
use std::fmt::Write as _;

/// Syncs each organization; one line each: its name, the number of its rows, the digest of its content.
async fn digests(organizations: impl IntoIterator<Item = (&'static str, OrgSpec)>) -> String {
    let mut lines = String::new();
    for (name, spec) in organizations {
        let sealed = seal(&Org::generate(spec), &How::default()).await;
        let report = &sealed.report;
        let rows: u64 = [&report.resources, &report.entitlements, &report.grants]
            .into_iter()
            .flat_map(|counts| counts.values())
            .sum();
        let digest = logical::digest(&sealed.artifact, &report.sync_id).unwrap();
        writeln!(lines, "{name}: {rows} rows, {digest}").unwrap();
    }
    lines
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn artifacts_keep_their_content() {
    let several = OrgSpec {
        directories: 3,
        quirks: Quirks::all(),
        ..OrgSpec::small(120)
    };
    let organizations = [
        ("demo", OrgSpec::demo()),
        ("irregular", OrgSpec::irregular()),
        ("irregular, another seed", OrgSpec::irregular().with_seed(22)),
        ("three directories", several.with_seed(23)),
        ("one account", OrgSpec::one()),
        ("tidy", OrgSpec::small(60)),
        ("bench", OrgSpec::bench(400)),
    ];
    assert_snapshot!(digests(organizations).await, @"
    demo: 3287 rows, 9ac76105894399c66bc442400bf08cbc3c4fd54bb05a2d16671295731144f5b6
    irregular: 3198 rows, c7bb00c08401485d6fe525606419bb6c211cf3cef77dd9cd706c9909582b2b5d
    irregular, another seed: 3390 rows, 0bfd15065140364c3629404a391dbeac329d28737a25d5670a56130ecadb661d
    three directories: 812 rows, 2b98a7c29ca2ea2fe220cf942e60e7d12125dd1b2d15c41679cb71c3d6006ecd
    one account: 28 rows, a2c94399166035c74aa4fc3deb628b638ecc5820fe9dc75d570f8561663c0a4a
    tidy: 588 rows, 7b0cd0b0567a5c03ac7558d897a404b76cb1138661ac292c11b37b3b8fc37653
    bench: 4258 rows, a77a7474abdafec8024ceacbb2b89fd30150fbf3369c9b262a9a180c09061246
    ");
}

/// The organization of the benchmark takes a while, so `cargo xtask ci --long` asks for it.
#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_large_artifact_keeps_its_content() {
    #[expect(
        clippy::disallowed_methods,
        reason = "how much is tested is a matter of who runs the tests"
    )]
    let large = std::env::var_os("LARGE_ARTIFACT").is_some();
    let users = if large { 10_000 } else { 1000 };
    let digest = digests([("bench", OrgSpec::bench(users))]).await;
    match users {
        10_000 => {
            assert_snapshot!(digest, @"bench: 110105 rows, ef5ba4bc7ab02cea9c593542a0eca71d69de922a32eaff5a12720a297efa4dc0")
        }
        _ => {
            assert_snapshot!(digest, @"bench: 10620 rows, 0b129be6ebc70bb77f016ef1a3bedf1b796b24480eca12e2ce486b19c289626f")
        }
    }
}
