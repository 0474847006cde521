//! How near the client comes to what a server's limit allows, in virtual time.
//!
//! The server counts in fixed windows that began at some time before the first request. Two thousand accounts are read by
//! 128 calls at a time, or more where that would take less than 40 seconds. The ideal is the longer of two times: the windows that the requests fill (requests ÷ limit), and the
//! run without a limit. `RATE_SEEDS=5 cargo test -p connector-http-kit --test it rates -- --nocapture` prints the medians of five runs of
//! each cell; without the variable there is one run of each.

use bytes::Bytes;
use http::{HeaderMap, HeaderValue, StatusCode};
use http_kit::{Call, Clock, HttpClient, Jitter, Request, Response, Transport, TransportError};
use jiff::Timestamp;
use std::sync::atomic::{AtomicU64, Ordering};
use std::sync::{Arc, Mutex};
use std::time::Duration;
use tokio::time::Instant;

const CALLS_AT_ONCE: u64 = 128;

/// The paused clock of tokio.
#[derive(Debug)]
struct Virtual(Instant);

#[async_trait::async_trait]
impl Clock for Virtual {
    fn now(&self) -> Timestamp {
        Timestamp::constant(1_767_225_600, 0) + self.elapsed()
    }

    fn elapsed(&self) -> Duration {
        Instant::now() - self.0
    }

    #[expect(
        clippy::disallowed_methods,
        reason = "this is the clock that everything else injects; tokio's time is paused"
    )]
    async fn sleep(&self, duration: Duration) {
        tokio::time::sleep(duration).await;
    }
}

/// What the server says of its limit.
#[derive(Clone, Copy, Debug, PartialEq)]
enum Says {
    /// `X-RateLimit-*` with every answer, `Retry-After` with a refusal.
    Everything,
    Nothing,
}

#[derive(Clone, Copy, Debug)]
struct Cell {
    limit: u64,
    window: Duration,
    latency: Duration,
    says: Says,
}

impl Cell {
    fn requests(&self) -> u64 {
        (self.limit * 40 / self.window.as_secs()).max(2200)
    }
}

/// Counts requests in fixed windows, at the middle of their way.
#[derive(Debug)]
struct Server {
    cell: Cell,
    clock: Arc<Virtual>,
    /// How far the first window is when the first request comes.
    phase: Duration,
    used: Mutex<(u128, u64)>,
    asked: AtomicU64,
    refused: AtomicU64,
    draw: AtomicU64,
}

impl Server {
    /// Half of the way, up to a fifth longer or shorter.
    async fn travel(&self) {
        let draw = self.draw.fetch_add(0x9E37_79B9_7F4A_7C15, Ordering::Relaxed);
        let share = 0.4 + 0.2 * ((draw >> 11) as f64 / (1_u64 << 53) as f64);
        if !self.cell.latency.is_zero() {
            self.clock.sleep(self.cell.latency.mul_f64(share)).await;
        }
    }
}

#[async_trait::async_trait]
impl Transport for Server {
    async fn send(&self, _: Request) -> Result<Response, TransportError> {
        self.travel().await;
        let Cell {
            limit, window, says, ..
        } = self.cell;
        let now = (self.clock.elapsed() + self.phase).as_nanos();
        let number = now / window.as_nanos();
        let left = Duration::from_nanos((window.as_nanos() - now % window.as_nanos()) as u64);
        let (refused, remaining) = {
            let mut used = self.used.lock().expect("the counts");
            if used.0 != number {
                *used = (number, 0);
            }
            let refused = used.1 >= limit;
            used.1 += u64::from(!refused);
            (refused, limit - used.1)
        };
        self.asked.fetch_add(1, Ordering::Relaxed);
        self.refused.fetch_add(u64::from(refused), Ordering::Relaxed);
        let mut headers = HeaderMap::new();
        if says == Says::Everything {
            headers.insert("x-ratelimit-limit", limit.into());
            headers.insert("x-ratelimit-remaining", remaining.into());
            let reset = (self.clock.now() + left).to_string();
            let reset = HeaderValue::try_from(reset).expect("a header");
            headers.insert("x-ratelimit-reset", reset);
            if refused {
                headers.insert(
                    "retry-after",
                    left.as_secs_f64()
                        .ceil()
                        .max(1.0)
                        .to_string()
                        .parse()
                        .expect("a header"),
                );
            }
        }
        self.travel().await;
        Ok(Response {
            status: if refused {
                StatusCode::TOO_MANY_REQUESTS
            } else {
                StatusCode::OK
            },
            headers,
            body: Bytes::new(),
        })
    }
}

