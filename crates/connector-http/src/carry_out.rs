//! One change that is one write.

use crate::cannot;
use connector_sdk::{ChangeContext, ChangeOutcome, ChangeState, Code, Error, Result, WriteRequest};
use http_kit::{Call, HttpClient, Write};

/// Brings about that `who` is `what` ("a member of core") by one write, in the order that every change has: what is so already
/// stays, a dry run only tells, and what is sent is what was shown. `is_so` reads the live state.
///
/// With [`ChangeContext::verify`] it is read once more after the write.
///
/// # Errors
/// Those of `is_so` and of the write, with the request that was sent; [`Code::Unavailable`] where the vendor accepts a change
/// that has to be verified and does not show it.
pub async fn carry_out<F, Fut>(
    cx: &ChangeContext,
    http: &HttpClient,
    write: Call,
    is_so: F,
    who: &str,
    what: &str,
) -> Result<ChangeOutcome>
where
    F: Fn() -> Fut + Send + Sync,
    Fut: Future<Output = Result<bool>> + Send,
{
    if is_so().await? {
        let already = format!("{who} is {what} already");
        return Ok(ChangeOutcome::new(ChangeState::AlreadySo, already));
    }
    let sender = http.clone();
    let write = Write::new(http, write, move |call| async move { sender.send(call).await });
    let mut request = WriteRequest::new(write.method().as_str(), write.path());
    if let Some(body) = write.body() {
        request = request.body(body);
    }
    if cx.dry_run {
        let planned = format!("{who} would be {what}");
        return Ok(ChangeOutcome::new(ChangeState::Planned, planned).request(request));
    }
    let answer = match write.send().await {
        Ok(answer) => answer,
        Err(error) => {
            // A write that a stop held back was never sent.
            let sent = if error.attempts() > 0 {
                vec![request]
            } else {
                Vec::new()
            };
            return Err(cannot(format!("make sure that {who} is {what}"))(error).with_requests(sent));
        }
    };
    let request = request.answered(answer.status.as_u16(), answer.request_id);
    let state = match cx.verify {
        false => ChangeState::Done,
        true if is_so().await? => ChangeState::Verified,
        true => {
            let unseen = format!("the vendor accepted that {who} is {what} and does not show it");
            return Err(Error::new(Code::Unavailable, unseen).with_requests(vec![request]));
        }
    };
    Ok(ChangeOutcome::new(state, format!("{who} is now {what}")).request(request))
}
