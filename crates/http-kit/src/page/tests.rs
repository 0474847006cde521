use super::*;
use crate::call::Call;
use crate::error::ApiError;
use futures_util::StreamExt;
use proptest::prelude::*;

fn run<T>(future: impl Future<Output = T>) -> T {
    tokio::runtime::Builder::new_current_thread()
        .build()
        .expect("a runtime")
        .block_on(future)
}

/// Lists pages whose "next" links are `links`, from the cursor `first`; what was fetched, and how it ended.
fn list(first: Option<&str>, links: &[&str]) -> (Vec<String>, String) {
    let mut links = links.iter();
    let mut fetched = Vec::new();
    let end = run(async {
        let pages = stream_pages(
            "things.list",
            first.and_then(Cursor::from_link),
            |cursor| {
                fetched.push(cursor.map_or("start".to_owned(), |cursor| cursor.to_string()));
                let next = links.next().map(|link| Cursor::from_link(link));
                async move {
                    let next = next.ok_or_else(|| {
                        ApiError::new(crate::ApiErrorKind::Unavailable, "things.list", "broken")
                    })?;
                    Ok::<_, ApiError>(Page {
                        items: vec![()],
                        bad_rows: Vec::new(),
                        odd_fields: Vec::new(),
                        next,
                    })
                }
            },
            ApiError::from,
        );
        let mut pages = std::pin::pin!(pages);
        loop {
            match pages.next().await {
                Some(Ok(_)) => {}
                Some(Err(error)) => {
                    assert!(pages.next().await.is_none(), "nothing follows an error");
                    break error.to_string();
                }
                None => break "end".to_owned(),
            }
        }
    });
    (fetched, end)
}

#[test]
fn listings() {
    #[track_caller]
    fn check(first: Option<&str>, links: &[&str], fetched: &[&str], end: &str) {
        let found = list(first, links);
        assert_eq!(
            (
                found.0.iter().map(String::as_str).collect::<Vec<_>>().as_slice(),
                &*found.1
            ),
            (fetched, end)
        );
    }
    const REFUSED: &str = "things.list failed: protocol broken: the cursor of the next page was used before, so the \
                           listing would never end";

    check(None, &[""], &["start"], "end");
    check(None, &["a", "b", ""], &["start", "a", "b"], "end");
    check(Some("a"), &["b", ""], &["a", "b"], "end");
    check(
        None,
        &["a"],
        &["start", "a"],
        "things.list failed: unavailable: broken",
    );
    // Circles of one, two and three pages, and one that leads back to where the listing was resumed.
    check(None, &["a", "a"], &["start", "a"], REFUSED);
    check(None, &["a", "b", "a"], &["start", "a", "b"], REFUSED);
    check(
        None,
        &["x", "a", "b", "c", "a"],
        &["start", "x", "a", "b", "c"],
        REFUSED,
    );
    check(Some("a"), &["b", "a"], &["a", "b"], REFUSED);
}

#[test]
fn links() {
    #[track_caller]
    fn check(link: &str, expected: Option<&str>) {
        assert_eq!(
            Cursor::from_link(link).as_ref().map(Cursor::as_str),
            expected,
            "{link}"
        );
    }
    check("", None);
    check("  ", None);
    check("abc==", Some("abc=="));
    check("a/b+c%3D", Some("a/b+c%3D"));
    check("https://host.test/v1/orgs?cursor=abc", Some("abc"));
    check(
        "https://host.test/v1/orgs?limit=5&cursor=a%2Bb%3D%3D&x=1#top",
        Some("a+b=="),
    );
    check("https://host.test/v1/orgs?cursor=a+b", Some("a+b"));
    check("/v1/orgs?cursor=abc", Some("abc"));
    check("?cursor=abc", Some("abc"));
    check("https://host.test/v1/orgs?cursor=", None);
    check(
        "https://host.test/v1/orgs?xcursor=abc",
        Some("https://host.test/v1/orgs?xcursor=abc"),
    );
    check("https://host.test/v1/orgs", Some("https://host.test/v1/orgs"));
    check("https://host.test/?cursor=%FF", Some("%FF"));
}