/// Seconds, and the share of requests that was refused.
fn run(cell: Cell, seed: u64) -> (f64, f64) {
    let runtime = tokio::runtime::Builder::new_current_thread()
        .enable_time()
        .start_paused(true)
        .build()
        .expect("a runtime");
    runtime.block_on(async {
        let clock = Arc::new(Virtual(Instant::now()));
        let server = Arc::new(Server {
            cell,
            clock: clock.clone(),
            phase: cell.window.mul_f64((seed % 5) as f64 / 5.0 + 0.05),
            used: Mutex::default(),
            asked: AtomicU64::new(0),
            refused: AtomicU64::new(0),
            draw: AtomicU64::new(seed),
        });
        let client = HttpClient::builder(server.clone(), "https://api.test".parse().expect("an address"))
            .clock(clock.clone())
            .jitter(Jitter::seeded(seed))
            .max_in_flight(CALLS_AT_ONCE as usize)
            .build()
            .expect("a client");
        let next = Arc::new(AtomicU64::new(0));
        let mut workers = tokio::task::JoinSet::new();
        for _ in 0..CALLS_AT_ONCE {
            let (client, next) = (client.clone(), next.clone());
            workers.spawn(async move {
                while next.fetch_add(1, Ordering::Relaxed) < cell.requests() {
                    client
                        .send(Call::get("things.get", "things/1"))
                        .await
                        .expect("within the budget");
                }
            });
        }
        while let Some(done) = workers.join_next().await {
            done.expect("no panic");
        }
        let asked = server.asked.load(Ordering::Relaxed) as f64;
        let refused = server.refused.load(Ordering::Relaxed) as f64;
        (clock.elapsed().as_secs_f64(), refused / asked)
    })
}

fn median(mut values: Vec<f64>) -> f64 {
    values.sort_by(f64::total_cmp);
    values[values.len() / 2]
}

fn cells(says: Says) -> impl Iterator<Item = Cell> {
    [(10, 1), (20, 1), (50, 1), (200, 1), (600, 60)]
        .into_iter()
        .flat_map(move |(limit, window)| {
            [0, 40, 150, 400].map(|latency| Cell {
                limit,
                window: Duration::from_secs(window),
                latency: Duration::from_millis(latency),
                says,
            })
        })
}

#[test]
fn a_limit_that_headers_tell_is_used_and_hardly_exceeded() {
    check(Says::Everything);
}

#[test]
fn a_limit_that_nothing_tells_is_used_and_hardly_exceeded() {
    check(Says::Nothing);
}

#[expect(clippy::print_stdout, reason = "the table is shown on demand")]
fn check(says: Says) {
    let seeds = option_env!("RATE_SEEDS").map_or(1, |seeds| seeds.parse().expect("a number"));
    let mut missed = Vec::new();
    for cell in cells(says) {
        let runs: Vec<_> = (2..2 + seeds).map(|seed| run(cell, seed)).collect();
        let took = median(runs.iter().map(|run| run.0).collect());
        let refused = median(runs.iter().map(|run| run.1).collect());
        let windows = cell.requests() as f64 / cell.limit as f64 * cell.window.as_secs_f64();
        let without = (cell.requests() as f64 / CALLS_AT_ONCE as f64).ceil() * cell.latency.as_secs_f64();
        let share = windows.max(without) / took;
        let (least, most) = match cell.says {
            Says::Everything => (0.95, 0.02),
            Says::Nothing => (0.9, 0.05),
        };
        let line = format!(
            "| {:?} | {} in {} s | {} ms | {took:.1} s | {share:.3} | {:.2} % |",
            cell.says,
            cell.limit,
            cell.window.as_secs(),
            cell.latency.as_millis(),
            refused * 100.0
        );
        println!("{line}");
        if share < least || refused > most {
            missed.push(line);
        }
    }
    assert!(missed.is_empty(), "{missed:#?}");
}
