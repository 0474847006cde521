//! The page of an access review: the file, and what a browser makes of it.

use crate::world::{self, world};
use crate::{artifact, every_form, of_go, ran, said};
use std::fs;
use std::path::{Path, PathBuf};

/// The page of this artifact.
fn page(folder: &Path, file: &Path) -> PathBuf {
    let page = folder.join("report.html");
    said(
        file,
        &format!("report --as-of 2026-11-24 --out {}", page.display()),
    );
    page
}

/// The data of a page.
fn data(page: &Path) -> String {
    let text = fs::read_to_string(page).unwrap();
    let (_, rest) = text.split_once("id=\"data\">").unwrap();
    rest.split_once("</script>").unwrap().0.to_owned()
}

#[test]
fn the_data_of_a_page() {
    let (folder, file) = artifact();
    let page = page(folder.path(), &file);
    let ours = data(&page);
    serde_json::from_str::<serde_json::Value>(&ours).unwrap();
    insta::assert_snapshot!(ours);
}

#[test]
fn the_data_of_a_page_of_go() {
    let folder = tempfile::tempdir().unwrap();
    insta::assert_snapshot!(data(&page(folder.path(), &of_go())));
}

/// The browser is told to run and to apply what stands in the page and nothing else, so no byte of it may differ.
#[test]
fn a_page_allows_itself_alone() {
    use base64::Engine as _;
    use sha2::Digest as _;
    let (folder, file) = artifact();
    let text = fs::read_to_string(page(folder.path(), &file)).unwrap();
    let (_, rest) = text.split_once("Content-Security-Policy\" content=\"").unwrap();
    let policy = rest.split_once("\">").unwrap().0;
    let between = |from: &str, to: &str| {
        let (_, rest) = text.split_once(from).unwrap();
        let inner = rest.split_once(to).unwrap().0;
        base64::engine::general_purpose::STANDARD.encode(sha2::Sha256::digest(inner))
    };
    let expected = format!(
        "default-src 'none'; script-src 'sha256-{}'; style-src 'sha256-{}'; img-src data:; base-uri 'none'; form-action 'none'",
        between("<script>", "</script>"),
        between("<style>", "</style>"),
    );
    assert_eq!(policy, expected);
    let text = text.replace("http://www.w3.org/2000/svg", "");
    assert!(!text.contains("http://") && !text.contains("https://"));
}

/// What is there is replaced only where that is asked for, and what is written is its owner's alone.
#[test]
fn a_page_is_private_and_replaces_nothing_unasked() {
    let (folder, file) = artifact();
    let page = page(folder.path(), &file);
    #[cfg(unix)]
    {
        use std::os::unix::fs::PermissionsExt as _;
        assert_eq!(fs::metadata(&page).unwrap().permissions().mode() & 0o777, 0o600);
    }
    fs::write(&page, "mine").unwrap();
    let refused = ran(&file, &format!("report --out {}", page.display()));
    assert_eq!(refused.exit, 9, "{}", refused.said);
    assert!(
        refused
            .said
            .ends_with("it is there already. Name another file, or give --replace"),
        "{}",
        refused.said
    );
    assert_eq!(fs::read_to_string(&page).unwrap(), "mine");
    said(&file, &format!("report --replace --out {}", page.display()));
    assert!(fs::metadata(&page).unwrap().len() > 10_000);
    let nowhere = ran(
        &file,
        &format!("report --out {}/none/report.html", folder.path().display()),
    );
    assert_eq!(nowhere.exit, 9, "{}", nowhere.said);
    let left: Vec<_> = fs::read_dir(folder.path())
        .unwrap()
        .map(|entry| entry.unwrap().file_name())
        .collect();
    assert_eq!(left.len(), 2, "{left:?}");
}

#[test]
fn what_was_written_in_every_form() {
    let (folder, file) = artifact();
    let page = folder.path().join("report.html");
    let words = format!("report --replace --out {}", page.display());
    let said = every_form(&file, &words).replace(&*folder.path().to_string_lossy(), "DIR");
    insta::assert_snapshot!(said);
}

#[cfg(unix)]
mod in_a_browser {
    use super::*;
    use crate::browser::{self, Browser};
    use serde_json::{Value, json};

