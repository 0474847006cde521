//! Actions that were invoked: they go on without their caller, who asks for their state.

use crate::status::Failure;
use connector_proto::connector::v2::BatonActionStatus;
use connector_proto::wkt;
use connector_runtime::Redactor;
use connector_sdk::Code;
use jiff::Timestamp;
use prost_types::Struct;
use std::collections::BTreeMap;
use std::sync::{Mutex, MutexGuard, PoisonError};
use tokio::sync::watch;

/// Ended actions that are remembered at most; the oldest are forgotten first.
const REMEMBERED: usize = 1000;

/// What an action came to.
pub(crate) type Ended = Result<Struct, Failure>;

/// The state of an action, as it is told: what it returned or why it failed, once it is over.
pub(crate) struct Told {
    pub(crate) name: String,
    pub(crate) status: BatonActionStatus,
    pub(crate) response: Option<Struct>,
}

/// Every action that was invoked, by id.
#[derive(Debug, Default)]
pub(crate) struct Actions(Mutex<BTreeMap<String, Invoked>>);

#[derive(Debug)]
struct Invoked {
    name: String,
    at: Timestamp,
    state: watch::Receiver<Option<Ended>>,
}

impl Actions {
    /// Remembers an action; what it comes to is told through the answer.
    pub(crate) fn begin(&self, id: String, name: &str, at: Timestamp) -> watch::Sender<Option<Ended>> {
        let (tell, state) = watch::channel(None);
        let mut by_id = self.lock();
        while by_id.len() >= REMEMBERED {
            let over = by_id
                .iter()
                .filter(|(_, invoked)| invoked.state.borrow().is_some());
            let Some(oldest) = over
                .min_by_key(|(_, invoked)| invoked.at)
                .map(|(id, _)| id.clone())
            else {
                break;
            };
            by_id.remove(&oldest);
        }
        let name = name.to_owned();
        by_id.insert(id, Invoked { name, at, state });
        tell
    }

    /// Forgets an action that was not begun after all.
    pub(crate) fn forget(&self, id: &str) {
        self.lock().remove(id);
    }

    /// The state of an action.
    pub(crate) fn told(&self, id: &str, redactor: &Redactor) -> Option<Told> {
        let by_id = self.lock();
        let invoked = by_id.get(id)?;
        let (status, response) = match &*invoked.state.borrow() {
            None if invoked.state.has_changed().is_err() => {
                let why = "the action broke off, and whether it was carried out is not known";
                (BatonActionStatus::Failed, Some(error(why)))
            }
            None => (BatonActionStatus::Running, None),
            Some(Ok(response)) => (BatonActionStatus::Complete, Some(response.clone())),
            Some(Err(failure)) => (BatonActionStatus::Failed, Some(failure.response(redactor))),
        };
        Some(Told {
            name: invoked.name.clone(),
            status,
            response,
        })
    }

    fn lock(&self) -> MutexGuard<'_, BTreeMap<String, Invoked>> {
        self.0.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

fn error(why: &str) -> Struct {
    // As any change whose result is not known.
    let code = wkt::integer(Code::Unavailable.number().into());
    wkt::object([("error", why.into()), ("code", code)])
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn ended_actions_are_forgotten_and_those_under_way_are_not() {
        let actions = Actions::default();
        let at = |second| Timestamp::from_second(second).expect("a time");
        let under_way = actions.begin("first".into(), "rename", at(0));
        for number in 0..2 * REMEMBERED {
            let second = i64::try_from(number).expect("few") + 1;
            let tell = actions.begin(format!("a-{number}"), "rename", at(second));
            tell.send(Some(Ok(Struct::default()))).expect("it is remembered");
        }
        let status = |id: &str| actions.told(id, &Redactor::default()).map(|told| told.status);
        assert_eq!(actions.lock().len(), REMEMBERED);
        assert_eq!(status("first"), Some(BatonActionStatus::Running));
        assert_eq!(status("a-0"), None, "the oldest that ended");
        let last = format!("a-{}", 2 * REMEMBERED - 1);
        assert_eq!(status(&last), Some(BatonActionStatus::Complete));
        // One that broke off is not under way for ever.
        drop(under_way);
        assert_eq!(status("first"), Some(BatonActionStatus::Failed));
    }
}
