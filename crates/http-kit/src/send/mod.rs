//! The life of one call: wait for a permit, send, classify the result, back off, repeat.

use crate::answer::Answer;
use crate::call::{Call, Idempotency};
use crate::client::Parts;
use crate::credentials::Hidden;
use crate::error::{ApiError, ApiErrorKind, MAX_WORDS};
use crate::hints::Hints;
use crate::journal::Journal;
use crate::limit::{TooLate, Turn, restart_delay};
use crate::mask::masked;
use crate::retry::{Fault, retryable, slows_everyone};
use crate::standstill::Why;
use crate::text;
use crate::transport::{Request, Response, TransportError, TransportErrorKind};
use futures_util::future::{Either, select};
use http::header::LOCATION;
use http::{HeaderMap, StatusCode};
use std::pin::{Pin, pin};
use std::sync::Arc;
use std::time::Duration;
use tracing::field::{Empty, display};
use tracing::{Instrument as _, Level, debug, event, trace_span};
use url::Url;

/// Reads the answer, or says why it is not one. Called again where another try may bring a better one.
pub(crate) type Read<'a> = dyn FnMut(Answer) -> Result<(), ApiError> + Send + 'a;

/// A call under way until its answer was read.
pub(crate) type Carried<'a> = Pin<Box<dyn Future<Output = Result<(), ApiError>> + Send + 'a>>;

/// A call is not tried again after so many tries that used up their whole time: they would add up to most of an hour where one
/// object of many does not answer.
const MOST_TIMEOUTS: u32 = 3;

/// One call under way.
pub(crate) struct Attempts<'a> {
    client: &'a Parts,
    call: &'a Call,
    path: String,
    hidden: Arc<Hidden>,
    attempts: u32,
    /// Tries that the server's limit refused.
    refusals: u32,
    /// Whether a try ended in another way, and the server may have acted on it or said something about it.
    reached: bool,
    /// How many answers were not understood.
    undecodable: u32,
    /// How many tries used up their whole time.
    timeouts: u32,
    waited: Duration,
    /// How the last try ended, if there was one.
    last: Option<ApiError>,
    /// When the call has to be over, as elapsed time. It moves with the time spent in our own queue.
    deadline: Duration,
}

/// A failed try, ready to be the end of the call or to be followed by another.
struct Failure {
    error: ApiError,
    fault: Fault,
    /// How long the server asked to wait.
    asked: Option<Duration>,
}

impl<'a> Attempts<'a> {
    pub(crate) fn new(client: &'a Parts, call: &'a Call) -> Self {
        Self {
            client,
            call,
            path: format!("{}{}", client.prefix, call.path.as_str()),
            hidden: client
                .hidden
                .with_request(&call.headers, &call.query)
                .map_or_else(|| Arc::clone(&client.hidden), Arc::new),
            attempts: 0,
            refusals: 0,
            reached: false,
            undecodable: 0,
            timeouts: 0,
            waited: Duration::ZERO,
            last: None,
            deadline: client.clock.elapsed().saturating_add(client.retry.budget),
        }
    }

    pub(crate) async fn run(mut self, read: &mut Read<'_>) -> Result<(), ApiError> {
        let result = self.carry_out(read).await;
        self.client.meter.count(self.call.operation, |counts| {
            counts.calls += 1;
            counts.waited += self.waited;
            counts.failures += u64::from(result.is_err());
        });
        result
    }

    async fn carry_out(&mut self, read: &mut Read<'_>) -> Result<(), ApiError> {
        let (url, headers) = self.request_parts()?;
        let journal = match self.call.is_read() {
            true => None,
            false => self.client.journal.and_then(|find| find()),
        };
        let journal = journal.as_deref();
        loop {
            let Some(turn) = unless_closed(journal, self.turn()).await else {
                return Err(self.stopped());
            };
            let turn = turn?;
            let number = match journal.map(|journal| journal.begin(&self.call.method, &self.path)) {
                Some(None) => return Err(self.stopped()),
                begun => begun.flatten(),
            };
            let noted = journal.zip(number);
            let outcome = self.send_once(&turn, noted, url.clone(), headers.clone()).await;
            drop(turn);
            let failure = match outcome {
                Ok(answer) => match read(answer) {
                    Ok(()) => return Ok(()),
                    Err(error) => self.decoding_failure(error)?,
                },
                Err(failure) => *failure,
            };
            match unless_closed(journal, self.wait_after(failure)).await {
                Some(waited) => waited?,
                None => return Err(self.stopped()),
            }
        }
    }

