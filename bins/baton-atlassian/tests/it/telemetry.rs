//! What a collector is sent: one sync is one trace down to its requests, and nobody is found in anything of it.

use crate::company::Company;
use crate::daemon::{Daemon, Place, Uploaded, answer};
use c1_standin::tasks;
use connector_sdk::proto::connector::v2::{
    AccountInfo, GrantManagerServiceGrantResponse, GrantManagerServiceRevokeResponse, account_info,
};
use opentelemetry_proto::tonic::collector::logs::v1::logs_service_server::{LogsService, LogsServiceServer};
use opentelemetry_proto::tonic::collector::logs::v1::{ExportLogsServiceRequest, ExportLogsServiceResponse};
use opentelemetry_proto::tonic::collector::metrics::v1::metrics_service_server::{
    MetricsService, MetricsServiceServer,
};
use opentelemetry_proto::tonic::collector::metrics::v1::{
    ExportMetricsServiceRequest, ExportMetricsServiceResponse,
};
use opentelemetry_proto::tonic::collector::trace::v1::trace_service_server::{
    TraceService, TraceServiceServer,
};
use opentelemetry_proto::tonic::collector::trace::v1::{
    ExportTraceServiceRequest, ExportTraceServiceResponse,
};
use opentelemetry_proto::tonic::common::v1::{KeyValue, any_value};
use opentelemetry_proto::tonic::metrics::v1::{metric, number_data_point};
use opentelemetry_proto::tonic::trace::v1::Span;
use std::collections::{BTreeMap, BTreeSet};
use std::net::SocketAddr;
use std::sync::{Arc, Mutex};
use tokio::runtime::Runtime;
use tonic::transport::Server;
use tonic::transport::server::TcpIncoming;
use tonic::{Request, Response, Status};

/// What a collector was sent.
#[derive(Clone, Default)]
struct Received {
    traces: Arc<Mutex<Vec<ExportTraceServiceRequest>>>,
    logs: Arc<Mutex<Vec<ExportLogsServiceRequest>>>,
    metrics: Arc<Mutex<Vec<ExportMetricsServiceRequest>>>,
}

#[tonic::async_trait]
impl TraceService for Received {
    async fn export(
        &self,
        request: Request<ExportTraceServiceRequest>,
    ) -> Result<Response<ExportTraceServiceResponse>, Status> {
        self.traces.lock().unwrap().push(request.into_inner());
        Ok(Response::new(Default::default()))
    }
}

#[tonic::async_trait]
impl LogsService for Received {
    async fn export(
        &self,
        request: Request<ExportLogsServiceRequest>,
    ) -> Result<Response<ExportLogsServiceResponse>, Status> {
        self.logs.lock().unwrap().push(request.into_inner());
        Ok(Response::new(Default::default()))
    }
}

#[tonic::async_trait]
impl MetricsService for Received {
    async fn export(
        &self,
        request: Request<ExportMetricsServiceRequest>,
    ) -> Result<Response<ExportMetricsServiceResponse>, Status> {
        self.metrics.lock().unwrap().push(request.into_inner());
        Ok(Response::new(Default::default()))
    }
}

/// A collector in this process.
struct Collector {
    received: Received,
    address: SocketAddr,
    _runtime: Runtime,
}

impl Collector {
    fn new() -> Self {
        let runtime = Runtime::new().unwrap();
        let received = Received::default();
        let _entered = runtime.enter();
        let incoming = TcpIncoming::bind("127.0.0.1:0".parse().unwrap()).unwrap();
        let address = incoming.local_addr().unwrap();
        let server = Server::builder()
            .add_service(TraceServiceServer::new(received.clone()))
            .add_service(LogsServiceServer::new(received.clone()))
            .add_service(MetricsServiceServer::new(received.clone()));
        runtime.spawn(server.serve_with_incoming(incoming));
        Self {
            received,
            address,
            _runtime: runtime,
        }
    }

    fn endpoint(&self) -> String {
        self.address.to_string()
    }

    fn spans(&self) -> Vec<Span> {
        let traces = self.received.traces.lock().unwrap();
        let of = traces.iter().flat_map(|request| &request.resource_spans);
        of.flat_map(|of| &of.scope_spans)
            .flat_map(|of| of.spans.clone())
            .collect()
    }

