//! What servers of HTTP/2 do, frame by frame, and what becomes of a request.

use std::thread;
use std::time::Duration;

use genesys_token_tokio::{ApiError, ApiRequest, TokenClient, TransportError, TransportErrorKind};
use host::frames::{
    ANY_STREAM, Act, CANCEL, ENHANCE_YOUR_CALM, HTTP_1_1_REQUIRED, INTERNAL_ERROR, NO_ERROR, REFUSED_STREAM,
    Server, Step,
};
use host::{call, client, current_thread, get, multi_thread, post};

fn client_of(server: &Server) -> TokenClient {
    client(server.port, &server.root_pem).build().unwrap()
}

fn lost(outcome: Result<String, ApiError>) -> TransportError {
    match outcome {
        Err(ApiError::Transport(error)) => error,
        other => panic!("{other:?}"),
    }
}

/// RFC 9113 sections 8.7 and 6.8: such a request was not processed, so that it may be sent again whatever its method.
#[tokio::test]
async fn a_request_that_was_not_processed_is_sent_again() {
    const CASES: [&[Act]; 4] = [
        &[Act::Answer, Act::Reset(REFUSED_STREAM)],
        &[Act::Answer, Act::GoAwayBefore(NO_ERROR)],
        // The last stream decides, whatever the code.
        &[Act::Answer, Act::GoAwayBefore(ENHANCE_YOUR_CALM)],
        &[Act::Answer, Act::GoAwayBefore(INTERNAL_ERROR)],
    ];
    for acts in CASES {
        let server = Server::start(acts);
        let client = client_of(&server);
        assert_eq!(post(&client, "/x").await.unwrap(), "1", "{acts:?}");
        assert_eq!(post(&client, "/x").await.unwrap(), "3", "{acts:?}");
        assert_eq!((server.connections(), server.requests()), (2, 3), "{acts:?}");
    }
}

/// A call that is the second request of a new connection, on stream 3, and one that begins after its request has arrived.
async fn two_in_progress(
    server: &Server,
    first: fn(TokenClient) -> Call,
    second: fn(TokenClient) -> Call,
) -> (Outcome, Outcome) {
    let client = client_of(server);
    assert_eq!(get(&client, "/x").await.unwrap(), "1");
    let first = tokio::spawn(first(client.clone()));
    host::until("the first request", || server.requests() == 2).await;
    let second = second(client).await;
    (first.await.unwrap(), second)
}

type Outcome = Result<String, ApiError>;
type Call = std::pin::Pin<Box<dyn Future<Output = Outcome> + Send>>;

fn a_get(client: TokenClient) -> Call {
    Box::pin(async move { get(&client, "/x").await })
}

fn a_post(client: TokenClient) -> Call {
    Box::pin(async move { post(&client, "/x").await })
}

/// RFC 9113 section 6.8: a server that ends gracefully announces it with the greatest stream number, and later names the last stream that it serves.
/// That one is answered although the connection ends; the one above it was not processed.
#[tokio::test]
async fn a_connection_that_ends_gracefully_answers_what_it_has_accepted() {
    const STEPS: &[Step] =
        &[Step::GoAway(ANY_STREAM, NO_ERROR), Step::GoAway(3, NO_ERROR), Step::Answer(3), Step::End];
    let server = Server::start(&[Act::Answer, Act::Wait, Act::Take(STEPS)]);
    let (accepted, refused) = two_in_progress(&server, a_post, a_post).await;
    assert_eq!((accepted.unwrap(), refused.unwrap()), ("stream 3".to_owned(), "4".to_owned()));
    assert_eq!((server.connections(), server.requests()), (2, 4));
}

/// RFC 9113 section 6.8: the stream that GOAWAY names as the last one may have been processed, so that a POST is not sent again if its response is missing
/// (RFC 9110 section 9.2.2). A request above it is, whatever its method.
#[tokio::test]
async fn only_requests_above_the_last_stream_of_goaway_are_unprocessed() {
    for code in [NO_ERROR, ENHANCE_YOUR_CALM] {
        let steps: &[Step] = match code {
            NO_ERROR => &[Step::GoAway(3, NO_ERROR), Step::End],
            _ => &[Step::GoAway(3, ENHANCE_YOUR_CALM), Step::End],
        };
        let acts: &[Act] = Box::leak(Box::new([Act::Answer, Act::Wait, Act::Take(steps)]));
        let server = Server::start(acts);
        let (accepted, refused) = two_in_progress(&server, a_post, a_post).await;
        let error = lost(accepted);
        assert!(error.may_have_arrived(), "{error:?}");
        assert_eq!(refused.unwrap(), "4");
        assert_eq!((server.connections(), server.requests()), (2, 4));

        let server = Server::start(acts);
        let (accepted, refused) = two_in_progress(&server, a_get, a_post).await;
        assert!(accepted.is_ok() && refused.is_ok(), "{accepted:?} {refused:?}");
        assert_eq!((server.connections(), server.requests()), (2, 5));
    }
}