proptest! {
    #[test]
    fn any_cursor_survives_the_way_out_and_back(text in "(?s)[^?\\s](.{0,80}[^?\\s])?") {
        prop_assume!(!text.contains('?'));
        let cursor = Cursor::from_link(&text).expect("a cursor");
        prop_assert_eq!(cursor.as_str(), text.as_str());
        let call = Call::get("things.list", "things").query("limit", "5").query("cursor", &cursor);
        let link = format!("https://host.test/things?{}", call.query);
        prop_assert_eq!(Cursor::from_link(&link).expect("a cursor"), cursor);
    }

    #[test]
    fn every_circle_is_seen(before in 0_usize..30, around in 1_usize..30) {
        let mut guard = CursorGuard::new("things.list");
        let cursors = (0..before + around).chain([before]).map(|index| Cursor::from_link(&index.to_string()).expect("a cursor"));
        let admitted = cursors.map(|cursor| guard.admit(&cursor)).collect::<Vec<_>>();
        let (last, earlier) = admitted.split_last().expect("cursors");
        prop_assert!(earlier.iter().all(Result::is_ok));
        prop_assert_eq!(last, &Err(PageError::RepeatedCursor { operation: "things.list" }));
    }
}

#[test]
fn a_cursor_counts_empty_pages_across_processes() {
    let mut at: Option<Cursor> = None;
    for page in 1..=19 {
        let next = Cursor::from_link(&format!("c{page}")).expect("a cursor");
        let next = next
            .after("things.list", at.as_ref(), NONE)
            .expect("not yet too many");
        // The cursor is written down and read by the next process.
        let written = serde_json::to_string(&next).expect("json");
        let read: Cursor = serde_json::from_str(&written).expect("a cursor");
        assert_eq!((read.as_str(), &read), (next.as_str(), &next));
        at = Some(read);
    }
    let next = || Cursor::from_link("c20").expect("a cursor");
    let refused = next().after("things.list", at.as_ref(), NONE);
    assert_eq!(
        refused,
        Err(PageError::EmptyPages {
            operation: "things.list"
        })
    );
    // One row, even a bad one, starts the count again.
    let mut at = Some(next().after("things.list", at.as_ref(), ["a"]).expect("a row"));
    for page in 21..40 {
        let next = Cursor::from_link(&format!("c{page}")).expect("a cursor");
        at = Some(
            next.after("things.list", at.as_ref(), NONE)
                .expect("not yet too many"),
        );
    }
}

const NONE: [&str; 0] = [];

/// Reads a listing page by page, each by a process of its own: how many pages it takes, and how it ends.
fn listed(pages: impl IntoIterator<Item = (String, Vec<String>)>) -> (usize, Option<PageError>) {
    let (mut at, mut read) = (None::<Cursor>, 0);
    for (token, rows) in pages {
        let next = Cursor::from_link(&token).expect("a cursor");
        read += 1;
        match next.after("things.list", at.as_ref(), &rows) {
            Ok(next) => {
                let written = serde_json::to_string(&next).expect("json");
                at = Some(serde_json::from_str(&written).expect("a cursor"));
            }
            Err(error) => return (read, Some(error)),
        }
    }
    (read, None)
}

/// A cursor is always new, and the rows go round.
#[test]
fn pages_of_known_rows_end_a_listing() {
    let known = Some(PageError::KnownRows {
        operation: "things.list",
    });
    for (period, most) in [(1, 21), (2, 45), (7, 180), (100, 2400)] {
        let page = |n: usize| {
            (
                format!("c{n}"),
                vec![format!("row {}", n % period), "other".to_owned()],
            )
        };
        let (read, error) = listed((0..100_000).map(page));
        assert_eq!(error, known, "{period}");
        assert!(read <= most, "{period}: {read}");
    }
    // In whatever order they come.
    let page = |n: usize| {
        let mut rows = vec!["a".to_owned(), "b".to_owned(), "c".to_owned()];
        rows.rotate_left(n % 3);
        (format!("c{n}"), rows)
    };
    assert_eq!(listed((0..1000).map(page)), (21, known));
}

#[test]
fn a_page_that_comes_again_now_and_then_is_no_fault() {
    for every in [1000, 500, 200] {
        let page = |n: usize| {
            (
                format!("c{n}"),
                vec![format!("row {}", n - usize::from(n % every == 1))],
            )
        };
        assert_eq!(listed((0..3000).map(page)), (3000, None), "{every}");
    }
}

#[test]
fn a_cursor_that_leads_back_is_seen_from_page_to_page() {
    for (before, around) in [(0, 1), (3, 1), (0, 2), (5, 17)] {
        let token = |n: usize| {
            if n < before {
                n
            } else {
                before + (n - before) % around
            }
        };
        let page = |n: usize| (format!("c{}", token(n)), vec![format!("row {n}")]);
        let (read, error) = listed((0..1000).map(page));
        let repeated = PageError::RepeatedCursor {
            operation: "things.list",
        };
        assert_eq!(error, Some(repeated));
        assert!(read <= 3 * (before + around) + 1, "{before} {around}: {read}");
    }
}
