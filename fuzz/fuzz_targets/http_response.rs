//! A response that the device's HTTP client reads in pieces chosen by the input, compared with hyper's client.
//!
//! `genesys_token_http` has the rules as tables. `tests/support/http-reference/src/differences.txt` lists where hyper is more lenient, and
//! so the errors after which hyper may accept a response.
#![no_main]

use std::future::{Future, pending};
use std::pin::pin;
use std::task::{Context, Poll, Waker};

use embedded_io_async::ErrorKind;
use genesys_token_http::{Buffers, Connection, MIN_HEAD_BUFFER, Method, Request};
use http_reference::differences::{self, differences, without_size};
use http_reference::{End, Stream, hyper};
use libfuzzer_sys::{Corpus, fuzz_target};

fuzz_target!(|input: &[u8]| -> Corpus {
    let Some(plan) = Plan::read(input) else { return Corpus::Reject };
    let bytes = plan.bytes;
    let whole = plan.run(Stream::new(bytes));
    let in_pieces = plan.run(Stream::new(bytes).in_pieces(&plan.pieces).hesitant());
    assert_eq!(in_pieces.result, whole.result, "the result depends on the pieces");
    let by_bytes = plan.run(Stream::new(bytes).in_pieces(&[1]));
    assert_eq!(by_bytes.result, whole.result, "the result depends on the pieces");

    // Byte by byte, nothing behind the response is read.
    let length = bytes.len() - by_bytes.left;
    let silent = |bytes| plan.run(Stream::new(bytes).in_pieces(&[1]).ending(End::Silent));
    let until_end = whole.result.is_ok() && silent(bytes).is_silence();
    assert!(
        !(whole.keep_alive && (until_end || length < bytes.len())),
        "the connection stays open although the end of the response is unclear"
    );

    let method = if plan.method == Method::Head { "HEAD" } else { "GET" };
    let truncated = &bytes[..plan.cut.min(length)];
    if until_end || truncated.len() < length {
        let reset = Stream::new(truncated).ending(End::Error(ErrorKind::ConnectionReset));
        assert!(plan.run(reset).result.is_err(), "accepted before its end");
    }
    if let (true, Ok(ours)) = (truncated.len() < length, plan.run(Stream::new(truncated)).result) {
        // Only the end of the stream can have ended it.
        assert!(silent(truncated).is_silence(), "accepted before its end");
        assert_eq!(ours, hyper::read(truncated, method).expect("hyper accepts what is accepted here"));
    }

    match (whole.result, hyper::read(bytes, method)) {
        (Ok(ours), hypers) => assert_eq!(ours, hypers.expect("hyper accepts what is accepted here")),
        (Err(ours), Ok(hypers)) => {
            let known = differences().contains_key(&without_size(&ours));
            assert!(known, "hyper accepts {hypers:?}, which is {ours} here");
        }
        (Err(_), Err(_)) => {}
    }
    Corpus::Keep
});

/// The settings in the first line of the input, and the response behind it.
struct Plan<'i> {
    method: Method,
    /// Sizes of the buffers.
    head: usize,
    body: usize,
    pieces: Vec<usize>,
    /// The position at which the stream ends, in some of the runs.
    cut: usize,
    bytes: &'i [u8],
}

/// The greatest size of a buffer in bytes.
const MAX_BUFFER: usize = 4096;

impl<'i> Plan<'i> {
    fn read(input: &'i [u8]) -> Option<Self> {
        let end = input.iter().position(|&byte| byte == b'\n')?;
        let line = core::str::from_utf8(&input[..end]).ok()?;
        let mut plan = Self {
            method: Method::Get,
            head: 1024,
            body: 256,
            pieces: Vec::new(),
            cut: 0,
            bytes: &input[end + 1..],
        };
        for word in line.split(' ') {
            match word.split_once('=') {
                None if word == "HEAD" => plan.method = Method::Head,
                None => plan.pieces.extend(word.parse::<usize>().ok().filter(|&piece| piece > 0)),
                Some(("head", size)) => {
                    plan.head =
                        size.parse().map_or(plan.head, |size: usize| size.clamp(MIN_HEAD_BUFFER, MAX_BUFFER))
                }
                Some(("body", size)) => {
                    plan.body = size.parse().map_or(plan.body, |size: usize| size.min(MAX_BUFFER))
                }
                Some(("cut", at)) => plan.cut = at.parse().unwrap_or_default(),
                Some(_) => {}
            }
        }
        plan.pieces.push(usize::MAX);
        Some(plan)
    }

    fn run(&self, stream: Stream) -> Outcome {
        let (mut head, mut body) = (vec![0xaa; self.head], vec![0xaa; self.body]);
        let mut connection = Connection::new(stream);
        let request = Request::new(self.method, "localhost", "/");
        let buffers = Buffers { head: &mut head, body: &mut body };
        let result = poll(connection.exchange(&request, buffers, pending()));
        let mut keep_alive = false;
        let result = match result {
            Some(Ok(response)) => {
                keep_alive = response.keep_alive;
                let cut = response.cut.map(|error| differences::name_of_response_error(&error));
                assert_eq!(response.head().status(), response.status);
                let mut headers: Vec<_> = response
                    .headers
                    .clone()
                    .map(|(name, value)| (name.to_ascii_lowercase(), value.to_vec()))
                    .collect();
                headers.sort();
                let length = response.body.len();
                let whole =
                    hyper::Response { status: response.status, headers, body: response.body.to_vec() };
                assert!(
                    body[length..].iter().all(|&byte| byte == 0xaa),
                    "bytes behind the body were overwritten"
                );
                assert!(cut.is_none() || !(200..300).contains(&whole.status), "a success must be complete");
                cut.map_or(Ok(whole), Err)
            }
            Some(Err(error)) => {
                assert!(head.iter().chain(&body).all(|&byte| byte == 0), "the buffers were not wiped");
                assert!(!error.to_string().is_empty());
                Err(differences::name(&error.kind))
            }
            None => {
                assert!(head.iter().chain(&body).all(|&byte| byte == 0), "the buffers were not wiped");
                Err(SILENCE.to_owned())
            }
        };
        assert_eq!(connection.is_reusable(), keep_alive);
        Outcome { result, keep_alive, left: connection.into_stream().left() }
    }
}

struct Outcome {
    result: Result<hyper::Response, String>,
    keep_alive: bool,
    /// The number of bytes behind the response.
    left: usize,
}

impl Outcome {
    /// Returns whether the reader waits for more bytes.
    fn is_silence(&self) -> bool {
        self.result.as_ref().is_err_and(|error| error == SILENCE)
    }
}

/// Used instead of an error's name if the reader waits for more bytes.
const SILENCE: &str = "silence";

/// Polls until the future is ready; `None` after more polls than the bytes can cause.
fn poll<T>(future: impl Future<Output = T>) -> Option<T> {
    let mut future = pin!(future);
    let mut context = Context::from_waker(Waker::noop());
    for _ in 0..100_000 {
        if let Poll::Ready(value) = future.as_mut().poll(&mut context) {
            return Some(value);
        }
    }
    None
}
