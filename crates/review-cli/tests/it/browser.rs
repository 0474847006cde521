//! A headless browser, driven over the pipe of its DevTools protocol: JSON messages with a zero byte behind each.

use serde_json::{Value, json};
use std::ffi::OsString;
use std::fs::File;
use std::io::{BufRead as _, BufReader, Write as _};
use std::path::Path;
use std::process::{Child, Command, Stdio};
use std::sync::mpsc::{self, Receiver};
use std::thread;
use std::time::Duration;

/// How long an answer may take on a machine with much to do.
const PATIENCE: Duration = Duration::from_secs(60);

/// A browser with one page, which ends with its owner.
pub(crate) struct Browser {
    child: Child,
    to: File,
    from: Receiver<Vec<u8>>,
    _folder: tempfile::TempDir,
    session: Option<String>,
    last: u64,
    /// What happened beside the answers.
    pub(crate) events: Vec<Value>,
}

/// The browser that the variable `CHROMIUM` names; `.ci/run` installs one and sets the variable. Without it the test is
/// skipped, which it says on stderr.
pub(crate) fn program(what: &str) -> Option<OsString> {
    #[expect(
        clippy::disallowed_methods,
        reason = "the program is a matter of the machine, not of the crate"
    )]
    let program = std::env::var_os("CHROMIUM").filter(|program| !program.is_empty());
    if program.is_none() {
        let why = format!("skipped: {what}: CHROMIUM does not name the browser, .ci/run installs it");
        writeln!(std::io::stderr(), "{why}").expect("stderr can be written");
    }
    program
}

impl Browser {
    pub(crate) fn start(program: &OsString) -> Self {
        let folder = tempfile::tempdir().unwrap();
        let pipe = |name: &str| {
            let path = folder.path().join(name);
            assert!(Command::new("mkfifo").arg(&path).status().unwrap().success());
            path
        };
        let (to, from) = (pipe("to"), pipe("from"));
        // The protocol is spoken over the descriptors 3 and 4.
        let child = Command::new("sh")
            .args([
                "-c",
                "p=$1 i=$2 o=$3; shift 3; exec \"$p\" \"$@\" 3<\"$i\" 4>\"$o\"",
                "sh",
            ])
            .arg(program)
            .args([&to, &from])
            .args([
                "--headless",
                "--no-sandbox",
                "--disable-gpu",
                "--disable-dev-shm-usage",
                "--no-first-run",
            ])
            .args(["--remote-debugging-pipe", "--hide-scrollbars"])
            .arg(format!(
                "--user-data-dir={}",
                folder.path().join("profile").display()
            ))
            .stdin(Stdio::null())
            .stdout(Stdio::null())
            .stderr(Stdio::null())
            .spawn()
            .unwrap();
        let to = File::options().write(true).open(to).unwrap();
        let mut from = BufReader::new(File::open(from).unwrap());
        let (sends, received) = mpsc::channel();
        thread::spawn(move || {
            let mut bytes = Vec::new();
            while from.read_until(0, &mut bytes).is_ok() && bytes.pop() == Some(0) {
                if sends.send(std::mem::take(&mut bytes)).is_err() {
                    break;
                }
            }
        });
        let mut browser = Self {
            child,
            to,
            from: received,
            _folder: folder,
            session: None,
            last: 0,
            events: Vec::new(),
        };
        let target = browser.ask("Target.createTarget", json!({"url": "about:blank"}));
        let attach = json!({"targetId": target["targetId"], "flatten": true});
        let session = browser.ask("Target.attachToTarget", attach);
        browser.session = session["sessionId"].as_str().map(ToOwned::to_owned);
        for domain in ["Page", "Runtime", "Network", "Log"] {
            browser.ask(&format!("{domain}.enable"), json!({}));
        }
        browser
    }

    /// Sends a command and waits for its answer.
    pub(crate) fn ask(&mut self, method: &str, parameters: Value) -> Value {
        self.last += 1;
        let mut message = json!({"id": self.last, "method": method, "params": parameters});
        if let Some(session) = &self.session {
            message["sessionId"] = json!(session);
        }
        self.to.write_all(format!("{message}\0").as_bytes()).unwrap();
        loop {
            let mut answer = self.next();
            if answer["id"] == self.last {
                assert!(answer["error"].is_null(), "{method}: {answer}");
                return answer["result"].take();
            }
            self.events.push(answer);
        }
    }

    fn next(&mut self) -> Value {
        let bytes = self.from.recv_timeout(PATIENCE);
        let bytes = bytes
            .unwrap_or_else(|error| panic!("the browser says nothing: {error}; before: {:#?}", self.events));
        serde_json::from_slice(&bytes).unwrap()
    }

    /// Opens a file, and waits until it is loaded.
    pub(crate) fn open(&mut self, file: &Path, fragment: &str) {
        self.events.clear();
        // A number makes it another document than one that is open already, so that it is loaded again.
        let url = format!("file://{}?{}{fragment}", file.display(), self.last);
        self.ask("Page.navigate", json!({"url": url}));
        let is_load = |event: &Value| event["method"] == "Page.loadEventFired";
        while !self.events.iter().any(is_load) {
            let event = self.next();
            self.events.push(event);
        }
    }

    /// The value of an expression in the page; a promise is waited for.
    pub(crate) fn value(&mut self, expression: &str) -> Value {
        let mut answer = self.ask(
            "Runtime.evaluate",
            json!({"expression": expression, "awaitPromise": true, "returnByValue": true}),
        );
        assert!(answer["exceptionDetails"].is_null(), "{expression}: {answer}");
        answer["result"]["value"].take()
    }

    /// What the page is on a screen of this size.
    pub(crate) fn screen(&mut self, width: u32, height: u32, dark: bool) {
        let metrics =
            json!({"width": width, "height": height, "deviceScaleFactor": 1, "mobile": width < 500});
        self.ask("Emulation.setDeviceMetricsOverride", metrics);
        let scheme = if dark { "dark" } else { "light" };
        let features = json!({"features": [{"name": "prefers-color-scheme", "value": scheme}]});
        self.ask("Emulation.setEmulatedMedia", features);
    }
}

impl Drop for Browser {
    fn drop(&mut self) {
        let _ = self.child.kill();
        let _ = self.child.wait();
    }
}
