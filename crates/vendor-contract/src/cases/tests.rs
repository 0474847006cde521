//! The runner with a client of one operation.

use super::folder::{difference, replace, text_of};
use super::*;
use atlassian_sim::{Org, OrgSpec, Simulator};
use http_kit::cassette::Rules;
use http_kit::{Call, HttpClient, Path, RetryPolicy, Secret};
use serde_json::Value;
use std::sync::Arc;

const SUITE: Suite = Suite {
    client: "no-such-client",
    rules: || {
        Rules::new()
            .path_words(["admin", "v1", "orgs"])
            .words(["message"])
    },
    world,
};

fn world() -> World {
    let org = Org::generate(OrgSpec::one());
    World {
        key: Secret::from(org.api_key().to_owned()),
        facts: vec![
            ("org", org.id().to_owned()),
            ("foreign", "5d0c6a1e-3f7b-4e29-8b14-90ad7c2e61f8".to_owned()),
            ("unused", "never".to_owned()),
        ],
        simulator: Simulator::builder(org),
    }
}

async fn name_of(stage: Stage) -> Told {
    let client = HttpClient::builder(
        stage.transport(),
        "https://api.example.com".parse().expect("an address"),
    )
    .bearer(stage.key())
    .clock(stage.clock())
    .retry(RetryPolicy::never())
    .build()
    .expect("a client");
    let path = Path::new()
        .lit("admin")
        .lit("v1")
        .lit("orgs")
        .seg(stage.fact("org"));
    let answer: Result<Value, _> = client.json(Call::get("org", path)).await;
    answer
        .map(|org| org["data"]["attributes"]["name"].to_string())
        .map_err(|error| error.to_string())
}

fn cases() -> Cases {
    Cases::of("org", name_of)
        .learn("learned", |stage| async move {
            Ok(format!("learned of {}", stage.fact("org")))
        })
        .refused_as_any()
        .case(Case::simulated("learned").call(|stage| async move { Ok(stage.fact("learned")) }))
        .case(Case::simulated("foreign organization").instead("org", "foreign"))
        .case(Case::example(
            "teapot",
            Example::json(418, r#"{"message":"short and stout"}"#),
        ))
}

async fn recorded() -> (Vec<Played>, String, tempfile::TempDir) {
    let dir = tempfile::tempdir().expect("a folder");
    let live = Live::new();
    let played = SUITE.record(&cases(), &live, live.transport(), dir.path()).await;
    let text = text_of(dir.path());
    (played, text, dir)
}

#[tokio::test]
async fn each_case_is_answered_by_whom_it_says() {
    let (played, ..) = recorded().await;
    let lines: Vec<String> = played
        .iter()
        .map(|played| {
            let statuses: Vec<_> = played.sent.iter().filter_map(|sent| sent.status).collect();
            format!(
                "{} {} {statuses:?} {}",
                played.case,
                played.origin,
                played.told.is_ok()
            )
        })
        .collect();
    insta::assert_snapshot!(lines.join("\n"), @r"
    success simulator [200] true
    wrong key fault [401] false
    rate limited fault [429] false
    internal error fault [500] false
    unavailable fault [503] false
    learned simulator [] true
    foreign organization simulator [404] false
    teapot documentation [418] false
    ");
}

#[tokio::test]
async fn a_recording_is_the_same_every_time_and_holds_the_facts_that_were_used() {
    let ((_, one, _), (_, other, _)) = (recorded().await, recorded().await);
    assert_eq!(one, other);
    let world = world();
    assert!(
        one.contains(r#""name": "org""#) && !one.contains("unused"),
        "{one}"
    );
    for private in [world.key.expose(), &world.facts[0].1, WRONG_KEY, COOKIE] {
        assert!(!one.contains(private), "{private} in {one}");
    }
}

#[test]
fn a_recording_replaces_another() {
    let (made, kept) = (
        tempfile::tempdir().expect("a folder"),
        tempfile::tempdir().expect("a folder"),
    );
    let kept = kept.path().join("deep").join("kept");
    std::fs::write(made.path().join("cassette-0001.json"), "new").expect("a file");
    std::fs::create_dir_all(&kept).expect("a folder");
    std::fs::write(kept.join("cassette-0002.json"), "old").expect("a file");
    replace(&kept, made.path());
    assert_eq!(text_of(&kept), "new");
}

#[test]
fn the_first_difference_is_told() {
    assert_eq!(difference("a\nb\n", "a\nb\n"), None);
    assert_eq!(
        difference("a\nb\n", "a\n c\n").as_deref(),
        Some("line 2: kept is b, made was c")
    );
    assert_eq!(
        difference("a\n", "a\nb\n").as_deref(),
        Some("line 2: kept is nothing, made was b")
    );
    assert_eq!(
        difference("a\n", "a").as_deref(),
        Some("only the ends of lines differ")
    );
    assert_eq!(difference("", "a").as_deref(), Some("there is no recording"));
}

#[tokio::test]
async fn what_is_not_recorded_is_told() {
    let missing = SUITE.replay(&cases()).await.expect_err("nothing is kept");
    assert!(missing.starts_with("org: cannot replay"), "{missing}");
    let live = Live::new();
    let through: Arc<_> = live.transport();
    assert_eq!(
        SUITE.fresh(&[cases()], &live, through).await,
        [
            "org: there is no recording (to renew: UPDATE_FIXTURES=1 cargo test -p no-such-client cassettes::fresh)"
        ]
    );
}
