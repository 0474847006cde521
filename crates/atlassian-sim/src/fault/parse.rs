//! Fault rules as text, for the command line.

use super::plan::{Rule, When};
use super::{Fault, FaultPlan, Hint};
use crate::endpoint::Endpoint;
use crate::wire::refusal::Envelope;
use std::time::Duration;

/// A fault rule that makes no sense.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
#[error("the fault rule {rule:?} cannot be used: {problem}")]
pub struct FaultSyntaxError {
    rule: String,
    problem: &'static str,
}

impl FaultPlan {
    /// Adds a rule written as `WHERE:WHEN:WHAT`, or all retryable faults at a rate as `retryable:RATE`.
    ///
    /// | part | forms |
    /// | --- | --- |
    /// | `WHERE` | an [endpoint's name](Endpoint::name), or `*` for all |
    /// | `WHEN` | a rate such as `0.05`; `#3` for the third request; `from3` for the third and all later; `always` |
    /// | `WHAT` | a status; `429` with `=none`, `=seconds:5`, `=decimal:0.5`, `=date:5`, `=reset:5`, `=minute:5`, `=epoch:5` or `=both:5`, and `+list` for the other envelope; `reset-before` (or `reset`), `reset-after`, `cut`, `garbage`, `html`, `empty`, `cursor`, `repeat`, `hang`, `slow=250` (milliseconds) |
    ///
    /// # Errors
    ///
    /// When the text has none of these forms.
    pub fn rule(self, text: &str) -> Result<Self, FaultSyntaxError> {
        let wrong = |problem| FaultSyntaxError {
            rule: text.to_owned(),
            problem,
        };
        let parts: Vec<&str> = text.splitn(3, ':').collect();
        match parts.as_slice() {
            ["retryable", rate] => {
                let rate = rate
                    .parse()
                    .ok()
                    .filter(in_range)
                    .ok_or_else(|| wrong("the rate is between 0 and 1"))?;
                Ok(self.retryable_at(rate))
            }
            [place, when, what] => {
                let endpoint = match *place {
                    "*" => None,
                    name => Some(Endpoint::from_name(name).ok_or_else(|| wrong("no such endpoint"))?),
                };
                let when = parse_when(when).ok_or_else(|| wrong("WHEN is a rate, #N, fromN or always"))?;
                let fault = parse_fault(what).ok_or_else(|| wrong("no such fault"))?;
                Ok(self.with(Rule {
                    endpoint,
                    when,
                    fault,
                }))
            }
            _ => Err(wrong("expected WHERE:WHEN:WHAT")),
        }
    }
}

fn in_range(rate: &f64) -> bool {
    (0.0..=1.0).contains(rate)
}

fn parse_when(text: &str) -> Option<When> {
    if text == "always" {
        return Some(When::From(1));
    }
    if let Some(nth) = text.strip_prefix('#') {
        return nth.parse().ok().map(When::Nth);
    }
    if let Some(first) = text.strip_prefix("from") {
        return first.parse().ok().map(When::From);
    }
    text.parse().ok().filter(in_range).map(When::Rate)
}

fn parse_fault(text: &str) -> Option<Fault> {
    if let Some(rest) = text.strip_prefix("429") {
        let (hint, envelope) = match rest.strip_suffix("+list") {
            Some(hint) => (hint, Envelope::List),
            None => (rest, Envelope::Gateway),
        };
        return Some(Fault::RateLimited(parse_hint(hint)?, envelope));
    }
    if let Some(wait) = text.strip_prefix("slow=") {
        return wait.parse().ok().map(Duration::from_millis).map(Fault::Slow);
    }
    Some(match text {
        "reset" | "reset-before" => Fault::ResetBefore,
        "reset-after" => Fault::ResetAfter,
        "cut" => Fault::Cut,
        "garbage" => Fault::Garbage,
        "html" => Fault::Html,
        "empty" => Fault::Empty,
        "cursor" => Fault::RefusedCursor,
        "repeat" => Fault::RepeatedCursor,
        "hang" => Fault::Hang,
        status => Fault::Status(status.parse().ok().filter(|status| (400..600).contains(status))?),
    })
}

fn parse_hint(text: &str) -> Option<Hint> {
    if text.is_empty() || text == "=none" {
        return Some(Hint::None);
    }
    let (form, amount) = text.strip_prefix('=')?.split_once(':')?;
    if form == "decimal" {
        let seconds: f64 = amount.parse().ok()?;
        let wait = Duration::try_from_secs_f64(seconds).ok()?;
        return u32::try_from(wait.as_millis()).ok().map(Hint::Decimal);
    }
    let seconds = amount.parse().ok()?;
    Some(match form {
        "seconds" => Hint::Seconds(seconds),
        "date" => Hint::Date(seconds),
        "reset" => Hint::Reset(seconds),
        "minute" => Hint::ResetMinute(seconds),
        "epoch" => Hint::ResetEpoch(seconds),
        "both" => Hint::Both(seconds),
        _ => return None,
    })
}

#[cfg(test)]
mod tests {
    use super::*;

    fn check(text: &str, expected: Option<Rule>) {
        let plan = FaultPlan::none().rule(text).ok();
        assert_eq!(plan, expected.map(|rule| FaultPlan::none().with(rule)), "{text}");
    }

    #[test]
    fn rules_are_read() {
        let rule = |endpoint, when, fault| {
            Some(Rule {
                endpoint,
                when,
                fault,
            })
        };
        let limited = |hint, envelope| Fault::RateLimited(hint, envelope);
        check("*:0.25:503", rule(None, When::Rate(0.25), Fault::Status(503)));
        check(
            "users.search:#2:reset",
            rule(Some(Endpoint::UsersSearch), When::Nth(2), Fault::ResetBefore),
        );
        check(
            "api_tokens.list:always:403",
            rule(Some(Endpoint::TokensList), When::From(1), Fault::Status(403)),
        );
        check("*:from3:401", rule(None, When::From(3), Fault::Status(401)));
        check(
            "*:#1:429",
            rule(None, When::Nth(1), limited(Hint::None, Envelope::Gateway)),
        );
        check(
            "*:#1:429=both:5+list",
            rule(None, When::Nth(1), limited(Hint::Both(5), Envelope::List)),
        );
        check(
            "*:#1:429=decimal:0.5",
            rule(None, When::Nth(1), limited(Hint::Decimal(500), Envelope::Gateway)),
        );
        check(
            "*:#1:slow=250",
            rule(None, When::Nth(1), Fault::Slow(Duration::from_millis(250))),
        );
        for wrong in [
            "",
            "*:1",
            "nowhere:always:500",
            "*:2.0:500",
            "*:#x:500",
            "*:always:200",
            "*:always:429=soon:1",
        ] {
            check(wrong, None);
        }
    }
}
