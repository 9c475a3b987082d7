//! Many concurrent callers cause the same exchanges as one.

use std::future::Future as _;
use std::pin::pin;
use std::sync::Arc;
use std::sync::atomic::{AtomicUsize, Ordering};
use std::task::{Context, Poll, Waker};
use std::time::Duration;

use genesys_token_sandbox::{Answer, Behaviour, CORRELATION_ID, DEMO_CLIENT_ID, Host, Response, Sandbox};
use genesys_token_tokio::core::lifecycle::Policy;
use genesys_token_tokio::core::time;
use genesys_token_tokio::{ApiRequest, TokenClient, TokenError};
use tokio::runtime::{Builder, Runtime};
use tokio::task::JoinHandle;

use crate::fixture::{builder, client, label, received};

const CALLERS: usize = 10_000;
const RUNTIMES: usize = 4;

fn runtime() -> Runtime {
    Builder::new_current_thread().enable_all().build().unwrap()
}

fn sandbox() -> Sandbox {
    Sandbox::builder().start_blocking().unwrap()
}

/// Runs all callers on several threads with a runtime each. Returns their outcomes.
fn crowd<T, F>(client: &TokenClient, caller: impl Fn(TokenClient, usize) -> F + Sync) -> Vec<T>
where
    F: Future<Output = T> + Send + 'static,
    T: Send + 'static,
{
    let on_one_thread = |first: usize| {
        runtime().block_on(async {
            let numbers = (first..CALLERS).step_by(RUNTIMES);
            let callers: Vec<_> =
                numbers.map(|number| tokio::spawn(caller(client.clone(), number))).collect();
            let mut outcomes = Vec::with_capacity(callers.len());
            for caller in callers {
                outcomes.push(caller.await.unwrap());
            }
            outcomes
        })
    };
    std::thread::scope(|scope| {
        let on_one_thread = &on_one_thread;
        let threads: Vec<_> = (0..RUNTIMES).map(|first| scope.spawn(move || on_one_thread(first))).collect();
        threads.into_iter().flat_map(|thread| thread.join().unwrap()).collect()
    })
}

#[test]
fn ten_thousand_callers_on_an_empty_cache_cause_one_exchange() {
    let sandbox = sandbox();
    sandbox.script(Host::Login, Answer::service().delayed(Duration::from_millis(100)));
    let client = client(&sandbox);
    let tokens = crowd(&client, |client, _| async move { client.token().await.unwrap().generation() });
    assert_eq!(tokens.len(), CALLERS);
    assert!(tokens.iter().all(|generation| *generation == tokens[0]));
    assert_eq!(sandbox.record().len(), 1);
}

#[test]
fn ten_thousand_callers_of_a_failing_service_cause_the_scheduled_exchanges() {
    let sandbox = sandbox();
    let failures: [Behaviour; 5] = [
        Response::html_bad_gateway().into(),
        Response::too_many_requests(1, CORRELATION_ID).into(),
        Behaviour::CloseUnanswered(genesys_token_sandbox::Close::Notify),
        Response::html_bad_gateway().into(),
        Response::html_bad_gateway().into(),
    ];
    let failed = failures.len();
    for failure in failures {
        sandbox.script(Host::Login, failure);
    }
    let client = client(&sandbox);
    let refusals = Arc::new(AtomicUsize::new(0));
    let tokens = crowd(&client, |client, number| {
        let refusals = refusals.clone();
        async move {
            loop {
                let error: TokenError = match client.token().await {
                    Ok(token) => break token.generation(),
                    Err(error) => error,
                };
                refusals.fetch_add(1, Ordering::Relaxed);
                // One caller in ten ignores the time of the next attempt.
                let wait =
                    if number % 10 == 0 { Duration::from_millis(5) } else { error.retry_in().unwrap() };
                tokio::time::sleep(wait).await;
            }
        }
    });
    assert!(tokens.iter().all(|generation| *generation == tokens[0]));
    assert!(refusals.load(Ordering::Relaxed) >= CALLERS, "each caller received at least one failure");
    // One exchange for each failure of the service and one for the token; none was caused by a caller.
    assert_eq!(sandbox.record().len(), failed + 1);
}

#[test]
fn ten_thousand_callers_with_a_refused_secret_share_one_error() {
    let sandbox = sandbox();
    sandbox.remove_client(DEMO_CLIENT_ID);
    let client = client(&sandbox);
    for _ in 0..2 {
        let outcomes = crowd(&client, |client, _| async move { label(&client.token().await) });
        assert!(outcomes.iter().all(|outcome| outcome == "refused Credentials 400 invalid_client"));
    }
    assert_eq!(sandbox.record().len(), 1);
}

/// Reproducible pseudo-random numbers, so that a failure can be repeated.
struct Numbers(u64);