    /// The sums of the counters at their end, by name.
    fn counters(&self) -> BTreeMap<String, i64> {
        let metrics = self.received.metrics.lock().unwrap();
        let last = metrics.last().expect("metrics");
        let of = last.resource_metrics.iter().flat_map(|of| &of.scope_metrics);
        let mut sums = BTreeMap::new();
        for metric in of.flat_map(|of| &of.metrics) {
            let points = match &metric.data {
                Some(metric::Data::Sum(sum)) => &sum.data_points,
                Some(metric::Data::Gauge(gauge)) => &gauge.data_points,
                _ => continue,
            };
            for point in points {
                if let Some(number_data_point::Value::AsInt(value)) = point.value {
                    *sums.entry(metric.name.clone()).or_default() += value;
                }
            }
        }
        sums
    }

    /// The messages of log lines.
    fn messages(&self) -> BTreeSet<String> {
        let logs = self.received.logs.lock().unwrap();
        let of = logs.iter().flat_map(|request| &request.resource_logs);
        let records = of.flat_map(|of| &of.scope_logs).flat_map(|of| &of.log_records);
        records
            .filter_map(|record| text(record.body.as_ref()?.value.as_ref()?))
            .collect()
    }

    /// All of it.
    fn everything(&self) -> String {
        let Received {
            traces,
            logs,
            metrics,
        } = &self.received;
        format!("{traces:?}{logs:?}{metrics:?}")
    }
}

fn text(value: &any_value::Value) -> Option<String> {
    match value {
        any_value::Value::StringValue(text) => Some(text.clone()),
        _ => None,
    }
}

fn field(span: &Span, name: &str) -> Option<String> {
    let is_it = |field: &&KeyValue| field.key == name;
    text(
        span.attributes
            .iter()
            .find(is_it)?
            .value
            .as_ref()?
            .value
            .as_ref()?,
    )
}

/// The one root of the spans; each other one hangs below it.
fn root(spans: &[Span]) -> &Span {
    let traces: BTreeSet<_> = spans.iter().map(|span| &span.trace_id).collect();
    assert_eq!(traces.len(), 1, "one trace");
    let ids: BTreeSet<_> = spans.iter().map(|span| &span.span_id).collect();
    let mut roots = spans.iter().filter(|span| !ids.contains(&span.parent_span_id));
    let root = roots.next().expect("a root");
    assert!(root.parent_span_id.is_empty());
    assert_eq!(roots.next(), None, "one root");
    root
}

#[test]
fn one_sync_is_one_trace_down_to_its_requests() {
    let company = Company::new();
    let collector = Collector::new();
    let ran = company.run(&[
        "--allow-gaps",
        "--otel-collector-endpoint",
        &format!("http://{}", collector.address),
    ]);
    assert_eq!(ran.exit, Some(0), "{}", ran.stderr);
    let spans = collector.spans();
    assert_eq!(root(&spans).name, "sync");
    let of_requests: Vec<&Span> = spans
        .iter()
        .filter(|span| {
            span.attributes
                .iter()
                .any(|field| field.key == "http.request.method")
        })
        .collect();
    assert_eq!(of_requests.len() as u64, company.requests());
    let by_id: BTreeMap<_, _> = spans.iter().map(|span| (&span.span_id, span)).collect();
    let above = |span: &Span| by_id.get(&span.parent_span_id).map(|above| above.name.clone());
    let calls: BTreeSet<_> = of_requests.iter().filter_map(|span| above(span)).collect();
    assert_eq!(
        calls,
        ["grants", "resources", "validate"].map(String::from).into(),
        "{spans:#?}"
    );
    let has = |span: &&Span, name: &str| span.attributes.iter().any(|field| field.key == name);
    assert!(
        of_requests
            .iter()
            .all(|span| has(span, "http.response.status_code"))
    );
    let counted = collector.counters();
    assert_eq!(
        counted.get("baton_vendor_requests").copied(),
        i64::try_from(company.requests()).ok(),
        "{counted:?}"
    );
}

