//! Futures dropped at every await point: the client continues to work.

use std::cell::Cell;
use std::collections::BTreeSet;
use std::fs;
use std::path::Path;
use std::sync::atomic::{AtomicUsize, Ordering};

use embassy_time::{Duration, Timer};
use embedded_io_async::{ErrorKind, ErrorType, Read, Write};
use genesys_token_device::{
    Device, Faults, NEIGHBOURS, Setup, TIME_PORT, TimeServer, dropped_after, unix_time,
};
use genesys_token_embassy::core::time::Duration as CoreDuration;
use genesys_token_embassy::{
    ApiRequest, CredentialError, CredentialSource, Credentials, Method, Settings, StaticCredentials,
};
use genesys_token_http::{Buffers, Connection, MIN_HEAD_BUFFER, Request};
use genesys_token_sandbox::{DEMO_CLIENT_ID, DEMO_CLIENT_SECRET, Host};

/// Exchanges may follow each other at once.
fn run(work: impl AsyncFnOnce(&Device<'_>) + Send) {
    let demo = StaticCredentials::new(DEMO_CLIENT_ID, DEMO_CLIENT_SECRET);
    let adjust = |settings: &mut Settings<'_>| settings.policy.exchange_spacing = CoreDuration::ZERO;
    Setup::default().run_in(&[], |builder| builder, adjust, demo, work);
}

fn logins(device: &Device<'_>) -> usize {
    device.sandbox.record().iter().filter(|request| request.host == Host::Login).count()
}

/// Every method of this package that users await: each is dropped after every number of polls until it is ready, and the
/// guarantees of its documentation are checked.
const METHODS: &[(&str, fn())] = &[
    ("token", dropped_token_request_cancels_nothing),
    ("with_token", dropped_with_token_does_not_call_its_closure),
    ("api", dropped_call_costs_its_connection_at_most),
    ("verify", dropped_verify_costs_its_connection_at_most),
    ("revoke", dropped_revoke_leaves_client_open),
    ("run", runner_dropped_anywhere_and_rerun_obtains_token),
    ("run, for the time", runner_dropped_anywhere_obtains_time),
    ("credentials", dropped_source_is_asked_again),
    ("exchange", dropped_exchange_wipes_buffers),
];

/// The methods of a network, which `run` awaits: they are dropped with it.
const AWAITED_BY_RUN: &[&str] = &[
    "connect",
    "end",
    "flush",
    "read",
    "receive",
    "send",
    "udp",
    "wait_activity",
    "wait_down",
    "wait_up",
    "write",
];

#[test]
fn every_method_can_be_dropped_at_every_await() {
    for (name, drop_it) in METHODS {
        println!("{name}");
        drop_it();
    }
}

/// The list has all public async methods of the source, and no other, so that a new one is not forgotten.
#[test]
fn list_contains_every_awaitable_method() {
    let mut found = BTreeSet::new();
    for package in ["embassy", "http"] {
        let adapters = Path::new(env!("CARGO_MANIFEST_DIR")).join("../../../adapters");
        find_methods(&adapters.join(package).join("src"), &mut found);
    }
    let dropped = METHODS.iter().map(|(name, _)| name.split(',').next().unwrap_or(name));
    let listed: BTreeSet<_> = dropped.chain(AWAITED_BY_RUN.iter().copied()).map(str::to_owned).collect();
    assert_eq!(found, listed);
}

/// Returns the public functions that are async or return a future, and those of public traits, which have no `pub` before them.
fn find_methods(folder: &Path, found: &mut BTreeSet<String>) {
    for entry in fs::read_dir(folder).expect("the sources are there") {
        let path = entry.expect("an entry").path();
        if path.is_dir() {
            find_methods(&path, found);
            continue;
        }
        let text = fs::read_to_string(&path).expect("a source");
        let mut in_public_trait = false;
        // Attributes and parameters may be on separate lines: a signature ends at its body, or at a semicolon.
        for signature in text.split_inclusive(['{', ';', '}']) {
            let signature = signature.lines().filter(|line| !line.trim_start().starts_with("//"));
            let signature = signature.collect::<Vec<_>>().join(" ");
            let words = format!(" {} ", signature.split_whitespace().collect::<Vec<_>>().join(" "));
            if words.contains(" pub trait ") {
                in_public_trait = true;
            } else if words.contains(" impl<") || words.contains(" impl ") && !words.contains(" fn ") {
                in_public_trait = false;
            }
            let waits = words.contains(" async fn ") || words.contains("-> impl Future<");
            let is_public = words.contains(" pub async fn ") || words.contains(" pub fn ");
            if waits && (is_public || in_public_trait && words.trim_end().ends_with(';')) {
                let after = words.split(" fn ").nth(1).unwrap_or_default();
                let name = after.split(|sign: char| !(sign.is_alphanumeric() || sign == '_')).next();
                found.insert(name.unwrap_or_default().to_owned());
            }
        }
    }
}

fn dropped_token_request_cancels_nothing() {
    run(async |device| {
        let client = device.client;
        let mut polls = 0;
        while dropped_after(polls, client.token(&mut [0; 1024])).await.is_none() {
            polls += 1;
            Timer::after_millis(1).await;
        }
        assert!(polls > 0, "it was dropped at least once");
        assert_eq!(logins(device), 1);
    });
}

fn dropped_with_token_does_not_call_its_closure() {
    run(async |device| {
        let client = device.client;
        let looks = Cell::new(0);
        let mut polls = 0;
        while dropped_after(polls, client.with_token(|_| looks.set(looks.get() + 1))).await.is_none() {
            assert_eq!(looks.get(), 0, "what was dropped did not look");
            polls += 1;
            Timer::after_millis(1).await;
        }
        assert!(polls > 0, "it was dropped at least once");
        assert_eq!((looks.get(), logins(device)), (1, 1));
    });
}

fn dropped_call_costs_its_connection_at_most() {
    run(async |device| {
        let client = device.client;
        let mut body = [0; 2048];
        client.verify(&mut body).await.expect("a response");
        // With a kept connection, and, after each call that was dropped, without one.
        let mut polls = 0;
        loop {
            let request = ApiRequest::new(Method::Post, "/api/v2/echo").json(&[b'7'; 1500]);
            let done = dropped_after(polls, client.api(&request, &mut body)).await;
            let done = done.map(|response| response.expect("a response").status());
            let response = client.verify(&mut body).await.expect("a response");
            assert!(response.body().starts_with(b"{"), "nothing of another response");
            if let Some(done) = done {
                assert_eq!(done, 200);
                break;
            }
            polls += 1;
        }
        assert!(polls > 5, "only {polls} polls");
        assert_eq!(logins(device), 1);
    });
}

fn dropped_verify_costs_its_connection_at_most() {
    run(async |device| {
        let client = device.client;
        let (mut body, mut polls) = ([0; 2048], 0);
        loop {
            let asked = dropped_after(polls, client.verify(&mut body)).await;
            let done = asked.map(|response| response.expect("a response").status());
            // Another path than before: no part of the old response may be taken for it.
            let request = ApiRequest::new(Method::Post, "/api/v2/echo").body("text/plain", b"echo");
            let response = client.api(&request, &mut body).await.expect("a response");
            assert_eq!(response.body(), b"echo");
            if let Some(done) = done {
                assert_eq!(done, 200);
                break;
            }
            polls += 1;
        }
        assert!(polls > 5, "only {polls} polls");
        assert_eq!(logins(device), 1);
    });
}

fn dropped_revoke_leaves_client_open() {
    run(async |device| {
        let client = device.client;
        let mut body = [0; 2048];
        let mut polls = 0;
        loop {
            // There is a token to revoke, whether the last one is valid or not. The call counts as a use, so that the next
            // refusal is not a consecutive one.
            let request = ApiRequest::get("/api/v2/organizations/me");
            client.api(&request, &mut body).await.expect("the client is open");
            if let Some(done) = dropped_after(polls, client.revoke()).await {
                done.expect("it is revoked");
                break;
            }
            polls += 1;
        }
        assert!(polls > 2, "only {polls} polls");
        assert_eq!(device.sandbox.live_tokens(), 0);
        let error = client.token(&mut [0; 1024]).await.expect_err("closed");
        assert!(error.to_string().contains("closed"), "{error}");
    });
}

fn runner_dropped_anywhere_and_rerun_obtains_token() {
    run(async |device| {
        let client = device.client;
        for polls in 1..60 {
            device.interrupt.after(polls);
            device.sandbox.kill_tokens();
            let mut body = [0; 2048];
            // The call may fail because the connection is gone.
            // The call counts as a use, so that the next refusal is not a consecutive one.
            while client.api(&ApiRequest::get("/api/v2/organizations/me"), &mut body).await.is_err() {
                Timer::after_millis(5).await;
            }
        }
        assert!(device.interrupt.is_over());
    });
}

/// The first polls are for network and time, and those after them for the exchange that waits for both.
fn runner_dropped_anywhere_obtains_time() {
    for polls in 1..25 {
        let adjust = |settings: &mut Settings<'_>| {
            settings.time_servers = &["10.97.0.2"];
            settings.time_port = TIME_PORT;
        };
        let demo = StaticCredentials::new(DEMO_CLIENT_ID, DEMO_CLIENT_SECRET);
        let setup = Setup { clock: false, ..Setup::default() };
        setup.run_in(
            &[],
            |builder| builder,
            adjust,
            demo,
            async |device| {
                let _server = TimeServer::ahead(NEIGHBOURS[0], 0);
                device.interrupt.after(polls);
                device.client.token(&mut [0; 1024]).await.expect("a token");
                assert!(device.client.unix_time().is_some_and(|time| time.abs_diff(unix_time()) <= 20));
                assert!(device.interrupt.is_over(), "{polls} polls were not needed");
                assert_eq!(logins(device), 1);
            },
        );
    }
}