impl Numbers {
    /// `SplitMix64`.
    fn below(&mut self, limit: usize) -> usize {
        self.0 = self.0.wrapping_add(0x9e37_79b9_7f4a_7c15);
        let mut mixed = self.0;
        mixed = (mixed ^ (mixed >> 30)).wrapping_mul(0xbf58_476d_1ce4_e5b9);
        mixed = (mixed ^ (mixed >> 27)).wrapping_mul(0x94d0_49bb_1331_11eb);
        usize::try_from((mixed ^ (mixed >> 31)) % u64::try_from(limit).unwrap()).unwrap()
    }
}

/// Time at which callers are dropped.
#[derive(Clone, Copy, Debug)]
enum When {
    /// Before the exchange has begun.
    AtOnce,
    /// While the exchange is in flight.
    InFlight,
    /// About when the response arrives.
    AtTheEnd,
}

#[tokio::test]
async fn dropped_callers_do_not_affect_the_others() {
    let sandbox = Sandbox::builder().start().await.unwrap();
    for seed in 0..30 {
        for when in [When::AtOnce, When::InFlight, When::AtTheEnd] {
            for fails in [false, true] {
                sandbox.clear_record();
                let what = format!("seed {seed}, {when:?}, {fails}");
                let expected = if fails { "refused Unavailable 502" } else { "token" };
                let answer =
                    if fails { Answer::from(Response::html_bad_gateway()) } else { Answer::service() };
                sandbox.script(Host::Login, answer.delayed(Duration::from_millis(10)));
                // No second exchange is scheduled during this test.
                let mut policy = Policy::default();
                policy.backoff_min = time::Duration::from_secs(600);
                let client = builder(&sandbox).policy(policy).build().unwrap();
                let outcomes = drop_some_callers(&sandbox, &client, &mut Numbers(seed), when).await;
                assert!(outcomes.iter().all(|outcome| outcome == expected), "{what}: {outcomes:?}");
                // A later caller receives the same result, even if all others were dropped.
                assert_eq!(label(&client.token().await), expected, "{what}");
                assert_eq!(received(&sandbox, Host::Login).len(), 1, "{what}");
            }
        }
    }
}

/// Drops a part of the callers. Returns the outcomes of the others.
async fn drop_some_callers(
    sandbox: &Sandbox,
    client: &TokenClient,
    numbers: &mut Numbers,
    when: When,
) -> Vec<String> {
    let callers: Vec<JoinHandle<String>> = (0..=numbers.below(30))
        .map(|_| {
            let client = client.clone();
            tokio::spawn(async move { label(&client.token().await) })
        })
        .collect();
    // From one in ten to all of them.
    let share = 1 + numbers.below(10);
    let (gone, stay): (Vec<_>, Vec<_>) = callers.into_iter().partition(|_| numbers.below(10) < share);
    // A caller that is polled once and then dropped.
    let mut polled_once = Box::pin(client.token());
    let mut context = Context::from_waker(Waker::noop());
    match when {
        When::AtOnce => {}
        When::InFlight => {
            assert!(polled_once.as_mut().poll(&mut context).is_pending());
            sandbox.wait_for(1).await;
        }
        When::AtTheEnd => {
            let _ = pin!(client.token()).await;
        }
    }
    drop(polled_once);
    for caller in &gone {
        caller.abort();
    }
    let mut outcomes = Vec::new();
    for caller in stay {
        outcomes.push(caller.await.unwrap());
    }
    for caller in gone {
        // It ended before it was aborted, or was cancelled.
        match caller.await {
            Ok(outcome) => outcomes.push(outcome),
            Err(error) => assert!(error.is_cancelled()),
        }
    }
    outcomes
}

#[test]
fn a_cached_token_is_ready_at_the_first_poll() {
    let sandbox = sandbox();
    let client = client(&sandbox);
    let runtime = runtime();
    runtime.block_on(client.token()).unwrap();
    let mut context = Context::from_waker(Waker::noop());
    for _ in 0..CALLERS {
        assert!(matches!(pin!(client.token()).poll(&mut context), Poll::Ready(Ok(_))));
    }
    assert_eq!(sandbox.record().len(), 1);
}

/// Ten thousand callers may wait for their turn or for the token. A call is half of the 2 KiB that `cargo xtask bench-api` allows for each; the rest
/// is its task and the headers of its request.
#[test]
fn a_waiting_call_is_small() {
    let sandbox = sandbox();
    let client = client(&sandbox);
    runtime().block_on(async {
        let mut call = pin!(client.api(ApiRequest::get("/api/v2/users")));
        assert!(call.as_mut().poll(&mut Context::from_waker(Waker::noop())).is_pending());
        let size = size_of_val(&*call);
        assert!(size <= 1024, "{size} bytes");
    });
}
