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
    demo: 3283 rows, 6f7b14dbe20917872b911d22e3db81a6fb84b542b72fbba1ac0ec4d17d8990eb
    irregular: 3194 rows, 9ae7dda333ddae9886b4ace4d86c317d5f8e28c3705797da8cba7fab9b6114a0
    irregular, another seed: 3386 rows, 8004025f2515a0ec61c3dcf1c52f2caa45f98e1d27ff01ec495c96a12645b779
    three directories: 808 rows, 1ea330b7723b20b9c24dd9bcf5f413ad64eb0f4600b0fb2de1d2c9b7af2b29d9
    one account: 24 rows, 612d279b96157d094b58a61a42ef8f1d8b3797965a5bce507b49f73a337b848a
    tidy: 584 rows, 9f07903b2a2161accb5015efb63a5367e0daad6e72740313db8b7a92f24e392b
    bench: 4254 rows, 43b58da7ae6df9cf8662b5885acb475f94e142bc4291360a620c9b6508635663
    ");
}

/// The organization of the benchmark takes a while, so `cargo xtask ci --long` asks for it.
#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_large_artifact_keeps_its_content() {
    let users = if std::env::var_os("LARGE_ARTIFACT").is_some() {
        10_000
    } else {
        1000
    };
    let digest = digests([("bench", OrgSpec::bench(users))]).await;
    match users {
        10_000 => {
            assert_snapshot!(digest, @"bench: 110101 rows, 216cf2a98cb1beecafcf775d6f80e9d04989dc932d6e26a7f53fb405c433d42e")
        }
        _ => {
            assert_snapshot!(digest, @"bench: 10616 rows, f5db772793aaab4553ab711b512f9f400be71266b5cc3ed4ce81f7f5c7edae59")
        }
    }
}