/// A source whose credentials are ready after some polls.
struct Remote<'c> {
    asked: &'c AtomicUsize,
    given: &'c AtomicUsize,
}

const POLLS_OF_SOURCE: usize = 10;

impl CredentialSource for Remote<'_> {
    async fn credentials(&mut self) -> Result<Credentials, CredentialError> {
        self.asked.fetch_add(1, Ordering::Relaxed);
        for _ in 0..POLLS_OF_SOURCE {
            embassy_futures::yield_now().await;
        }
        self.given.fetch_add(1, Ordering::Relaxed);
        Ok(Credentials::new(DEMO_CLIENT_ID, DEMO_CLIENT_SECRET).expect("they are well-formed"))
    }
}

fn dropped_source_is_asked_again() {
    let mut dropped = 0;
    for polls in 1..=POLLS_OF_SOURCE + 4 {
        let (asked, given) = (AtomicUsize::new(0), AtomicUsize::new(0));
        let source = Remote { asked: &asked, given: &given };
        let adjust = |settings: &mut Settings<'_>| settings.policy.exchange_spacing = CoreDuration::ZERO;
        let setup = Setup { clock: false, ..Setup::default() };
        setup.run_in(
            &[],
            |builder| builder,
            adjust,
            source,
            async |device| {
                device.stack.wait_config_up().await;
                // The exchange begins now, and with it the counted polls.
                device.interrupt.after(polls);
                device.client.set_unix_time(unix_time()).expect("this host's clock is right");
                device.client.token(&mut [0; 1024]).await.expect("a token");
                assert_eq!(logins(device), 1);
            },
        );
        dropped += asked.into_inner() - given.into_inner();
    }
    assert!(dropped >= POLLS_OF_SOURCE / 2, "it was dropped {dropped} times");
}

