//! The audit log: as a listing, newest first, and as a feed to poll.

mod model;
mod query;

use futures_util::Stream;
use http_kit::{BadRow, Cursor, OddField, Page};

pub use model::{
    Event, EventAction, EventActionInfo, EventActionTexts, EventActor, EventAttributes, EventAuth,
    EventLocation, EventMessage, EventObject,
};
pub use query::{EventFilter, EventPlace, EventQuery, FeedQuery};

use crate::operation::{EVENTS_ACTIONS, EVENTS_GET, EVENTS_LIST, EVENTS_POLL};
use crate::page::VENDORS_CHOICE;
use crate::{AdminClient, AdminError, EventId};

/// What a poll of the feed found.
#[derive(Clone, Debug, PartialEq)]
#[non_exhaustive]
pub struct EventFeedPage {
    /// The events, in the order in which the log took them in. None: nothing new.
    pub events: Vec<Event>,
    /// Events that could not be read; each must be reported, not dropped.
    pub bad_rows: Vec<BadRow>,
    /// Fields of the events that were left out because they were not understood.
    pub odd_fields: Vec<OddField>,
    /// Where the next poll goes on. It is meant to be kept between polls; a poll that names none leaves it
    /// where it was.
    pub position: Option<Cursor>,
}

impl AdminClient {
    /// One page of the audit log, newest first. The vendor allows 10 of these requests a minute.
    ///
    /// # Errors
    ///
    /// [`AdminError`].
    pub async fn events(
        &self,
        query: &EventQuery,
        cursor: Option<&Cursor>,
    ) -> Result<Page<Event>, AdminError> {
        let call = EVENTS_LIST.call_with(&[self.org().as_str()], &query.params());
        self.page_by_query(call, cursor, query.limit()).await
    }

    /// Every page of [`events`](Self::events), from a cursor or from the beginning.
    pub fn events_stream(
        &self,
        query: EventQuery,
        from: Option<Cursor>,
    ) -> impl Stream<Item = Result<Page<Event>, AdminError>> + Send + use<> {
        let client = self.clone();
        self.pages(EVENTS_LIST, from, move |cursor| {
            let (client, query) = (client.clone(), query.clone());
            async move { client.events(&query, cursor.as_ref()).await }
        })
    }

    /// Asks the feed of the audit log for what is new since a position. The vendor allows 50 of these
    /// requests a minute.
    ///
    /// Unlike the cursor of a listing, a position does not end: keep the last one, and the next poll returns
    /// only newer events.
    ///
    /// # Errors
    ///
    /// [`AdminError`].
    pub async fn poll_events(
        &self,
        query: &FeedQuery,
        position: Option<&Cursor>,
    ) -> Result<EventFeedPage, AdminError> {
        let call = EVENTS_POLL.call_with(&[self.org().as_str()], &query.params());
        let call = match position {
            Some(position) => call.query("cursor", position),
            None => call,
        };
        let page = self.single_page(call, position.is_some(), query.limit()).await?;
        Ok(EventFeedPage {
            events: page.items,
            bad_rows: page.bad_rows,
            odd_fields: page.odd_fields,
            position: page.next.or_else(|| position.cloned()),
        })
    }

    /// One event.
    ///
    /// # Errors
    ///
    /// [`AdminError`].
    pub async fn event(&self, event: &EventId) -> Result<Event, AdminError> {
        let call = EVENTS_GET.call(&[self.org().as_str(), event.as_str()]);
        self.row(call, event.as_str(), |event: &Event| event.id.as_str())
            .await
    }

    /// The actions that the log knows, in one page.
    ///
    /// # Errors
    ///
    /// [`AdminError`].
    pub async fn event_actions(&self) -> Result<Page<EventActionInfo>, AdminError> {
        self.page(EVENTS_ACTIONS.call(&[self.org().as_str()]), None, VENDORS_CHOICE)
            .await
    }
}