/// RFC 9113 section 6.8: after GOAWAY no stream is opened, although it names all. What is in progress is answered.
#[tokio::test]
async fn after_goaway_calls_use_another_connection_and_those_in_progress_are_answered() {
    const STEPS: &[Step] =
        &[Step::GoAway(ANY_STREAM, NO_ERROR), Step::WaitForTest, Step::GoAway(3, NO_ERROR), Step::Answer(3)];
    let server = Server::start(&[Act::Answer, Act::Take(STEPS)]);
    let client = client_of(&server);
    assert_eq!(get(&client, "/x").await.unwrap(), "1");
    let accepted = tokio::spawn(a_post(client.clone()));
    host::until("the announcement", || server.done.try_recv().is_ok()).await;
    assert_eq!(post(&client, "/x").await.unwrap(), "3");
    assert_eq!(post(&client, "/x").await.unwrap(), "4");
    assert_eq!(server.connections(), 2);
    server.go.send(()).unwrap();
    assert_eq!(accepted.await.unwrap().unwrap(), "stream 3");
}

/// As core decides for HTTP/1.1: a new connection that is unusable is not followed by another one at once.
#[tokio::test]
async fn a_refusal_by_a_new_connection_is_an_error_of_a_request_that_did_not_arrive() {
    for acts in [&[Act::Reset(REFUSED_STREAM)][..], &[Act::GoAwayBefore(NO_ERROR)]] {
        let server = Server::start(acts);
        let error = lost(post(&client_of(&server), "/x").await);
        assert!(!error.may_have_arrived(), "{error:?}");
        assert_eq!(server.requests(), 1);
    }
}

/// RFC 9113 section 7: the peer requires HTTP/1.1 instead of HTTP/2, so it has not acted upon the request. curl sends such a request again over
/// HTTP/1.1, whatever its method. Later requests do not use HTTP/2 either.
#[tokio::test]
async fn a_host_that_requires_http1_is_asked_over_it() {
    for acts in [&[Act::Reset(HTTP_1_1_REQUIRED)][..], &[Act::GoAwayBefore(HTTP_1_1_REQUIRED)]] {
        let server = Server::start(acts);
        let client = client_of(&server);
        assert_eq!(post(&client, "/x").await.unwrap(), "2", "{acts:?}");
        assert_eq!(post(&client, "/x").await.unwrap(), "3", "{acts:?}");
        assert_eq!(get(&client, "/x").await.unwrap(), "4", "{acts:?}");
        assert_eq!((server.connections(), server.http1_requests()), (2, 3), "{acts:?}");
    }
    // It may do so later, too.
    let server = Server::start(&[Act::Answer, Act::Reset(HTTP_1_1_REQUIRED)]);
    let client = client_of(&server);
    for expected in ["1", "3", "4"] {
        assert_eq!(post(&client, "/x").await.unwrap(), expected);
    }
    assert_eq!((server.connections(), server.http1_requests()), (2, 2));
}

/// Calls that have begun over the connection meanwhile go over HTTP/1.1 as well, each on a connection of its own.
#[tokio::test]
async fn concurrent_calls_to_a_host_that_requires_http1_are_answered() {
    let server = Server::start(&[Act::Reset(HTTP_1_1_REQUIRED); 20]);
    let client = client_of(&server);
    let mut calls = tokio::task::JoinSet::new();
    for _ in 0..10 {
        let client = client.clone();
        calls.spawn(async move { post(&client, "/x").await.unwrap() });
    }
    assert_eq!(calls.join_all().await.len(), 10);
    assert_eq!(server.http1_requests(), 10);
}

/// RFC 9110 section 9.2.2: whether it was processed is unknown.
#[tokio::test]
async fn a_request_whose_connection_ended_is_sent_again_if_it_is_idempotent() {
    let server = Server::start(&[Act::Answer, Act::Close]);
    let client = client_of(&server);
    assert_eq!(get(&client, "/x").await.unwrap(), "1");
    assert_eq!(get(&client, "/x").await.unwrap(), "3");

    let server = Server::start(&[Act::Answer, Act::Close]);
    let client = client_of(&server);
    assert_eq!(post(&client, "/x").await.unwrap(), "1");
    let error = lost(post(&client, "/x").await);
    assert!(error.may_have_arrived() && matches!(error.kind(), TransportErrorKind::Closed), "{error:?}");
    assert_eq!(post(&client, "/x").await.unwrap(), "3");
}

/// A stream that the peer resets for another reason may have been processed, and its connection goes on.
#[tokio::test]
async fn another_reset_is_an_error_with_its_name() {
    let server = Server::start(&[Act::Answer, Act::Reset(INTERNAL_ERROR)]);
    let client = client_of(&server);
    get(&client, "/x").await.unwrap();
    let error = lost(get(&client, "/x").await);
    assert!(error.may_have_arrived(), "{error:?}");
    let TransportErrorKind::Http2(kind) = error.kind() else { panic!("{error:?}") };
    assert_eq!((kind.code(), kind.is_of_peer()), (INTERNAL_ERROR, true));
    assert!(error.to_string().contains("INTERNAL_ERROR"), "{error}");
    get(&client, "/x").await.unwrap();
    assert_eq!((server.connections(), server.requests()), (1, 3));
}

