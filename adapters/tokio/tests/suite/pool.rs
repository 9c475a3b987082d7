//! The connections of concurrent calls, and the limit on them.

use std::collections::BTreeSet;
use std::future::Future as _;
use std::pin::Pin;
use std::task::{Context, Waker};
use std::time::Duration;

use genesys_token_sandbox::{Answer, Behaviour, Close, Host, Sandbox};
use genesys_token_tokio::{ApiError, ApiRequest, TokenClient};
use tokio::runtime::Builder;
use tokio::task::JoinSet;

use crate::fixture::{builder, client, received, sandbox};

/// Returns the numbers of the connections to the API host.
fn connections(sandbox: &Sandbox) -> BTreeSet<u64> {
    let connections = sandbox.connections().into_iter();
    connections
        .filter(|connection| connection.host == Host::Api)
        .map(|connection| connection.number)
        .collect()
}

fn request(number: usize) -> ApiRequest {
    ApiRequest::get(&format!("/api/v2/echo?number={number}"))
}

async fn call(client: &TokenClient, number: usize) -> u16 {
    client.api(request(number)).await.unwrap().status().as_u16()
}

/// A caller that pauses leaves its connection to another one; a pool that keeps fewer than are in use at once opens one for most calls.
#[test]
fn callers_that_pause_open_no_more_connections_than_they_are() {
    const RUNTIMES: usize = 2;
    const CALLERS: usize = 25;
    const CALLS: usize = 40;
    let sandbox = Sandbox::builder().start_blocking().unwrap();
    sandbox.always(Host::Api, Answer::service().delayed(Duration::from_millis(20)));
    let client = client(&sandbox);
    let callers = || async {
        let mut callers = JoinSet::new();
        for _ in 0..CALLERS {
            let client = client.clone();
            callers.spawn(async move {
                for number in 0..CALLS {
                    assert_eq!(call(&client, number).await, 200);
                    tokio::time::sleep(Duration::from_millis(20)).await;
                }
            });
        }
        callers.join_all().await;
    };
    std::thread::scope(|scope| {
        for _ in 0..RUNTIMES {
            scope.spawn(|| Builder::new_current_thread().enable_all().build().unwrap().block_on(callers()));
        }
    });
    assert_eq!(received(&sandbox, Host::Api).len(), RUNTIMES * CALLERS * CALLS);
    assert!(connections(&sandbox).len() <= RUNTIMES * CALLERS, "{}", connections(&sandbox).len());
}

#[tokio::test]
async fn a_pool_without_space_opens_a_connection_for_each_call() {
    let sandbox = sandbox().await;
    let client = builder(&sandbox).idle_connections(0).build().unwrap();
    for number in 0..3 {
        assert_eq!(call(&client, number).await, 200);
    }
    assert_eq!(connections(&sandbox).len(), 3);
}

#[tokio::test]
async fn the_pool_keeps_as_many_connections_as_it_may() {
    let sandbox = sandbox().await;
    sandbox.always(Host::Api, Answer::service().delayed(Duration::from_millis(50)));
    let client = builder(&sandbox).idle_connections(2).build().unwrap();
    client.token().await.unwrap();
    let all =
        || async { tokio::join!(call(&client, 0), call(&client, 1), call(&client, 2), call(&client, 3)) };
    all().await;
    let before = connections(&sandbox);
    assert_eq!(before.len(), 4);
    all().await;
    assert_eq!(connections(&sandbox).len(), 6, "two of four were kept");
}

/// What ended one kept connection, a server that was started again or a device on the way that forgot them, has probably ended all.
#[tokio::test]
async fn a_request_lost_with_a_kept_connection_is_sent_again_over_a_new_one() {
    let sandbox = sandbox().await;
    let client = client(&sandbox);
    client.token().await.unwrap();
    sandbox.always(Host::Api, Answer::service().delayed(Duration::from_millis(50)));
    let all = tokio::join!(call(&client, 0), call(&client, 1), call(&client, 2));
    assert_eq!((all, connections(&sandbox).len()), ((200, 200, 200), 3));
    sandbox.script(Host::Api, Behaviour::CloseUnanswered(Close::Notify));
    assert_eq!(call(&client, 3).await, 200);
    assert_eq!(connections(&sandbox).len(), 4);
    assert_eq!(received(&sandbox, Host::Api).len(), 5);
}

