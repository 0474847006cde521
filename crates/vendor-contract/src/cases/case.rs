//! What is called, under which circumstances, and who answers.

use super::stage::Stage;
use super::suite::WRONG_KEY;
use atlassian_sim::{Envelope, Fault, FaultPlan, Hint, SimulatorBuilder};
use std::collections::BTreeMap;
use std::fmt;
use std::pin::Pin;
use std::sync::Arc;

/// What became of a call, as texts: what was read, or the error with everything that is known of it.
pub type Told = Result<String, String>;

pub(super) type Call = Arc<dyn Fn(Stage) -> Pin<Box<dyn Future<Output = Told> + Send>> + Send + Sync>;

/// The cases of one operation: one call, and the circumstances under which it is made.
#[derive(Debug)]
#[must_use]
pub struct Cases {
    pub(super) operation: &'static str,
    pub(super) cases: Vec<Case>,
    pub(super) learned: Vec<(&'static str, Shown<Call>)>,
    call: Shown<Call>,
}

/// One case.
#[derive(Clone, Debug)]
#[must_use]
pub struct Case {
    pub(super) name: &'static str,
    pub(super) origin: Origin,
    pub(super) key: Option<&'static str>,
    pub(super) before: Vec<Shown<Call>>,
    pub(super) call: Option<Shown<Call>>,
    pub(super) instead: BTreeMap<&'static str, &'static str>,
    pub(super) simulator: Shown<fn(SimulatorBuilder) -> SimulatorBuilder>,
}

/// An answer as the vendor documents it or was seen to give it.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Example {
    pub(super) status: u16,
    pub(super) headers: Vec<(&'static str, &'static str)>,
    pub(super) body: String,
}

/// Who answers.
#[derive(Clone, Debug)]
pub(super) enum Origin {
    /// The simulator, of its own accord.
    Simulator,
    /// A fault in front of the simulator, or its refusal of the key.
    Fault(FaultPlan),
    /// The documentation.
    Example(Example),
}

/// A function, which has nothing to show.
#[derive(Clone)]
pub(super) struct Shown<T>(pub(super) T);

impl Cases {
    /// The cases of an operation. The first is `success`, and the simulator answers it.
    pub fn of<F>(operation: &'static str, call: impl Fn(Stage) -> F + Send + Sync + 'static) -> Self
    where
        F: Future<Output = Told> + Send + 'static,
    {
        Self {
            operation,
            cases: vec![Case::simulated("success")],
            learned: Vec::new(),
            call: boxed(call),
        }
    }

    /// The name of the operation.
    pub fn operation(&self) -> &'static str {
        self.operation
    }

    /// A fact that the world cannot tell: what this call returns, which is made once, live and without being recorded.
    pub fn learn<F>(mut self, fact: &'static str, call: impl Fn(Stage) -> F + Send + Sync + 'static) -> Self
    where
        F: Future<Output = Told> + Send + 'static,
    {
        self.learned.push((fact, boxed(call)));
        self
    }

    /// What is done with the simulator before the success, without being recorded. See [`Case::before`].
    pub fn before<F>(mut self, call: impl Fn(Stage) -> F + Send + Sync + 'static) -> Self
    where
        F: Future<Output = Told> + Send + 'static,
    {
        let success = self.cases.remove(0);
        self.cases.insert(0, success.before(call));
        self
    }

    /// One more case.
    ///
    /// # Panics
    ///
    /// If the operation has a case of that name.
    pub fn case(mut self, case: Case) -> Self {
        let is_new = self.cases.iter().all(|other| other.name != case.name);
        assert!(is_new, "{} has two cases {:?}", self.operation, case.name);
        self.cases.push(case);
        self
    }

    /// What every operation can meet: a key that is refused, 429 with a hint, 500 and 503. 429 comes from the gateway.
    pub fn refused_as_any(self) -> Self {
        self.refused_as_any_in(Envelope::Gateway)
    }

    /// The same with 429 in this form.
    pub fn refused_as_any_in(self, limited: Envelope) -> Self {
        let limited = Fault::RateLimited(Hint::Seconds(20), limited);
        self.case(Case::fault("wrong key", FaultPlan::none()).key(WRONG_KEY))
            .case(Case::fault("rate limited", FaultPlan::none().everywhere(limited)))
            .case(Case::fault(
                "internal error",
                FaultPlan::none().everywhere(Fault::Status(500)),
            ))
            .case(Case::fault(
                "unavailable",
                FaultPlan::none().everywhere(Fault::Status(503)),
            ))
    }

    pub(super) fn call_of(&self, case: &Case) -> Call {
        case.call.as_ref().unwrap_or(&self.call).0.clone()
    }
}

impl Case {
    /// The simulator answers of its own accord.
    pub fn simulated(name: &'static str) -> Self {
        Self::new(name, Origin::Simulator)
    }

    /// Faults are planned; a wrong key counts as one.
    pub fn fault(name: &'static str, plan: FaultPlan) -> Self {
        Self::new(name, Origin::Fault(plan))
    }

    /// The documentation answers.
    pub fn example(name: &'static str, example: Example) -> Self {
        Self::new(name, Origin::Example(example))
    }

    fn new(name: &'static str, origin: Origin) -> Self {
        Self {
            name,
            origin,
            key: None,
            before: Vec::new(),
            call: None,
            instead: BTreeMap::new(),
            simulator: Shown(|simulator| simulator),
        }
    }

    /// With another call than that of the operation: the same operation with other arguments.
    pub fn call<F>(mut self, call: impl Fn(Stage) -> F + Send + Sync + 'static) -> Self
    where
        F: Future<Output = Told> + Send + 'static,
    {
        self.call = Some(boxed(call));
        self
    }

    /// With `other` wherever the call asks for `fact`: an id that nobody has, say.
    pub fn instead(mut self, fact: &'static str, other: &'static str) -> Self {
        self.instead.insert(fact, other);
        self
    }

    /// With another key than that of the world.
    pub fn key(mut self, key: &'static str) -> Self {
        self.key = Some(key);
        self
    }

    /// With the simulator set up otherwise.
    pub fn simulator(mut self, setup: fn(SimulatorBuilder) -> SimulatorBuilder) -> Self {
        self.simulator = Shown(setup);
        self
    }

    /// What is done with the simulator before, with the key of the world and without being recorded. A failure fails
    /// the recording.
    pub fn before<F>(mut self, call: impl Fn(Stage) -> F + Send + Sync + 'static) -> Self
    where
        F: Future<Output = Told> + Send + 'static,
    {
        self.before.push(boxed(call));
        self
    }
}

impl Example {
    /// An answer with a JSON body, or with none if it is empty.
    pub fn json(status: u16, body: impl Into<String>) -> Self {
        let body = body.into();
        let headers = match body.is_empty() {
            true => Vec::new(),
            false => vec![("content-type", "application/json")],
        };
        Self {
            status,
            headers,
            body,
        }
    }

    /// With one more header.
    #[must_use]
    pub fn header(mut self, name: &'static str, value: &'static str) -> Self {
        self.headers.push((name, value));
        self
    }
}

impl Origin {
    pub(super) fn word(&self) -> &'static str {
        match self {
            Self::Simulator => "simulator",
            Self::Fault(_) => "fault",
            Self::Example(_) => "documentation",
        }
    }
}

fn boxed<F>(call: impl Fn(Stage) -> F + Send + Sync + 'static) -> Shown<Call>
where
    F: Future<Output = Told> + Send + 'static,
{
    Shown(Arc::new(move |stage| Box::pin(call(stage))))
}

impl<T> fmt::Debug for Shown<T> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("…")
    }
}
