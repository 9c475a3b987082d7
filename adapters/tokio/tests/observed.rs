//! Spans and metrics: their names and fields, and that none contains a secret. A process of its own, because a process has one global
//! subscriber and one recorder.
#![allow(
    missing_docs,
    clippy::unwrap_used,
    clippy::std_instead_of_core,
    clippy::std_instead_of_alloc,
    reason = "tests of an adapter for hosts"
)]

use std::collections::BTreeMap;
use std::fmt::Debug;
use std::net::SocketAddr;
use std::sync::{Arc, Mutex};

use genesys_token_sandbox::{CORRELATION_ID, Client, ClosedPort, Host, Response, Sandbox};
use genesys_token_tokio::{ApiRequest, Credentials, Endpoint, TokenClient};
use tracing_core::field::{Field, Visit};
use tracing_core::{Dispatch, Event, Metadata, Subscriber, dispatcher, span};

const ID: &str = "client-of-the-spans";
const SECRET: &str = "SENTINEL-client-secret";
const PATH: &str = "/api/v2/echo";

type Fields = BTreeMap<&'static str, String>;

/// The fields of each span, by its id.
#[derive(Clone, Default)]
struct Spans(Arc<Mutex<Vec<(&'static str, Fields)>>>);

struct Visitor<'a>(&'a mut Fields);

impl Visit for Visitor<'_> {
    fn record_debug(&mut self, field: &Field, value: &dyn Debug) {
        self.0.insert(field.name(), format!("{value:?}"));
    }
}

impl Subscriber for Spans {
    fn enabled(&self, metadata: &Metadata<'_>) -> bool {
        metadata.target().starts_with("genesys_token")
    }

    fn new_span(&self, attributes: &span::Attributes<'_>) -> span::Id {
        let mut fields = Fields::new();
        attributes.record(&mut Visitor(&mut fields));
        let mut spans = self.0.lock().unwrap();
        spans.push((attributes.metadata().name(), fields));
        span::Id::from_u64(spans.len() as u64)
    }

    fn record(&self, id: &span::Id, values: &span::Record<'_>) {
        let index = usize::try_from(id.into_u64()).unwrap() - 1;
        values.record(&mut Visitor(&mut self.0.lock().unwrap()[index].1));
    }

