//! A simulated organization on this machine, and the program run against it.

use atlassian_sim::{Org, OrgSpec, Quirks, Simulator, Switches};
use axum::body::Body;
use axum::extract::Request;
use axum::http::{HeaderValue, StatusCode};
use axum::middleware::{self, Next};
use axum::response::Response;
use std::path::{Path, PathBuf};
use std::process::{Child, Command, Output, Stdio};
use std::time::Duration;
use tempfile::TempDir;
use tokio::net::TcpListener;
use tokio::runtime::Runtime;
use tokio::sync::watch;
use tokio::task::JoinHandle;

/// How long a request is waited for that should come at once: a program that ended early must not hold up the tests.
const PATIENCE: Duration = Duration::from_secs(60);

/// What differs from the vendor in its best mood.
#[derive(Clone, Default)]
pub(crate) struct Mood {
    pub(crate) switches: Switches,
    /// How long each answer takes.
    pub(crate) latency: Duration,
    /// Answers of this path are replaced by this body.
    pub(crate) garbage: Option<(&'static str, &'static str)>,
    /// After this many requests all others wait until [`Vendor::open`].
    pub(crate) held_after: Option<u64>,
}

/// A simulated vendor, and a folder to work in.
pub(crate) struct Vendor {
    pub(crate) org: Org,
    pub(crate) folder: TempDir,
    pub(crate) url: String,
    listener: std::net::TcpListener,
    answering: JoinHandle<()>,
    mood: Mood,
    requests: watch::Sender<u64>,
    gate: watch::Sender<bool>,
    held: watch::Sender<u64>,
    runtime: Runtime,
}

impl Vendor {
    /// A small, tidy organization.
    pub(crate) fn new() -> Self {
        Self::with(Mood::default())
    }

    /// The same with a mood.
    pub(crate) fn with(mood: Mood) -> Self {
        Self::of(OrgSpec::small(12).with_quirks(Quirks::none()), mood)
    }

    /// An organization with a mood.
    pub(crate) fn of(spec: OrgSpec, mood: Mood) -> Self {
        let listener = std::net::TcpListener::bind(("127.0.0.1", 0)).unwrap();
        listener.set_nonblocking(true).unwrap();
        let runtime = Runtime::new().unwrap();
        let mut vendor = Self {
            org: Org::generate(spec),
            folder: tempfile::tempdir().unwrap(),
            url: format!("http://{}", listener.local_addr().unwrap()),
            listener,
            answering: runtime.spawn(async {}),
            mood,
            requests: watch::Sender::new(0),
            gate: watch::Sender::new(false),
            held: watch::Sender::new(0),
            runtime,
        };
        vendor.answer();
        vendor
    }

    /// Another organization at the same address.
    pub(crate) fn turn_into(&mut self, spec: OrgSpec) {
        self.org = Org::generate(spec);
        self.answer();
    }

    fn answer(&mut self) {
        let Mood {
            switches,
            latency,
            garbage,
            held_after,
        } = self.mood.clone();
        let (requests, gate, held) = (self.requests.clone(), self.gate.clone(), self.held.clone());
        let answer = move |request: Request, next: Next| {
            let mut number = 0;
            requests.send_modify(|requests| {
                *requests += 1;
                number = *requests;
            });
            let (mut open, held) = (gate.subscribe(), held.clone());
            async move {
                if held_after.is_some_and(|most| number > most) {
                    held.send_modify(|held| *held += 1);
                    // An error means that the test is over.
                    let _ = open.wait_for(|open| *open).await;
                }
                match garbage.filter(|(path, _)| request.uri().path().ends_with(path)) {
                    None => next.run(request).await,
                    Some((_, body)) => json(body),
                }
            }
        };
        let simulator = Simulator::builder(self.org.clone())
            .switches(switches)
            .latency(latency)
            .build();
        let router = simulator.router().layer(middleware::from_fn(answer));
        let listener = self.listener.try_clone().unwrap();
        self.answering.abort();
        self.answering = self.runtime.spawn(async {
            let listener = TcpListener::from_std(listener).unwrap();
            axum::serve(listener, router).await.unwrap();
        });
    }

    pub(crate) fn requests(&self) -> u64 {
        *self.requests.borrow()
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
        self.wait_for(&self.held, 1);
    }

    /// Waits until there were this many requests.
    pub(crate) fn wait_for_requests(&self, number: u64) {
        self.wait_for(&self.requests, number);
    }

    fn wait_for(&self, count: &watch::Sender<u64>, least: u64) {
        let mut count = count.subscribe();
        let enough = async { tokio::time::timeout(PATIENCE, count.wait_for(|count| *count >= least)).await };
        match self.runtime.block_on(enough) {
            Ok(enough) => drop(enough.unwrap()),
            Err(_) => panic!("the program made {} requests, not {least}", self.requests()),
        }
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

/// The program in a folder, with nothing in its environment but that people read its log.
pub(crate) fn program(folder: &Path, arguments: &[&str]) -> Command {
    let mut program = Command::new(env!("CARGO_BIN_EXE_baton-atlassian"));
    program
        .args(arguments)
        .env_clear()
        .current_dir(folder)
        .env("BATON_LOG_FORMAT", "console");
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
            (r"waited \d+\.\d s", "waited [time]"),
            (r"request id [\w-]+", "request id [id]"),
            (r"(?m)^\d\d:\d\d:\d\dZ", "[time]"),
        ] }, {
            insta::assert_snapshot!($text, @$expected);
        });
    };
}
pub(crate) use check;
