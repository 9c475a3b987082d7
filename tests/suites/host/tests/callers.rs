//! Concurrent callers on every kind of runtime, over HTTP/1.1: the sandbox has no other.

use std::collections::BTreeSet;
use std::time::Duration;

use genesys_token_sandbox::{Answer, DEMO_CLIENT_ID, DEMO_CLIENT_SECRET, Host, Sandbox};
use genesys_token_tokio::core::settings::Endpoint;
use genesys_token_tokio::{ApiRequest, StaticCredentials, TokenClient};
use host::{current_thread, multi_thread};
use tokio::runtime::Runtime;
use tokio::task::JoinSet;

const RUNTIMES: usize = 2;
const CALLERS: usize = 25;
const CALLS: usize = 20;

fn client(sandbox: &Sandbox) -> TokenClient {
    let endpoint = Endpoint::explicit("localhost", sandbox.login_addr().port(), "/oauth/token").unwrap();
    TokenClient::builder(endpoint.with_api("localhost", sandbox.api_addr().port()).unwrap())
        .credentials(StaticCredentials::new(DEMO_CLIENT_ID, DEMO_CLIENT_SECRET).unwrap())
        .extra_roots_pem(sandbox.root_pem())
        .total_timeout(Duration::from_secs(60))
        .build()
        .unwrap()
}

/// A caller that pauses leaves its connection to another one; a pool that keeps fewer than are in use at once opens one for most calls.
/// On two runtimes at the same time, which share nothing but the client.
#[test]
fn callers_that_pause_open_no_more_connections_than_they_are() {
    let kinds: [[fn() -> Runtime; RUNTIMES]; 2] =
        [[|| multi_thread(2), || multi_thread(2)], [current_thread, || multi_thread(2)]];
    for runtimes in kinds {
        let sandbox = Sandbox::builder().start_blocking().unwrap();
        sandbox.always(Host::Api, Answer::service().delayed(Duration::from_millis(20)));
        let client = client(&sandbox);
        let client = &client;
        std::thread::scope(|scope| {
            for runtime in runtimes {
                scope.spawn(move || runtime().block_on(callers(client)));
            }
        });
        let requests = sandbox.record().into_iter().filter(|request| request.host == Host::Api).count();
        assert_eq!(requests, RUNTIMES * CALLERS * CALLS);
        let connections = sandbox.connections().into_iter().filter(|connection| connection.host == Host::Api);
        let connections: BTreeSet<u64> = connections.map(|connection| connection.number).collect();
        assert!(connections.len() <= RUNTIMES * CALLERS, "{}", connections.len());
    }
}

async fn callers(client: &TokenClient) {
    let mut callers = JoinSet::new();
    for _ in 0..CALLERS {
        let client = client.clone();
        callers.spawn(async move {
            for _ in 0..CALLS {
                assert_eq!(client.api(ApiRequest::get("/api/v2/echo")).await.unwrap().status(), 200);
                tokio::time::sleep(Duration::from_millis(20)).await;
            }
        });
    }
    callers.join_all().await;
}