/// Neither what a collector is sent nor the log of a daemon at its usual level names anybody.
#[cfg(unix)]
#[test]
fn nobody_is_found_in_what_is_exported_or_logged() {
    let place = Place::of(Company::new(), std::time::Duration::from_secs(1));
    let collector = Collector::new();
    let mut program = place.program(&[]);
    program
        .env("BATON_PROVISIONING", "true")
        .env("BATON_OTEL_COLLECTOR_ENDPOINT", collector.endpoint())
        .env("BATON_OTEL_COLLECTOR_ENDPOINT_TLS_INSECURE", "true")
        .stderr(std::process::Stdio::piped());
    let daemon = Daemon::of(program);
    place.standin.hand_out(tasks::full_sync());
    place.finished(1);
    let uploads = place.standin.uploads();
    let uploaded = Uploaded::of(&uploads[0].bytes, place.company.folder.path());
    let (grant, entitlement, principal) = uploaded.membership();
    place.standin.hand_out(tasks::revoke(grant));
    answer::<GrantManagerServiceRevokeResponse>(&place.finished(2));
    place
        .standin
        .hand_out(tasks::grant(entitlement, principal.clone()));
    answer::<GrantManagerServiceGrantResponse>(&place.finished(3));
    let mut nobody = principal;
    nobody.id.as_mut().unwrap().resource = "712020:nobody-of-that-id".to_owned();
    let entitlement = uploaded.membership().1;
    place.standin.hand_out(tasks::grant(entitlement, nobody));
    place.finished(4);
    place.standin.hand_out(tasks::create_account(AccountInfo {
        login: "ines".to_owned(),
        emails: vec![account_info::Email {
            address: "ines@larkspur.example".to_owned(),
            is_primary: true,
        }],
        ..Default::default()
    }));
    place.finished(5);
    let ran = daemon.stopped(place.company.folder.path());
    assert_eq!(ran.exit, Some(0), "{}", ran.stderr);
    assert!(ran.stderr.contains("the task failed") && ran.stderr.contains("a task begins"));

    let spans = collector.spans();
    let tasks: BTreeSet<_> = spans
        .iter()
        .filter(|span| span.name == "task")
        .filter_map(|span| field(span, "type"))
        .collect();
    assert_eq!(
        tasks,
        ["create_account", "grant", "revoke", "sync_full"]
            .map(String::from)
            .into()
    );
    for task in spans.iter().filter(|span| span.name == "task") {
        let of: Vec<Span> = spans
            .iter()
            .filter(|span| span.trace_id == task.trace_id)
            .cloned()
            .collect();
        assert_eq!(root(&of), task);
        assert!(
            of.iter().any(|span| field(span, "http.request.method").is_some()),
            "{of:#?}"
        );
    }
    // What is said to C1 about a task stands in its trace; what is about none has a trace of its own.
    let calls = |of: &dyn Fn(&Span) -> bool| -> BTreeSet<String> {
        let calls = spans
            .iter()
            .filter(|span| field(span, "rpc.system").is_some() && of(span));
        calls.map(|span| span.name.clone()).collect()
    };
    let trace_of = |kind: &str| {
        let is_it = |span: &&Span| span.name == "task" && field(span, "type").as_deref() == Some(kind);
        spans.iter().find(is_it).expect("a task").trace_id.clone()
    };
    let within = |kind| {
        let trace = trace_of(kind);
        calls(&move |span| span.trace_id == trace)
    };
    assert_eq!(
        within("sync_full"),
        ["finish_task", "heartbeat", "upload"].map(String::from).into()
    );
    assert_eq!(
        within("grant"),
        ["finish_task", "heartbeat"].map(String::from).into()
    );
    assert_eq!(
        calls(&|span| span.parent_span_id.is_empty()),
        ["get_task", "hello"].map(String::from).into()
    );
    let messages = collector.messages();
    for message in ["a task begins", "the task failed", "a change was carried out"] {
        assert!(messages.contains(message), "{messages:?}");
    }
    let counted = collector.counters();
    assert_eq!(counted.get("baton_tasks"), Some(&5), "{counted:?}");
    assert_eq!(
        counted.get("baton_sync_grants").copied(),
        i64::try_from(uploaded.grants()).ok()
    );

    let company = &place.company;
    let scim = company.org.scim_directories().next().unwrap();
    let mut private = vec![
        "ines".to_owned(),
        "nobody-of-that-id".to_owned(),
        "@".to_owned(),
        company.org.id().to_owned(),
        company.org.api_key().to_owned(),
        scim.key().to_owned(),
        place.standin.client_secret().to_owned(),
    ];
    private.extend(uploaded.people_and_groups());
    assert!(private.len() > 60);
    for (what, told) in [
        ("exported", collector.everything()),
        ("logged", ran.stderr.clone()),
    ] {
        // The host of the client id stands behind one.
        let told = told.replace(place.standin.client_id(), "");
        for private in &private {
            if let Some(at) = told.find(private) {
                let from = (0..=at.saturating_sub(200))
                    .rev()
                    .find(|at| told.is_char_boundary(*at))
                    .unwrap();
                panic!("{private} is {what}: {}", &told[from..at + private.len()]);
            }
        }
    }
}
