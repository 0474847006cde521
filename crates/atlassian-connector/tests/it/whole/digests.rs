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
    demo: 3283 rows, fce1a3b7f42e83c246d3d297681b7b77c4886b3175af955a449b3e14dcc5e3cd
    irregular: 3194 rows, ec78ba156eb9204fa38c3d889828995ad847477baf5567a05d47e899f5fc4d3a
    irregular, another seed: 3386 rows, 31c441ac8788d25d40f3e5bbbc6d56f14a2450e6f6798a0df536d729673aaf29
    three directories: 808 rows, 17847e97fd5268c9ec5936f1604e1121862074b9a3b6df6e0b56c1d3b4c64380
    one account: 24 rows, 6ad93470ef67b01b510710b648f1ffefadaf277aa4e9c5d6a09ee4ea83caf7a3
    tidy: 584 rows, 743bc51636dc3f72bda11ffb6a1257e36559cc605d0b41c075c04821f2d83bf8
    bench: 4254 rows, c33fa8d903ed01fb5c7546b9b379216ca9d00e2c83b522109570fbfac4ef713e
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
            assert_snapshot!(digest, @"bench: 110101 rows, 79ac43f02fd8ac4afc0d748de8173fa14cdc0e0ccb00d58b01673ca2e46465b4")
        }
        _ => {
            assert_snapshot!(digest, @"bench: 10616 rows, 56a226032bed4174ff6cdd718afbff22bb126649b9dcf9ce607b8ee2438efc36")
        }
    }
}
