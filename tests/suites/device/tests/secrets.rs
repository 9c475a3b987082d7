//! No secret and no token in any log line, error or `Debug` output.
//!
//! A program of its own: a logger is for a whole process.
#![allow(clippy::std_instead_of_core, clippy::std_instead_of_alloc, reason = "for hosts: std is at hand")]

use std::fmt::Debug;
use std::fs::File;
use std::os::unix::fs::FileExt as _;
use std::sync::{Mutex, PoisonError};

use base64::Engine as _;
use genesys_token_device::{ROUTER, Setup, Site};
use genesys_token_embassy::{
    ApiRequest, CredentialError, CredentialSource, Credentials, Method, SmallMemory, StaticCredentials,
};
use genesys_token_sandbox::{Client, Host, Response, Sandbox};
use log::{LevelFilter, Log, Metadata, Record};

const ID: &str = "sentinel-client";
const SECRET: &str = "SENTINEL-client-secret";

/// Everything that was written to logs, errors and `Debug` output.
struct Paper(Mutex<String>);

static PAPER: Paper = Paper(Mutex::new(String::new()));

impl Paper {
    fn write(&self, text: &str) {
        self.0.lock().unwrap_or_else(PoisonError::into_inner).push_str(text);
    }

    fn debug(&self, value: &impl Debug) {
        self.write(&format!("{value:?}\n{value:#?}\n"));
    }

    fn error(&self, error: &impl std::error::Error) {
        self.write(&format!("{error}\n{error:?}\n"));
    }

    fn text(&self) -> String {
        self.0.lock().unwrap_or_else(PoisonError::into_inner).clone()
    }
}

impl Log for Paper {
    fn enabled(&self, _: &Metadata<'_>) -> bool {
        true
    }

    fn log(&self, record: &Record<'_>) {
        self.write(&format!("{} {}\n", record.target(), record.args()));
    }

    fn flush(&self) {}
}

#[test]
fn secrets_stay_out_of_logs_errors_and_debug() {
    log::set_logger(&PAPER).expect("there is no other logger");
    log::set_max_level(LevelFilter::Trace);
    let mut memory = Box::new(SmallMemory::new());
    let place = (std::ptr::from_ref(&*memory).addr() as u64, size_of::<SmallMemory>());
    let mut secrets = vec![SECRET.to_owned()];
    Site::run(|site| {
        let registered = Client::new(ID, SECRET);
        let sandbox =
            Sandbox::builder().address(ROUTER).client(registered).start_blocking().expect("a sandbox");
        let credentials = StaticCredentials::new(ID, SECRET);
        PAPER.debug(&credentials);
        PAPER.debug(&Credentials::new(ID, SECRET).expect("they are legal"));
        Setup::default().switch_on(
            site,
            &sandbox,
            &mut memory,
            |settings| PAPER.debug(settings),
            credentials,
            async |device| {
                let client = device.client;
                let mut body = [0; 2048];
                let mut buffer = [0; 1024];
                let token = client.token(&mut buffer).await.expect("a token");
                secrets.push(token.expose().to_owned());
                PAPER.debug(&token);
                drop(token);
                let request = ApiRequest::new(Method::Post, "/api/v2/echo?SENTINEL").json(b"\"SENTINEL\"");
                PAPER.debug(&request);
                PAPER.debug(&client.api(&request, &mut body).await.expect("a response"));
                // While the client exists, memory contains the token once, and the secret not at all.
                let bytes = bytes_at(place);
                assert!(contains(&bytes, secrets[1].as_bytes()), "nothing is found, so nothing is shown");
                assert!(
                    !contains(&bytes, SECRET.as_bytes()) && !contains(&bytes, base64_of(SECRET).as_bytes())
                );
                // The service repeats the request in its response.
                device.sandbox.script(Host::Api, Response::new(500).json(r#"{"code":"SENTINEL"}"#));
                PAPER.debug(&client.api(&request, &mut body).await.map_err(|error| error.to_string().len()));
                device
                    .sandbox
                    .script(Host::Login, Response::new(200).json(r#"{"access_token":"SENTINEL","x"#));
                device.sandbox.kill_tokens();
                let error = client.verify(&mut body).await.expect_err("there is no token");
                PAPER.error(&error);
                PAPER.debug(&client);
                client.close();
                PAPER.error(&client.token(&mut buffer).await.expect_err("closed"));
            },
        );
    });
    PAPER.debug(&memory);
    let bytes = bytes_at(place);
    for secret in &secrets {
        assert!(!contains(&bytes, secret.as_bytes()), "a secret is left in the client's memory");
        // In Base64, as it was sent.
        let half = base64_of(secret);
        assert!(!contains(&bytes, half.as_bytes()), "a secret in Base64 is left in the client's memory");
    }
    let written = PAPER.text();
    assert!(
        written.contains("access token obtained") && written.contains("token exchange failed"),
        "{written}"
    );
    for secret in secrets.iter().map(String::as_str).chain(["SENTINEL"]) {
        assert!(!written.contains(secret), "{secret} in {written}");
    }
}

/// Returns the content of these bytes of this process, as another program would read it.
fn bytes_at((address, length): (u64, usize)) -> Vec<u8> {
    let mut bytes = vec![0; length];
    let memory = File::open("/proc/self/mem").expect("Linux has it");
    memory.read_exact_at(&mut bytes, address).expect("it is ours");
    bytes
}

fn contains(bytes: &[u8], wanted: &[u8]) -> bool {
    bytes.windows(wanted.len()).any(|window| window == wanted)
}

/// Returns the middle of `id:secret` in Base64, at each of the three alignments.
fn base64_of(secret: &str) -> String {
    let whole = base64::engine::general_purpose::STANDARD.encode(format!("{ID}:{secret}"));
    whole[24..36].to_owned()
}

/// A source that leaves copies of its secret on the stack, and succeeds or fails.
struct Careless(bool);

impl CredentialSource for Careless {
    async fn credentials(&mut self) -> Result<Credentials, CredentialError> {
        litter();
        if self.0 {
            Ok(Credentials::new(ID, SECRET).expect("they are legal"))
        } else {
            Err(CredentialError::Unavailable)
        }
    }
}

#[inline(never)]
fn litter() {
    let mut area = [[0; SECRET.len()]; 600];
    area.fill(SECRET.as_bytes().try_into().expect("as long"));
    std::hint::black_box(&area);
}

/// Overwrites the stack before outcomes are stored: a moved value contains whatever was in the place of its padding and of its
/// other variants.
#[test]
fn stack_remnants_are_not_stored() {
    for succeeds in [false, true] {
        let mut memory = Box::new(SmallMemory::new());
        let place = (std::ptr::from_ref(&*memory).addr() as u64, size_of::<SmallMemory>());
        Site::run(|site| {
            let sandbox = Sandbox::builder().address(ROUTER).start_blocking().expect("a sandbox");
            Setup::default().switch_on(
                site,
                &sandbox,
                &mut memory,
                |_| {},
                Careless(succeeds),
                async |device| {
                    device
                        .client
                        .token(&mut [0; 1024])
                        .await
                        .expect_err("it is not registered, or there is none");
                    let bytes = bytes_at(place);
                    let left = SECRET.as_bytes().windows(8).find(|part| contains(&bytes, part));
                    assert_eq!(left, None, "succeeds: {succeeds}");
                },
            );
        });
    }
}