/// RFC 9113 section 8.1: only END_STREAM says that a response is complete. Its length may be unknown.
#[tokio::test]
async fn a_response_without_an_end_is_incomplete() {
    for code in [CANCEL, NO_ERROR, INTERNAL_ERROR] {
        let acts: &[Act] = match code {
            CANCEL => &[Act::Begin(CANCEL)],
            NO_ERROR => &[Act::Begin(NO_ERROR)],
            _ => &[Act::Begin(INTERNAL_ERROR)],
        };
        let server = Server::start(acts);
        let error = lost(get(&client_of(&server), "/x").await);
        assert!(matches!(error.kind(), TransportErrorKind::Http2(_)), "{code}: {error:?}");
    }
}

/// The limits are those of HTTP/1.1. The request was received, so it is not sent again; and other calls go on over the connection.
#[tokio::test]
async fn a_head_that_is_too_large_is_reported_as_such() {
    const SMALL: Act = Act::Head { headers: 100, length: 130 };
    const MANY: Act = Act::Head { headers: 101, length: 130 };
    const LONG: Act = Act::Head { headers: 5, length: 3999 };
    const BEYOND: Act = Act::Head { headers: 20, length: 3999 };
    let server = Server::start(&[SMALL, MANY, LONG, BEYOND]);
    let client = client_of(&server);
    assert_eq!(post(&client, "/x").await.unwrap(), "");
    for _ in [MANY, LONG] {
        let error = lost(post(&client, "/x").await);
        assert!(matches!(error.kind(), TransportErrorKind::ResponseHeadTooLarge), "{error:?}");
        assert!(error.may_have_arrived());
    }
    let error = lost(post(&client, "/x").await);
    assert!(error.to_string().contains("more than 64 KiB"), "{error}");
    assert_eq!(post(&client, "/x").await.unwrap(), "5");
    assert_eq!((server.connections(), server.requests()), (1, 5));
}

/// A network that forgot the connection closes nothing. The next call does not wait as long again.
#[tokio::test]
async fn after_a_timeout_calls_use_another_connection() {
    let server = Server::start(&[Act::Answer, Act::Wait]);
    let client = client_of(&server);
    get(&client, "/x").await.unwrap();
    let request = ApiRequest::get("/x").timeout(Duration::from_millis(300));
    let error = lost(call(&client, request).await.map(|_| String::new()));
    assert!(matches!(error.kind(), TransportErrorKind::TimedOut), "{error:?}");
    assert_eq!(get(&client, "/x").await.unwrap(), "3");
    assert_eq!(server.connections(), 2);
}

/// What arrived while the runtime was not run is processed before the next request.
#[test]
fn a_connection_that_ended_while_its_runtime_was_not_run_is_not_used() {
    for acts in [&[Act::AnswerThenGoAway][..], &[Act::AnswerThenClose]] {
        for runtime in [current_thread, || multi_thread(1)] {
            let server = Server::start(acts);
            let (client, runtime) = (client_of(&server), runtime());
            assert_eq!(runtime.block_on(post(&client, "/x")).unwrap(), "1", "{acts:?}");
            server.act();
            thread::sleep(Duration::from_secs(1));
            assert_eq!(runtime.block_on(post(&client, "/x")).unwrap(), "2", "{acts:?}");
            assert_eq!(server.connections(), 2, "{acts:?}");
        }
    }
}

/// The only worker is blocked while the connection ends and the next call begins.
#[test]
fn a_blocked_worker_does_not_reuse_what_ended() {
    let server = Server::start(&[Act::AnswerThenClose]);
    let (client, runtime) = (client_of(&server), multi_thread(1));
    assert_eq!(runtime.block_on(post(&client, "/x")).unwrap(), "1");
    let (blocked, is_blocked) = std::sync::mpsc::channel();
    runtime.spawn(async move {
        blocked.send(()).unwrap();
        thread::sleep(Duration::from_secs(1));
    });
    is_blocked.recv().unwrap();
    server.act();
    assert_eq!(runtime.block_on(post(&client, "/x")).unwrap(), "2");
    assert_eq!(server.connections(), 2);
}

/// A dropped call resets its stream, so that the server need not go on with it.
#[tokio::test]
async fn a_dropped_call_resets_its_stream() {
    let server = Server::start(&[Act::Wait]);
    let client = client_of(&server);
    let dropped = tokio::time::timeout(Duration::from_millis(300), get(&client, "/x")).await;
    assert!(dropped.is_err());
    host::until("the reset of the stream", || server.resets() == 1).await;
    assert_eq!(get(&client, "/x").await.unwrap(), "2");
    assert_eq!(server.connections(), 1);
}