/// A stream that is pending before each operation, and returns one byte at a time.
struct Hesitant<'s> {
    response: &'s [u8],
}

impl ErrorType for Hesitant<'_> {
    type Error = ErrorKind;
}

impl Read for Hesitant<'_> {
    async fn read(&mut self, buffer: &mut [u8]) -> Result<usize, ErrorKind> {
        embassy_futures::yield_now().await;
        let (first, rest) = self.response.split_first().ok_or(ErrorKind::BrokenPipe)?;
        buffer[0] = *first;
        self.response = rest;
        Ok(1)
    }
}

impl Write for Hesitant<'_> {
    async fn write(&mut self, bytes: &[u8]) -> Result<usize, ErrorKind> {
        embassy_futures::yield_now().await;
        Ok(bytes.len().min(7))
    }

    async fn flush(&mut self) -> Result<(), ErrorKind> {
        embassy_futures::yield_now().await;
        Ok(())
    }
}

fn dropped_exchange_wipes_buffers() {
    futures_lite::future::block_on(async {
        let mut polls = 0;
        loop {
            let response = b"HTTP/1.1 200 OK\r\nContent-Length: 6\r\n\r\nsecret";
            let mut connection = Connection::new(Hesitant { response });
            let request = Request::new(Method::Get, "device.test", "/");
            let (mut head, mut body) = ([0xaa; MIN_HEAD_BUFFER], [0xaa; 64]);
            let buffers = Buffers { head: &mut head, body: &mut body };
            let exchange = connection.exchange(&request, buffers, core::future::pending());
            let done =
                dropped_after(polls, exchange).await.map(|response| response.expect("a response").status);
            if let Some(status) = done {
                assert_eq!((status, connection.is_reusable()), (200, true));
                break;
            }
            // A future that was never polled has not changed anything.
            assert!(polls == 0 || head.iter().chain(&body).all(|byte| *byte == 0), "after {polls} polls");
            assert_eq!(connection.is_reusable(), polls == 0);
            polls += 1;
        }
        assert!(polls > 40, "only {polls} polls");
    });
}