    /// A name that would run in a page that takes names for markup.
    const RUNS: &str = "</script><script>window.ran = 1</script><img src=x onerror=\"window.ran = 2\"><svg onload=window.ran=3>";

    /// The page of the world with one more hostile name, in a browser; none where there is no browser.
    fn opened(what: &str) -> Option<(tempfile::TempDir, PathBuf, Browser)> {
        let program = browser::program(what)?;
        let folder = tempfile::tempdir().unwrap();
        let mut world = world();
        world.resources[4].display_name = RUNS.into();
        let file = world::write(&folder.path().join("sync.c1z"), &world, "2026-11-24T10:00:00Z");
        let page = page(folder.path(), &file);
        Some((folder, page, Browser::start(&program)))
    }

    /// Nothing was loaded, nothing was refused by the page's own rules, nothing failed.
    fn assert_quiet(browser: &Browser) {
        for event in &browser.events {
            let url = event["params"]["request"]["url"].as_str().unwrap_or("file:");
            assert!(url.starts_with("file:") || url == "about:blank", "{event}");
            let method = event["method"].as_str().unwrap_or_default();
            let is_bad = [
                "Runtime.exceptionThrown",
                "Log.entryAdded",
                "Runtime.consoleAPICalled",
            ]
            .contains(&method);
            assert!(!is_bad, "{event}");
        }
        let files = browser
            .events
            .iter()
            .filter(|event| event["method"] == "Network.requestWillBeSent");
        assert_eq!(files.count(), 1, "the page itself, and nothing else");
    }

    /// The first cells of the rows that are shown.
    fn rows(browser: &mut Browser, view: &str) -> Vec<String> {
        let cells = format!(
            "[...document.querySelectorAll('#view-{view} .bd .r')].map(row => [...row.children].map(cell => cell.innerText.replace(/\\s+/g, ' ').trim()).join(' | '))"
        );
        let rows = browser.value(&cells);
        rows.as_array()
            .unwrap()
            .iter()
            .map(|row| row.as_str().unwrap().to_owned())
            .collect()
    }

    fn search(browser: &mut Browser, view: &str, text: &str) {
        browser.value(&format!(
            "(async () => {{ const box = document.querySelector('#view-{view} input[type=search]'); box.value = {}; \
             box.dispatchEvent(new Event('input')); await new Promise(done => setTimeout(done, 200)); }})()",
            json!(text)
        ));
    }

    fn click(browser: &mut Browser, selector: &str) {
        browser.value(&format!("document.querySelector({}).click()", json!(selector)));
    }

    #[test]
    fn names_do_not_run_and_nothing_is_loaded() {
        let Some((_folder, page, mut browser)) = opened("hostile names in a browser") else {
            return;
        };
        for view in ["overview", "access", "people", "places", "findings"] {
            browser.open(&page, &format!("#{view}"));
            let seen = browser.value(
                "({ran: window.ran ?? null, images: document.querySelectorAll('img, iframe, object, link').length, \
                 scripts: document.scripts.length, shown: document.querySelector('main section:not([hidden])').id})",
            );
            assert_eq!(
                seen,
                json!({"ran": null, "images": 0, "scripts": 2, "shown": format!("view-{view}")})
            );
            assert_quiet(&browser);
        }
        browser.open(&page, "#people");
        let names = browser.value("document.querySelector('#view-people .bd').innerText");
        assert!(names.as_str().unwrap().contains(RUNS), "{names}");
        let marks = browser.value("[...new Set([...document.querySelectorAll('.mark')].map(mark => mark.textContent))].sort().join()");
        assert_eq!(marks, "U+001B,U+202E");
    }