#[tokio::test]
async fn a_connection_is_used_neither_after_its_idle_time_nor_after_its_lifetime() {
    let (short, long) = (Duration::from_millis(100), Duration::from_secs(600));
    for (idle_time, lifetime, expected) in [(long, long, 1), (short, long, 2), (long, short, 2)] {
        let sandbox = sandbox().await;
        let builder = builder(&sandbox).connection_idle_time(idle_time).connection_lifetime(lifetime);
        let client = builder.build().unwrap();
        assert_eq!(call(&client, 0).await, 200);
        tokio::time::sleep(2 * short).await;
        assert_eq!(call(&client, 1).await, 200);
        assert_eq!(connections(&sandbox).len(), expected, "{idle_time:?} {lifetime:?}");
    }
}

#[tokio::test]
async fn no_more_calls_than_the_limit_are_made_at_once() {
    let sandbox = sandbox().await;
    sandbox.always(Host::Api, Answer::service().delayed(Duration::from_millis(5)));
    let client = builder(&sandbox).concurrent_calls(3).build().unwrap();
    let mut callers = JoinSet::new();
    for number in 0..60 {
        let client = client.clone();
        callers.spawn(async move { call(&client, number).await });
    }
    assert!(callers.join_all().await.into_iter().all(|status| status == 200));
    // Calls at the same time have connections of their own.
    assert_eq!(connections(&sandbox).len(), 3);
}

/// The queue is served in its order, also when callers leave it.
#[tokio::test]
async fn a_caller_that_is_dropped_leaves_the_queue() {
    const CALLERS: usize = 30;
    let sandbox = sandbox().await;
    let client = builder(&sandbox).concurrent_calls(1).build().unwrap();
    client.token().await.unwrap();
    sandbox.script(Host::Api, Answer::service().delayed(Duration::from_millis(200)));
    let mut context = Context::from_waker(Waker::noop());
    let mut calls: Vec<Option<Pin<Box<_>>>> = Vec::new();
    for number in 0..CALLERS {
        let client = client.clone();
        let mut call = Box::pin(async move { call(&client, number).await });
        // In the queue from its first poll on.
        assert!(call.as_mut().poll(&mut context).is_pending());
        calls.push(Some(call));
    }
    let stays = |number: usize| number == 0 || number % 3 == 1;
    for (number, call) in calls.iter_mut().enumerate() {
        if !stays(number) {
            *call = None;
        }
    }
    let mut callers = JoinSet::new();
    for call in calls.into_iter().flatten() {
        callers.spawn(call);
    }
    assert!(callers.join_all().await.into_iter().all(|status| status == 200));
    let targets: Vec<_> = received(&sandbox, Host::Api).into_iter().map(|request| request.target).collect();
    let expected: Vec<_> = (0..CALLERS)
        .filter(|number| stays(*number))
        .map(|number| format!("/api/v2/echo?number={number}"))
        .collect();
    assert_eq!(targets, expected);
}

/// The wait for a turn is a part of the call.
#[tokio::test]
async fn the_deadline_ends_the_wait_for_a_turn() {
    let sandbox = sandbox().await;
    sandbox.always(Host::Api, Answer::service().delayed(Duration::from_secs(60)));
    let client = builder(&sandbox).concurrent_calls(1).build().unwrap();
    client.token().await.unwrap();
    let first = tokio::spawn({
        let client = client.clone();
        async move { client.api(request(0).timeout(Duration::from_secs(120))).await }
    });
    sandbox.wait_for(2).await;
    let soon = std::time::Instant::now() + Duration::from_millis(50);
    let error = client.api(request(1).deadline(soon)).await.unwrap_err();
    assert!(matches!(error, ApiError::Deadline), "{error:?}");
    first.abort();
    assert!(first.await.unwrap_err().is_cancelled());
    assert_eq!(received(&sandbox, Host::Api).len(), 1);
}

/// A call that waits for a rate limit is not being made: others have their turn meanwhile.
#[tokio::test]
async fn a_wait_for_the_rate_limit_delays_no_other_call() {
    let sandbox = sandbox().await;
    let client = builder(&sandbox).concurrent_calls(1).build().unwrap();
    client.token().await.unwrap();
    let limited =
        genesys_token_sandbox::Response::too_many_requests(2, genesys_token_sandbox::CORRELATION_ID);
    sandbox.script(Host::Api, limited);
    let first = tokio::spawn({
        let client = client.clone();
        async move { call(&client, 0).await }
    });
    sandbox.wait_for(2).await;
    assert_eq!(call(&client, 1).await, 200);
    assert_eq!(first.await.unwrap(), 200);
    let targets: Vec<_> = received(&sandbox, Host::Api).into_iter().map(|request| request.target).collect();
    assert_eq!(targets, ["/api/v2/echo?number=0", "/api/v2/echo?number=1", "/api/v2/echo?number=0"]);
}