#[test]
fn closed_client_sends_nothing() {
    run(async |device| {
        let client = device.client;
        client.token(&mut [0; 1024]).await.expect("a token");
        client.close();
        let error = client.token(&mut [0; 1024]).await.expect_err("closed");
        assert!(error.to_string().contains("closed"), "{error}");
        client.credentials_changed();
        Timer::after(Duration::from_millis(100)).await;
        assert_eq!(logins(device), 1);
    });
}

#[test]
fn waiting_callers_get_closed_error() {
    run(async |device| {
        let client = device.client;
        device.wire.set_dead(true);
        let close = async {
            Timer::after_millis(100).await;
            client.close();
        };
        let mut buffer = [0; 1024];
        let (token, ()) = embassy_futures::join::join(client.token(&mut buffer), close).await;
        assert!(token.expect_err("closed").to_string().contains("closed"));
    });
}

/// All faults at once, and full recovery afterwards: lost packets, dropped callers, dropped runners, revoked tokens.
#[test]
fn recovers_from_combined_faults() {
    let demo = StaticCredentials::new(DEMO_CLIENT_ID, DEMO_CLIENT_SECRET);
    let adjust = |settings: &mut Settings<'_>| settings.policy.exchange_spacing = CoreDuration::ZERO;
    let setup = Setup {
        faults: Faults { loss: 2, duplication: 5, reordering: 5, seed: 7 },
        timeout: Duration::from_secs(5),
        ..Setup::default()
    };
    setup.run_in(
        &[],
        |builder| builder,
        adjust,
        demo,
        async |device| {
            let caller = async |number: usize| {
                let mut body = [0; 2048];
                let mut served = 0;
                let mut turn = number;
                while served < 6 {
                    turn += 1;
                    let request = ApiRequest::get("/api/v2/organizations/me");
                    let call = device.client.api(&request, &mut body);
                    // Some callers have long timeouts.
                    let polls = if turn.is_multiple_of(2) { usize::MAX } else { turn * 5 % 23 };
                    match dropped_after(polls, call).await {
                        Some(Ok(response)) => served += usize::from(response.status() == 200),
                        Some(Err(_)) | None => Timer::after_millis(10).await,
                    }
                    if turn.is_multiple_of(7) {
                        device.interrupt.after(turn % 11 + 1);
                    }
                    if served == 3 && number == 0 {
                        device.sandbox.kill_tokens();
                    }
                }
            };
            Box::pin(embassy_futures::join::join3(caller(0), caller(1), caller(2))).await;
            let mut body = [0; 2048];
            while device.client.verify(&mut body).await.is_err() {
                Timer::after_millis(50).await;
            }
        },
    );
}