    #[test]
    fn searched_sorted_filtered() {
        let Some((_folder, page, mut browser)) = opened("the table of access in a browser") else {
            return;
        };
        browser.screen(1360, 900, false);
        browser.open(&page, "#access");
        let all = rows(&mut browser, "access");
        assert_eq!(all.len(), 10, "{all:#?}");
        assert!(all[..2].iter().all(|row| row.contains("privileged")), "{all:#?}");
        search(&mut browser, "access", "kim USER");
        assert_eq!(
            rows(&mut browser, "access"),
            [
                "Kim Lee kim@example.com | Jira: acme WORKSPACE | User | direct | enabled | 2026-11-18 | – keep revoke"
            ]
        );
        search(&mut browser, "access", "nobody");
        assert_eq!(
            browser.value("document.querySelector('#view-access .empty').hidden"),
            false
        );
        search(&mut browser, "access", "");
        click(&mut browser, "#view-access .hd .c button");
        let by_name = rows(&mut browser, "access");
        assert!(
            by_name[0].starts_with("=cmd|") && by_name[9].starts_with("Platform"),
            "{by_name:#?}"
        );
        click(&mut browser, "#view-access .hd .c button");
        assert!(rows(&mut browser, "access")[0].starts_with("Platform"));
        let sorted = browser.value("document.querySelector('#view-access [aria-sort=descending]').innerText");
        assert_eq!(sorted.as_str().unwrap().trim_end_matches(" ↓"), "Who");
        click(&mut browser, "#view-access input[type=checkbox]");
        assert_eq!(rows(&mut browser, "access").len(), 2);
        // From a group to who has what there.
        browser.value("document.getElementById('tab-places').click()");
        search(&mut browser, "places", "finance");
        click(&mut browser, "#view-places .open");
        assert_eq!(rows(&mut browser, "access").len(), 2);
        // By the keyboard alone.
        let moved = "(() => { const tab = document.getElementById('tab-access'); tab.focus(); \
             tab.dispatchEvent(new KeyboardEvent('keydown', {key: 'ArrowRight', bubbles: true})); return document.activeElement.id; })()";
        assert_eq!(browser.value(moved), "tab-people");
        assert_quiet(&browser);
    }

    #[test]
    fn decisions_are_written_for_a_spreadsheet() {
        let Some((_folder, page, mut browser)) = opened("decisions in a browser") else {
            return;
        };
        browser.open(&page, "#access");
        search(&mut browser, "access", "user on jira");
        let text = browser.value(
            "(async () => { URL.createObjectURL = blob => { window.made = blob; return 'blob:none'; }; \
             HTMLAnchorElement.prototype.click = function () { window.name = this.download; }; \
             const choose = (row, word) => { const node = document.querySelectorAll('#view-access .bd select')[row]; node.value = word; node.dispatchEvent(new Event('change')); }; \
             choose(0, 'revoke'); choose(1, 'keep'); document.querySelector('#view-access .bar input').value = '=Rita'; \
             document.querySelector('#view-access .btn.main').click(); return window.name + '\\n' + await window.made.text(); })()",
        );
        insta::assert_snapshot!(text.as_str().unwrap().replace("\r\n", "\n"));
        assert_quiet(&browser);
    }

    #[test]
    fn printed_is_what_the_filter_shows_with_the_number_of_rows() {
        let Some((_folder, page, mut browser)) = opened("printing in a browser") else {
            return;
        };
        browser.open(&page, "#access");
        search(&mut browser, "access", "ana@");
        let printed = browser.value("(() => { dispatchEvent(new Event('beforeprint')); return document.getElementById('print').innerText; })()");
        insta::assert_snapshot!(printed.as_str().unwrap());
        let pdf = browser.ask("Page.printToPDF", json!({}));
        assert!(
            pdf["data"].as_str().unwrap().starts_with("JVBERi0"),
            "it begins with %PDF-"
        );
        assert_quiet(&browser);
    }

    /// On every size of screen nothing stands beside the page.
    #[test]
    fn it_fits_a_phone() {
        let Some((_folder, page, mut browser)) = opened("the page on a phone") else {
            return;
        };
        for (width, dark) in [(390, false), (1360, true)] {
            browser.screen(width, 844, dark);
            for view in ["overview", "access", "people", "places", "findings"] {
                browser.open(&page, &format!("#{view}"));
                let wide = browser.value("document.documentElement.scrollWidth");
                assert_eq!(wide, width, "{view}");
                let cut = browser.value(
                    "[...document.querySelectorAll('main section:not([hidden]) .bd .r')].filter(row => row.scrollHeight > row.clientHeight + 1).length",
                );
                assert_eq!(cut, Value::from(0), "{view} at {width}: rows are cut");
            }
        }
    }
}
