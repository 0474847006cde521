//! What a change has sent so far, while it is under way.

use crate::write_request::WriteRequest;
use std::cell::RefCell;
use std::future::poll_fn;
use std::pin::pin;
use std::sync::{Arc, Mutex, MutexGuard, PoisonError};
use std::task::{Poll, Waker};

thread_local! {
    static CURRENT: RefCell<Option<Writes>> = const { RefCell::new(None) };
}

/// The writes of one change: noted before they leave, so that whatever ends the change it is known what was sent, and refused
/// once whoever asked for the change wants no more of them. Clones are the same list.
///
/// An engine [carries the change out within](Self::scope) it, and what sends for the connector [finds](Self::current) it. A
/// connector that notes every write in it says so: [`crate::Connector::notes_writes`].
///
/// ```
/// use connector_sdk::{WriteRequest, Writes};
///
/// # async fn send() -> u16 { 204 }
/// async fn delete(path: &str) {
///     let writes = Writes::current().unwrap_or_default();
///     let Some(number) = writes.begin(WriteRequest::new("DELETE", path)) else {
///         return; // an error, in earnest
///     };
///     let status = send().await;
///     writes.answered(number, status, None);
/// }
///
/// # struct Idle;
/// # impl std::task::Wake for Idle { fn wake(self: std::sync::Arc<Self>) {} }
/// # let waker = std::sync::Arc::new(Idle).into();
/// # let mut cx = std::task::Context::from_waker(&waker);
/// let writes = Writes::default();
/// let change = writes.scope(async {
///     delete("/users/1").await;
///     Writes::current().expect("it is carried out within one").close();
///     delete("/users/2").await;
/// });
/// # assert!(std::future::Future::poll(std::pin::pin!(change), &mut cx).is_ready());
/// assert_eq!(writes.sent(), [WriteRequest::new("DELETE", "/users/1").answered(204, None)]);
/// ```
#[derive(Clone, Debug, Default)]
pub struct Writes(Arc<Mutex<State>>);

#[derive(Debug, Default)]
struct State {
    /// By number; none where it never left.
    sent: Vec<Option<WriteRequest>>,
    is_closed: bool,
    waiting: Vec<Waker>,
}

impl Writes {
    /// Those of the change that is being carried out here. Work that a connector spawns is not within it.
    pub fn current() -> Option<Self> {
        CURRENT.with_borrow(Clone::clone)
    }

    /// Carries a change out, whose writes these are.
    pub async fn scope<F: Future>(&self, change: F) -> F::Output {
        let mut change = pin!(change);
        poll_fn(|cx| {
            let _entered = Entered(CURRENT.replace(Some(self.clone())));
            change.as_mut().poll(cx)
        })
        .await
    }

    /// Notes a write that is about to leave, and returns its number. `None` where no more is to be sent.
    #[must_use]
    pub fn begin(&self, write: WriteRequest) -> Option<usize> {
        let mut state = self.state();
        if state.is_closed {
            return None;
        }
        state.sent.push(Some(write));
        Some(state.sent.len() - 1)
    }

    /// Notes the vendor's answer to a write. Until then the result is unknown.
    pub fn answered(&self, number: usize, status: u16, request_id: Option<String>) {
        if let Some(write) = self.state().sent.get_mut(number) {
            *write = write.take().map(|write| write.answered(status, request_id));
        }
    }

    /// Notes that a write never left.
    pub fn not_sent(&self, number: usize) {
        if let Some(write) = self.state().sent.get_mut(number) {
            *write = None;
        }
    }

    /// What was sent so far, in order.
    pub fn sent(&self) -> Vec<WriteRequest> {
        self.state().sent.iter().flatten().cloned().collect()
    }

    /// Says that no more is to be sent.
    pub fn close(&self) {
        let waiting = {
            let mut state = self.state();
            state.is_closed = true;
            std::mem::take(&mut state.waiting)
        };
        waiting.into_iter().for_each(Waker::wake);
    }

    /// Completes when no more is to be sent.
    pub async fn closed(&self) {
        poll_fn(|cx| {
            let mut state = self.state();
            if state.is_closed {
                return Poll::Ready(());
            }
            if !state.waiting.iter().any(|waker| waker.will_wake(cx.waker())) {
                state.waiting.push(cx.waker().clone());
            }
            Poll::Pending
        })
        .await;
    }

    fn state(&self) -> MutexGuard<'_, State> {
        // Nothing in here panics half way.
        self.0.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

/// Puts back what was current before.
struct Entered(Option<Writes>);

impl Drop for Entered {
    fn drop(&mut self) {
        CURRENT.set(self.0.take());
    }
}