    /// The address and the headers, the same for every try.
    fn request_parts(&self) -> Result<(Url, HeaderMap), ApiError> {
        if let Some(fault) = self.call.path.fault().or(self.call.fault.as_deref()) {
            return Err(self
                .error(ApiErrorKind::Invalid)
                .with_reason(format!("not sent: {fault}")));
        }
        let mut url = self.client.base.clone();
        url.set_path(&self.path);
        match (self.call.query.as_str(), self.client.query.as_str()) {
            ("", "") => {}
            ("", query) | (query, "") => url.set_query(Some(query)),
            (own, always) => url.set_query(Some(&format!("{own}&{always}"))),
        }
        let mut headers = self.client.headers.clone();
        headers.extend(self.call.headers.clone());
        Ok((url, headers))
    }

    /// Waits until the limiter and the number of requests under way let the next try start.
    async fn turn(&mut self) -> Result<Turn<'a>, ApiError> {
        let Parts {
            clock,
            rate_limit,
            jitter,
            in_flight,
            ..
        } = self.client;
        let began = clock.elapsed();
        let turn = rate_limit
            .turn(
                self.call.class,
                self.call.operation,
                &**clock,
                jitter,
                self.deadline,
                in_flight,
            )
            .await;
        self.waited += clock.elapsed().saturating_sub(began);
        let (turn, queued) = match turn {
            Ok((turn, queued)) => (Ok(turn), queued),
            Err(TooLate {
                pause,
                limited,
                queued,
            }) => (Err((pause, limited)), queued),
        };
        self.deadline = self.deadline.saturating_add(queued);
        turn.map_err(|(pause, limited)| self.exhausted(pause, limited))
    }

    async fn send_once(
        &mut self,
        turn: &Turn<'_>,
        noted: Option<(&dyn Journal, usize)>,
        url: Url,
        headers: HeaderMap,
    ) -> Result<Answer, Box<Failure>> {
        let Parts {
            clock,
            transport,
            meter,
            ..
        } = self.client;
        let began = clock.elapsed();
        let request = Request {
            method: self.call.method.clone(),
            url,
            headers,
            body: self.call.body.clone(),
            timeout: self
                .call
                .timeout
                .unwrap_or(self.client.timeout)
                .min(self.left(began)),
        };
        self.attempts += 1;
        if self.call.idempotency != Idempotency::Safe {
            meter.count(self.call.operation, |counts| counts.writes += 1);
        }
        let span = trace_span!(
            target: "telemetry",
            "request",
            otel.name = self.call.operation,
            otel.kind = "client",
            otel.status_code = Empty,
            http.request.method = %self.call.method,
            http.response.status_code = Empty,
            fault = Empty,
            request_id = Empty,
            r#try = i64::from(self.attempts),
        );
        let outcome = transport.send(request).instrument(span.clone()).await;
        match &outcome {
            Ok(response) => {
                let status = i64::from(response.status.as_u16());
                span.record("http.response.status_code", status);
                span.record("request_id", self.request_id(&response.headers));
            }
            Err(error) => {
                span.record("fault", display(error.kind));
                span.record("otel.status_code", "ERROR");
            }
        }
        drop(span);
        if let Some((journal, number)) = noted {
            match &outcome {
                Ok(response) => {
                    let request_id = self.request_id(&response.headers);
                    journal.answered(number, response.status.as_u16(), request_id);
                }
                Err(error) if !error.kind.may_have_reached_server() => journal.not_sent(number),
                Err(_) => {}
            }
        }
        let took = clock.elapsed().saturating_sub(began);
        meter.count(self.call.operation, |counts| {
            counts.requests += 1;
            counts.retries += u64::from(self.attempts > 1);
            counts.in_flight += took;
            if let Ok(response) = &outcome {
                counts.bytes_in += response.body.len() as u64;
                counts.rate_limited += u64::from(response.status == StatusCode::TOO_MANY_REQUESTS);
            }
        });
        let status = outcome.as_ref().ok().map(|response| response.status);
        event!(
            target: "telemetry",
            Level::TRACE,
            monotonic_counter.baton_vendor_requests = 1_u64,
            monotonic_counter.baton_vendor_requests_retried = u64::from(self.attempts > 1),
            monotonic_counter.baton_vendor_requests_rate_limited =
                u64::from(status == Some(StatusCode::TOO_MANY_REQUESTS)),
            operation = self.call.operation,
            status = status.map(|status| status.as_u16()),
        );
        debug!(
            operation = self.call.operation,
            method = %self.call.method,
            path = %self.path,
            status = status.map(|status| status.as_u16()),
            fault = outcome.as_ref().err().map(|error| display(error.kind)),
            r#try = self.attempts,
            took_ms = took.as_millis() as u64,
            "request"
        );
        match &outcome {
            Ok(response) if response.status == StatusCode::TOO_MANY_REQUESTS => self.refusals += 1,
            Ok(_) => self.reached = true,
            Err(error) => {
                self.reached |= error.kind.may_have_reached_server();
                self.timeouts += u32::from(error.kind == TransportErrorKind::Timeout);
            }
        }
        match outcome {
            Ok(response) => self.classify(turn, response),
            Err(error) => Err(self.transport_failure(error)),
        }
    }

    fn classify(&self, turn: &Turn<'_>, response: Response) -> Result<Answer, Box<Failure>> {
        let Parts {
            clock, retry, jitter, ..
        } = self.client;
        let hints = Hints::read(&response.headers, clock.now());
        if response.status == StatusCode::TOO_MANY_REQUESTS {
            // "At once" from a server that has just refused is not taken at its word.
            let asked = hints.wait(response.status);
            let asked = asked.filter(|asked| *asked >= retry.base_delay);
            turn.refused(clock.elapsed(), asked, &hints, jitter);
        } else if !response.status.is_server_error() {
            turn.served(clock.elapsed(), &hints);
        }
        if !hints.ignored.is_empty() {
            debug!(operation = self.call.operation, headers = ?hints.ignored, "rate-limit headers not understood");
        }
        let request_id = self.request_id(&response.headers);
        let Response {
            status,
            headers,
            body,
        } = response;
        if !status.is_success() {
            return Err(self.status_failure(status, &headers, &text::clean(body), hints, request_id));
        }
        let body = text::clean(body);
        if text::has_more_values(&body, self.client.max_values) {
            let most = self.client.max_values;
            let error = self.error(ApiErrorKind::TooLarge).with_status(status);
            return Err(Box::new(Failure {
                error: error.with_reason(format!("the answer has more than {most} values")),
                fault: Fault::Transport(TransportErrorKind::TooLarge),
                asked: None,
            }));
        }
        if let Some(pause) = hints
            .used_up()
            .filter(|pause| *pause <= retry.max_delay && !self.keeps_told_rate())
        {
            self.pause_everyone(pause, Why::UsedUp);
        }
        Ok(Answer {
            status,
            headers,
            body,
            request_id,
            operation: self.call.operation,
            hints,
            method: self.call.method.clone(),
            path: self.path.clone(),
            attempts: self.attempts,
            refusals: self.refusals,
            hidden: Arc::clone(&self.hidden),
        })
    }

    fn status_failure(
        &self,
        status: StatusCode,
        headers: &HeaderMap,
        body: &[u8],
        hints: Hints,
        request_id: Option<String>,
    ) -> Box<Failure> {
        let vendor =
            (self.client.error_decoder)(status, headers, body).map(|words| self.quote(words, MAX_WORDS));
        let asked = hints.wait(status);
        let fault = Fault::Status {
            status,
            hinted: hints.retry_after.is_some(),
        };
        let mut error = self
            .error(ApiErrorKind::of_status(status))
            .with_status(status)
            .with_request_id(request_id.or_else(|| vendor.request_id.clone()))
            .with_hints(hints)
            .with_vendor(vendor);
        if error.kind() == ApiErrorKind::Redirected {
            error = error.with_reason(self.quote(&redirect_target(&self.client.base, headers), MAX_WORDS));
            if matches!(
                status,
                StatusCode::TEMPORARY_REDIRECT | StatusCode::PERMANENT_REDIRECT
            ) {
                error = error.with_moved(self.moved_to(headers));
            }
        }
        Box::new(Failure { error, fault, asked })
    }

    /// Path and query that a redirect names, if they are below the address of the client.
    fn moved_to(&self, headers: &HeaderMap) -> Option<(String, String)> {
        let location = headers.get(LOCATION)?.to_str().ok()?;
        let mut asked = self.client.base.clone();
        asked.set_path(&self.path);
        let target = asked.join(location).ok()?;
        let is_own =
            target.origin() == asked.origin() && target.username().is_empty() && target.password().is_none();
        let below = target.path().strip_prefix(self.client.prefix.as_str())?;
        (is_own && below.starts_with('/'))
            .then(|| (below.to_owned(), target.query().unwrap_or_default().to_owned()))
    }

    /// The failure of a try whose answer is not understood, unless trying again is not allowed or has not helped.
    fn decoding_failure(&mut self, error: ApiError) -> Result<Failure, ApiError> {
        const MOST: u32 = 2;
        self.undecodable += 1;
        // An answer about something else is one to another question, which a cache on the way may have mixed up.
        let may_pass = matches!(error.kind(), ApiErrorKind::Undecodable | ApiErrorKind::Protocol);
        if !may_pass || self.undecodable > MOST {
            return Err(error.with_attempts(self.attempts, self.waited));
        }
        Ok(Failure {
            error: error.with_attempts(self.attempts, self.waited),
            fault: Fault::Undecodable,
            asked: None,
        })
    }

    fn transport_failure(&self, error: TransportError) -> Box<Failure> {
        let kind = match error.kind {
            TransportErrorKind::TooLarge => ApiErrorKind::TooLarge,
            TransportErrorKind::NotRecorded | TransportErrorKind::Other => ApiErrorKind::Protocol,
            TransportErrorKind::Settings => ApiErrorKind::Invalid,
            _ => ApiErrorKind::Unavailable,
        };
        let fault = Fault::Transport(error.kind);
        Box::new(Failure {
            error: self.error(kind).with_transport(error),
            fault,
            asked: None,
        })
    }

    /// Waits before the next try, or ends the call with how the last one ended.
    async fn wait_after(&mut self, failure: Failure) -> Result<(), ApiError> {
        let Failure { error, fault, asked } = failure;
        let Parts {
            retry, jitter, clock, ..
        } = self.client;
        let limited = fault.is_limit();
        // How often the limit refuses does not matter, only for how long.
        let faults = self.attempts - self.refusals;
        let again = if limited {
            retry.max_attempts > 1
        } else {
            faults < retry.max_attempts && self.timeouts < MOST_TIMEOUTS
        };
        let own = retry.delay(faults.max(1), jitter);
        let delay = match asked {
            // "At once" from a server that has just refused is not taken at its word.
            Some(wait) if wait < retry.base_delay => wait.max(own),
            Some(wait) => wait,
            None => own,
        };
        let hinted = asked.is_some_and(|wait| wait >= retry.base_delay);
        if slows_everyone(fault) && (hinted || !limited) {
            // `Retry-After` is in whole seconds. Where headers tell the rate, the others need not wait longer than for the
            // end of the window, if that is still to come.
            let pause = if limited && self.keeps_told_rate() {
                error.hints().reset_after.unwrap_or_default().min(delay)
            } else {
                delay
            };
            self.pause_everyone(pause, Why::Failed(fault));
        }
        if !retryable(fault, self.call.idempotency) || !again {
            return Err(error);
        }
        if limited && !hinted {
            // The limiter knows best when it is our turn again.
            self.last = Some(error);
            return Ok(());
        }
        self.last = Some(error);
        let left = self.left(clock.elapsed());
        if delay >= left {
            return Err(self.exhausted(delay, limited));
        }
        // All who were told the same time must not come back at the same moment.
        let restart = asked.map_or(Duration::ZERO, |wait| restart_delay(wait, left - delay, jitter));
        let wait = delay + restart;
        debug!(
            operation = self.call.operation,
            path = %self.path,
            r#try = self.attempts,
            wait_ms = wait.as_millis() as u64,
            asked = asked.is_some(),
            "waiting before the next try"
        );
        let began = clock.elapsed();
        let (class, operation) = (self.call.class, self.call.operation);
        let limit = &self.client.rate_limit;
        limit.tell(class, operation, began, wait, Why::Failed(fault));
        clock.sleep(wait).await;
        self.waited += clock.elapsed().saturating_sub(began);
        Ok(())
    }

    /// The last failure, if there was one, ended because no more is to be sent.
    fn stopped(&mut self) -> ApiError {
        let (error, again) = match self.last.take() {
            Some(error) => (error.ended(ApiErrorKind::Stopped), " again"),
            None => (self.error(ApiErrorKind::Stopped), ""),
        };
        let reason = format!("asked to stop, so it was not sent{again}");
        error
            .with_reason(reason)
            .with_attempts(self.attempts, self.waited)
    }

    /// The last failure, if there was one, ended by the budget because of a wait that is too long; `limited` if it is a
    /// wait for the limit of requests.
    fn exhausted(&mut self, wait: Duration, limited: bool) -> ApiError {
        let left = self.left(self.client.clock.elapsed());
        let reason = format!(
            "the next try may start in {}, {:.1} s are left",
            seconds(wait),
            left.as_secs_f64()
        );
        let kind = if limited {
            ApiErrorKind::RateLimited
        } else {
            ApiErrorKind::BudgetSpent
        };
        let error = match self.last.take() {
            Some(error) => error.ended(kind),
            None => self.error(kind),
        };
        error
            .with_reason(reason)
            .with_attempts(self.attempts, self.waited)
    }

    /// Words of the vendor, fit to be shown.
    fn quote(&self, words: &str, limit: usize) -> String {
        masked(&self.hidden.scrub(words), limit)
    }

    fn pause_everyone(&self, pause: Duration, why: Why) {
        let now = self.client.clock.elapsed();
        let limit = &self.client.rate_limit;
        limit.pause_everyone(self.call.class, now, pause, why);
    }

    fn keeps_told_rate(&self) -> bool {
        self.client.rate_limit.keeps_told_rate(self.call.class)
    }

    fn left(&self, now: Duration) -> Duration {
        self.deadline.saturating_sub(now)
    }

    fn request_id(&self, headers: &HeaderMap) -> Option<String> {
        let names = self.client.request_id_headers.iter();
        let value = names.filter_map(|name| headers.get(name)?.to_str().ok()).next()?;
        Some(self.quote(value, 80))
    }

    fn error(&self, kind: ApiErrorKind) -> ApiError {
        ApiError::bare(kind, self.call.operation)
            .with_request(&self.call.method, &self.path)
            .with_attempts(self.attempts, self.waited)
            .with_only_limited(self.refusals > 0 && !self.reached)
            .with_refusals(self.refusals)
    }
}

/// What is waited for, unless no more is to be sent.
async fn unless_closed<T>(journal: Option<&dyn Journal>, wait: impl Future<Output = T>) -> Option<T> {
    let Some(journal) = journal else {
        return Some(wait.await);
    };
    // What is there at once is taken.
    match select(pin!(wait), journal.closed()).await {
        Either::Left((done, _)) => Some(done),
        Either::Right(_) => None,
    }
}

/// A wait in seconds, and a long one in hours too.
fn seconds(wait: Duration) -> String {
    let seconds = wait.as_secs_f64();
    if seconds < 2.0 * 3600.0 {
        format!("{seconds:.1} s")
    } else {
        format!("{seconds:.0} s ({:.1} hours)", seconds / 3600.0)
    }
}

/// Names the host that a redirect points to: the path and the query of it may hold anything.
fn redirect_target(base: &Url, headers: &HeaderMap) -> String {
    let location = headers.get(LOCATION).and_then(|value| value.to_str().ok());
    match location.and_then(|location| base.join(location).ok()) {
        Some(target) => format!(
            "to {}://{}",
            target.scheme(),
            target.host_str().unwrap_or("nowhere")
        ),
        None => "to no usable address".to_owned(),
    }
}

#[cfg(test)]
mod tests;
