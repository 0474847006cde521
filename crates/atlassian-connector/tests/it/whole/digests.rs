//! The content of artifacts, as one committed digest each: what changes how rows are kept, merged or written must not
//! change what an artifact says. Where the mapping changes on purpose, so do the digests.

use std::fmt::Write as _;

use atlassian_sim::{Org, OrgSpec, Quirks};
use c1z_file::logical;
use insta::assert_snapshot;

use super::harness::{How, seal};

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
    demo: 3283 rows, 7b2bf0d76e662e613d85754cc6f711b01ed86aec0e3aa99284581faec6344af5
    irregular: 3194 rows, 4b1add5574b0cec29e73b4edc1035cfd9c77aaccfa700a5c65f87d19db957a53
    irregular, another seed: 3386 rows, 577ce9fc4ab5b2fffbe61e57ee7c7ff9c53da9c72575a7e43268998c0e4f8200
    three directories: 808 rows, e796ee8fc708494b52e475796d6019dfadc8a5d6bc0d735f2c8a9bf3c18a6c66
    one account: 24 rows, 5ee2707a889a374d89f7599eef9e4b1e9de02c18862beacc86b1c6d3b3140b70
    tidy: 584 rows, c6417cc2104216a473e3a9dd6eb7790812ffd47a13c6b1aeb56e5c1a14f209b1
    bench: 4254 rows, ab547dec1945712f59fa59b79886b7ac02247f4e5a234169871710a4637b74af
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
            assert_snapshot!(digest, @"bench: 110101 rows, e3a9fcfd738e044d73fdffbd2415dae5d734374565445e5cee0ec6d1105b57a0")
        }
        _ => {
            assert_snapshot!(digest, @"bench: 10616 rows, 67b86fb5b193cb6f910f01f01a956cb23e90dbd9844ad918ade84c35effbff98")
        }
    }
}
