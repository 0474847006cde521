//! What was decided and is told as so already: what the vendor shows when it is carried out, whatever artifact, plan and receipts say.

use crate::decisions::Review;
use serde_json::Value;

#[test]
fn what_is_so_already_is_what_the_vendor_shows() {
    let mut review = Review::small();
    let row = review.members()[0].clone();
    let (id, held, who) = (&row[1], &row[5], &row[2]);
    let given = |review: &Review| {
        let ran = review.run(&["--grant-entitlement", held, "--grant-principal", who]);
        assert_eq!(ran.exit, Some(0), "{}", ran.stderr);
    };
    let applied = |review: &Review, exit: i32| -> Value {
        let before = review.company.writes().len();
        let ran = review.apply(&["--output", "json"]);
        assert_eq!(ran.exit, Some(exit), "{}{}", ran.stdout, ran.stderr);
        let mut report: Value = serde_json::from_str(&ran.stdout).unwrap();
        report["writes"] = (review.company.writes().len() - before).into();
        report
    };
    let state = |report: &Value| {
        let state = report["rows"][0]["state"].as_str().unwrap();
        (state.to_owned(), report["writes"].as_u64().unwrap())
    };
    // By the artifact it is to be granted still, or held; the vendor has taken it away.
    review.decide([("grant", &row)]);
    let ran = review.run(&["--revoke-grant", id]);
    assert_eq!(ran.exit, Some(0), "{}", ran.stderr);
    assert_eq!(review.plan()["rows"][0]["class"], "ready");
    assert_eq!(state(&applied(&review, 0)), ("made".to_owned(), 1));
    assert_eq!(review.plan()["rows"][0]["class"], "already_so");
    assert_eq!(state(&applied(&review, 0)), ("already_so".to_owned(), 0));

    // The artifact does not have it any more, and the vendor does.
    let ran = review.run(&["--revoke-grant", id]);
    assert_eq!(ran.exit, Some(0), "{}", ran.stderr);
    assert_eq!(applied(&review, 9)["writes"], 0);
    review.read();
    given(&review);
    review.decide([("revoke", &row)]);
    assert_eq!(review.plan()["rows"][0]["class"], "ready");
    assert_eq!(state(&applied(&review, 0)), ("made".to_owned(), 1));
    assert_eq!(state(&applied(&review, 0)), ("made_before".to_owned(), 0));
    // It is there again: the same plan does not say that it is gone, nor takes it once more; a new one takes it.
    given(&review);
    let report = applied(&review, 9);
    assert_eq!(state(&report), ("not_made".to_owned(), 0));
    assert!(
        report["rows"][0]["summary"]
            .as_str()
            .unwrap()
            .contains("plan again"),
        "{report}"
    );
    assert_eq!(review.plan()["rows"][0]["class"], "ready");
    assert_eq!(state(&applied(&review, 0)), ("made".to_owned(), 1));
    // What the plan says is gone came back.
    assert_eq!(review.plan()["rows"][0]["class"], "gone");
    assert_eq!(state(&applied(&review, 0)), ("already_so".to_owned(), 0));
    let receipt = review.receipts().remove(&2).unwrap();
    assert_eq!(receipt["change"]["grant"], **id, "{receipt}");
    assert_eq!(receipt["change"]["principal"]["resource"], **who, "{receipt}");
    given(&review);
    assert_eq!(state(&applied(&review, 9)), ("not_made".to_owned(), 0));
}

#[test]
fn what_stays_and_goes_under_two_names_is_refused() {
    let review = Review::small();
    let row = review.members()[0];
    let blank = vec![String::new(); row.len()];
    let (mut by_id, mut by_names) = (blank.clone(), blank);
    by_id[1].clone_from(&row[1]);
    by_names[2] = format!("user:{}", row[2]);
    by_names[5].clone_from(&row[5]);
    for [one, other] in [
        [("keep", &by_id), ("revoke", &by_names)],
        [("revoke", &by_id), ("keep", &by_names)],
    ] {
        review.decide([one, other]);
        let ran = review.run(&["plan", "decisions.csv", "--out", "plan.json"]);
        assert_eq!(ran.exit, Some(9), "{}{}", ran.stdout, ran.stderr);
        let said = format!(
            "rows 2 and 3 decide differently about one thing: {} and {}",
            one.0, other.0
        );
        assert!(ran.stderr.contains(&said), "{}", ran.stderr);
    }
}
