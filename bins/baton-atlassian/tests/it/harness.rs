//! A simulated organization on this machine, and the program run against it.

use atlassian_sim::{Org, OrgSpec, Quirks, Simulator, Switches};
use axum::body::Body;
use axum::extract::Request;
use axum::http::{HeaderValue, StatusCode};
use axum::middleware::{self, Next};
use axum::response::Response;
use std::path::{Path, PathBuf};
use std::process::{Child, Command, Output, Stdio};
use std::sync::Arc;
use std::sync::atomic::{AtomicU64, Ordering};
use tempfile::TempDir;
use tokio::net::TcpListener;
use tokio::runtime::Runtime;
use tokio::sync::watch;

/// What differs from the vendor in its best mood.
#[derive(Default)]
pub(crate) struct Mood {
    pub(crate) switches: Switches,
    /// Answers of this path are replaced by this body.
    pub(crate) garbage: Option<(&'static str, &'static str)>,
    /// After this many requests all others wait until [`Vendor::open`].
    pub(crate) held_after: Option<u64>,
}

/// A simulated vendor, and a folder to work in.
pub(crate) struct Vendor {
    pub(crate) org: Org,
    pub(crate) folder: TempDir,
    url: String,
    requests: Arc<AtomicU64>,
    gate: watch::Sender<bool>,
    held: watch::Receiver<u64>,
    runtime: Runtime,
}

impl Vendor {
    /// A small, tidy organization.
    pub(crate) fn new() -> Self {
        Self::with(Mood::default())
    }

    /// The same with a mood.
    pub(crate) fn with(mood: Mood) -> Self {
        let org = Org::generate(OrgSpec::small(12).with_quirks(Quirks::none()));
        let requests = Arc::new(AtomicU64::new(0));
        let (gate, open) = watch::channel(false);
        let (holding, held) = watch::channel(0);
        let (counted, garbage, held_after) = (Arc::clone(&requests), mood.garbage, mood.held_after);
        let answer = move |request: Request, next: Next| {
            let number = counted.fetch_add(1, Ordering::SeqCst) + 1;
            let (mut open, holding) = (open.clone(), holding.clone());
            async move {
                if held_after.is_some_and(|most| number > most) {
                    holding.send_modify(|held| *held += 1);
                    // An error means that the test is over.
                    let _ = open.wait_for(|open| *open).await;
                }
                match garbage.filter(|(path, _)| request.uri().path().ends_with(path)) {
                    None => next.run(request).await,
                    Some((_, body)) => json(body),
                }
            }
        };
        let simulator = Simulator::builder(org.clone()).switches(mood.switches).build();
        let router = simulator.router().layer(middleware::from_fn(answer));
        let runtime = Runtime::new().unwrap();
        let listener = runtime.block_on(TcpListener::bind(("127.0.0.1", 0))).unwrap();
        let url = format!("http://{}", listener.local_addr().unwrap());
        runtime.spawn(async { axum::serve(listener, router).await });
        Self {
            org,
            folder: tempfile::tempdir().unwrap(),
            url,
            requests,
            gate,
            held,
            runtime,
        }
    }

    pub(crate) fn requests(&self) -> u64 {
        self.requests.load(Ordering::SeqCst)
    }

    pub(crate) fn path(&self, name: &str) -> PathBuf {
        self.folder.path().join(name)
    }

    /// Lets the requests through that are held back.
    pub(crate) fn open(&self) {
        self.gate.send_replace(true);
    }

    /// Waits until a request is held back.
    pub(crate) fn wait_until_held(&self) {
        let mut held = self.held.clone();
        self.runtime.block_on(held.wait_for(|held| *held > 0)).unwrap();
    }

    /// The program in the folder, with key, organization and address in its environment.
    pub(crate) fn program(&self, arguments: &[&str]) -> Command {
        let mut program = program(self.folder.path(), arguments);
        program
            .env("BATON_API_TOKEN", self.org.api_key())
            .env("BATON_ORG", self.org.id())
            .env("BATON_BASE_URL", &self.url)
            .env("BATON_LOG_FORMAT", "console")
            .env("BATON_LOG_LEVEL", "error");
        program
    }

    /// Runs the program to its end.
    pub(crate) fn run(&self, arguments: &[&str]) -> Ran {
        self.run_with(arguments, &[])
    }

    /// Runs it with a different environment.
    pub(crate) fn run_with(&self, arguments: &[&str], environment: &[(&str, &str)]) -> Ran {
        let mut program = self.program(arguments);
        self.ran(program.envs(environment.iter().copied()).output().unwrap())
    }

    /// Waits for a started program.
    pub(crate) fn ended(&self, child: Child) -> Ran {
        self.ran(child.wait_with_output().unwrap())
    }

    fn ran(&self, output: Output) -> Ran {
        let ran = Ran::of(output, self.folder.path());
        let key = self.org.api_key();
        assert!(
            !ran.stdout.contains(key) && !ran.stderr.contains(key),
            "the key came out"
        );
        ran
    }
}

/// The program in a folder, with nothing in its environment.
pub(crate) fn program(folder: &Path, arguments: &[&str]) -> Command {
    let mut program = Command::new(env!("CARGO_BIN_EXE_baton-atlassian"));
    program.args(arguments).env_clear().current_dir(folder);
    // Windows cannot open a socket without it.
    #[cfg(windows)]
    program.env("SystemRoot", r"C:\Windows");
    program
        .stdin(Stdio::null())
        .stdout(Stdio::piped())
        .stderr(Stdio::piped());
    program
}

/// What a run left behind.
pub(crate) struct Ran {
    pub(crate) exit: Option<i32>,
    pub(crate) stdout: String,
    pub(crate) stderr: String,
}

impl Ran {
    pub(crate) fn of(output: Output, folder: &Path) -> Self {
        let text = |bytes| {
            let text: String = String::from_utf8(bytes).unwrap();
            text.replace(&format!("{}", folder.display()), "[folder]")
        };
        Self {
            exit: output.status.code(),
            stdout: text(output.stdout),
            stderr: text(output.stderr),
        }
    }

    /// The exit code, whatever came on stdout, and the last line on stderr.
    pub(crate) fn end(&self) -> String {
        let exit = self
            .exit
            .map_or("killed".to_owned(), |exit| format!("exit {exit}"));
        let last = self.stderr.lines().last().unwrap_or_default();
        [exit.as_str(), self.stdout.trim_end(), last]
            .into_iter()
            .filter(|part| !part.is_empty())
            .collect::<Vec<_>>()
            .join("\n")
    }
}

fn json(body: &'static str) -> Response {
    let mut response = Response::new(Body::from(body));
    *response.status_mut() = StatusCode::OK;
    response
        .headers_mut()
        .insert("content-type", HeaderValue::from_static("application/json"));
    response
}

/// Compares with a snapshot in which what differs from run to run is replaced.
macro_rules! check {
    ($text:expr, @$expected:literal) => {
        insta::with_settings!({ filters => vec![
            (r"127\.0\.0\.1:\d+", "127.0.0.1:[port]"),
            (r"\d+\.\d+ kB", "[size]"),
            (r"in \d+\.\d s", "in [time]"),
            (r"request id [\w-]+", "request id [id]"),
        ] }, {
            insta::assert_snapshot!($text, @$expected);
        });
    };
}
pub(crate) use check;