    fn enter(&self, _: &span::Id) {}
    fn exit(&self, _: &span::Id) {}
    fn record_follows_from(&self, _: &span::Id, _: &span::Id) {}
    fn event(&self, _: &Event<'_>) {}
}

/// Obtains a token, makes a call on a connection of the pool, has a token replaced and fails to reach a closed port.
async fn use_client(sandbox: &Sandbox, closed: SocketAddr) -> Vec<String> {
    let endpoint = Endpoint::explicit("localhost", sandbox.login_addr().port(), "/oauth/token").unwrap();
    let builder = |endpoint| {
        TokenClient::builder(endpoint)
            .credentials(Credentials::new(ID, SECRET).unwrap())
            .extra_roots_pem(sandbox.root_pem())
    };
    let client = builder(endpoint.with_api("localhost", sandbox.api_addr().port()).unwrap()).build().unwrap();
    let first = client.token().await.unwrap();
    for _ in 0..2 {
        client.api(ApiRequest::post(PATH).query("q", "SENTINEL-query").json_bytes("SENTINEL")).await.unwrap();
    }
    sandbox.kill_tokens();
    client.api(ApiRequest::get(PATH)).await.unwrap();
    sandbox.script(Host::Api, Response::too_many_requests(1, CORRELATION_ID));
    let mut streamed = client.api_streaming(ApiRequest::get(PATH)).await.unwrap();
    while streamed.chunk().await.unwrap().is_some() {}
    let second = client.token().await.unwrap();
    let nowhere = Endpoint::explicit(&closed.ip().to_string(), closed.port(), "/oauth/token").unwrap();
    let nowhere = builder(nowhere).build().unwrap();
    nowhere.token().await.unwrap_err();
    [first, second].map(|token| token.expose().to_owned()).into()
}

fn assert_no_secret(shown: &str, tokens: &[String]) {
    for secret in tokens.iter().map(String::as_str).chain(["SENTINEL", "U0VOVElORUw", "Bearer", "Basic"]) {
        assert!(!shown.contains(secret), "{secret} in {shown}");
    }
}

#[tokio::test]
async fn spans_and_metrics_have_names_and_no_secret() {
    let spans = Spans::default();
    dispatcher::set_global_default(Dispatch::new(spans.clone())).unwrap();
    #[cfg(feature = "metrics")]
    let metrics = recorder::install();
    let sandbox = Sandbox::builder().client(Client::new(ID, SECRET)).start().await.unwrap();
    let port = ClosedPort::new().unwrap();
    let closed = port.address();
    let tokens = use_client(&sandbox, closed).await;

    let spans = spans.0.lock().unwrap().clone();
    assert_no_secret(&format!("{spans:?}"), &tokens);
    assert!(spans.iter().all(|(name, _)| *name == "http_request"), "{spans:?}");
    let api = format!("localhost:{}", sandbox.api_addr().port());
    let of_api: Vec<_> = spans.iter().filter(|(_, fields)| fields["host"] == api).collect();
    let field = |name: &str| -> Vec<_> {
        of_api.iter().map(|(_, fields)| fields.get(name).cloned().unwrap_or_default()).collect()
    };
    assert_eq!(field("method"), ["POST", "POST", "GET", "GET", "GET", "GET"]);
    assert_eq!(field("path"), [r#""/api/v2/echo""#; 6]);
    assert_eq!(field("attempt"), ["1", "1", "1", "2", "1", "2"]);
    assert_eq!(field("connection_reused"), ["false", "true", "true", "true", "true", "true"]);
    assert_eq!(field("status"), ["200", "200", "401", "200", "429", "200"]);
    assert_eq!(field("phase"), ["Body"; 6]);
    let (_, last) = spans.last().unwrap();
    assert_eq!((last["host"].as_str(), last["phase"].as_str()), (closed.to_string().as_str(), "Connect"));
    assert!(!last.contains_key("status") && !last.contains_key("connection_reused"), "{last:?}");

    #[cfg(feature = "metrics")]
    {
        let lines = metrics.lines();
        assert_no_secret(&lines.join("\n"), &tokens);
        let counted = |line: &str| lines.iter().filter(|recorded| *recorded == line).count();
        assert_eq!(
            counted(&format!("genesys_token_exchanges_total host={} outcome=token", login(&sandbox))),
            2
        );
        assert_eq!(counted(&format!("genesys_token_exchanges_total host={closed} outcome=failure")), 1);
        let requests =
            format!("genesys_token_http_requests_total host={api} method=GET status=200 phase=body");
        assert_eq!(counted(&requests), 2);
        let none =
            format!("genesys_token_http_requests_total host={closed} method=POST status=none phase=connect");
        assert_eq!(counted(&none), 1);
        assert_eq!(
            counted(&format!("genesys_token_http_request_duration_seconds host={api} method=POST")),
            2
        );
        assert_eq!(counted(&format!("genesys_token_connections_total host={api} reused=true")), 5);
        assert_eq!(counted(&format!("genesys_token_connections_total host={api} reused=false")), 1);
        assert_eq!(counted(&format!("genesys_token_rate_limit_wait_seconds host={api}")), 1);
        genesys_token_tokio::meters::describe();
        assert_eq!(
            metrics.described(),
            [
                "genesys_token_connections_total",
                "genesys_token_exchanges_total",
                "genesys_token_http_request_duration_seconds",
                "genesys_token_http_requests_total",
                "genesys_token_rate_limit_wait_seconds",
            ]
        );
    }
}

#[cfg(feature = "metrics")]
fn login(sandbox: &Sandbox) -> String {
    format!("localhost:{}", sandbox.login_addr().port())
}

/// A recorder that writes each value down as a line of name and labels.
#[cfg(feature = "metrics")]
mod recorder {
    use std::sync::{Arc, Mutex};

    use metrics::{
        Counter, CounterFn, Gauge, Histogram, HistogramFn, Key, KeyName, Metadata, Recorder, SharedString,
        Unit,
    };

    #[derive(Clone, Default)]
    pub(crate) struct Lines {
        recorded: Arc<Mutex<Vec<String>>>,
        described: Arc<Mutex<Vec<String>>>,
    }

    impl Lines {
        pub(crate) fn lines(&self) -> Vec<String> {
            self.recorded.lock().unwrap().clone()
        }

        pub(crate) fn described(&self) -> Vec<String> {
            let mut described = self.described.lock().unwrap().clone();
            described.sort();
            described
        }

        fn of(&self, key: &Key) -> Arc<Line> {
            let labels = key.labels().map(|label| format!(" {}={}", label.key(), label.value()));
            let text = format!("{}{}", key.name(), labels.collect::<String>());
            Arc::new(Line { text, lines: self.clone() })
        }
    }

    struct Line {
        text: String,
        lines: Lines,
    }

    impl CounterFn for Line {
        fn increment(&self, by: u64) {
            assert_eq!(by, 1);
            self.lines.recorded.lock().unwrap().push(self.text.clone());
        }

        fn absolute(&self, _: u64) {
            panic!("no counter is set");
        }
    }

    impl HistogramFn for Line {
        fn record(&self, value: f64) {
            assert!(value >= 0.0);
            self.lines.recorded.lock().unwrap().push(self.text.clone());
        }
    }

    impl Recorder for Lines {
        fn describe_counter(&self, name: KeyName, _: Option<Unit>, _: SharedString) {
            self.described.lock().unwrap().push(name.as_str().to_owned());
        }

        fn describe_gauge(&self, _: KeyName, _: Option<Unit>, _: SharedString) {
            panic!("there is no gauge");
        }

        fn describe_histogram(&self, name: KeyName, _: Option<Unit>, _: SharedString) {
            self.described.lock().unwrap().push(name.as_str().to_owned());
        }

        fn register_counter(&self, key: &Key, _: &Metadata<'_>) -> Counter {
            Counter::from_arc(self.of(key))
        }

        fn register_gauge(&self, _: &Key, _: &Metadata<'_>) -> Gauge {
            panic!("there is no gauge");
        }

        fn register_histogram(&self, key: &Key, _: &Metadata<'_>) -> Histogram {
            Histogram::from_arc(self.of(key))
        }
    }

    pub(crate) fn install() -> Lines {
        let lines = Lines::default();
        metrics::set_global_recorder(lines.clone()).ok().unwrap();
        lines
    }
}
