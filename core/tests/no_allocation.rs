//! No function of core that a host uses allocates: settings, request, response, refusal, redirect, lifecycle, call and every
//! message about them. A binary of its own, because its global allocator counts.

use core::fmt::{self, Write};

use allocation_counter::measure;
use genesys_token_core::call::{Call, Limits, Loss, Next, Replay};
use genesys_token_core::lifecycle::{Answer, Failure, Outcome, Policy, Step, TokenManager};
use genesys_token_core::settings::{Client, ClientAuth, ClientId, ClientSecret, Endpoint, Region, Scope};
use genesys_token_core::time::Instant;
use genesys_token_core::wire::{
    Grant, ResponseHead, TokenRequest, api_refusal, check_json, parse_redirect, parse_token_response,
};

/// A writer that discards text and counts its bytes.
#[derive(Default)]
struct Sink(usize);

impl Write for Sink {
    fn write_str(&mut self, text: &str) -> fmt::Result {
        self.0 += text.len();
        Ok(())
    }
}

/// Formats a value with `Display` and `Debug`.
fn format(value: &(impl fmt::Debug + fmt::Display)) {
    let mut sink = Sink::default();
    assert!(write!(sink, "{value} {value:?}").is_ok() && sink.0 > 1);
}

fn allocates_nothing(what: &str, work: impl FnOnce()) {
    let counted = measure(work);
    assert_eq!(counted.count_total, 0, "{what}: {counted:?}");
}

#[test]
fn an_allocation_is_counted() {
    assert_eq!(measure(|| drop(Box::new([1_u8; 32]))).count_total, 1);
}

#[test]
fn settings() {
    allocates_nothing("settings", || {
        let endpoint: Endpoint = "https://login.mypurecloud.de/oauth/token".parse().unwrap();
        assert_eq!(endpoint.login_host(), Region::EuCentral1.login_host());
        format(&"api.mypurecloud.com".parse::<Endpoint>().unwrap_err());
        format(&ClientId::<64>::new("a:b").unwrap_err());
        format(&Scope::<512>::new("a  b").unwrap_err());
    });
}

#[test]
fn request() {
    allocates_nothing("request", || {
        let id = ClientId::<64>::new("6b0ca5f2-6b2c-4a55-8d1e-5f3a3c1a9f0e").unwrap();
        let secret = ClientSecret::<128>::new("5rX3m2VtQ0sYJ8nG").unwrap();
        let scope = Scope::<512>::new("analytics routing:readonly").unwrap();
        let (mut body, mut authorization) = ([0; 256], [0; 256]);
        for auth in [ClientAuth::Basic, ClientAuth::BasicFormEncoded, ClientAuth::RequestBody] {
            let client = Client::confidential(&id, &secret, auth);
            let request = TokenRequest::new(client, Grant::ClientCredentials).unwrap().with_scope(&scope);
            assert_eq!(request.write_body(&mut body).unwrap().len(), request.body_len());
            let length = request.write_authorization(&mut authorization).unwrap().map(<[u8]>::len);
            assert_eq!(length, request.authorization_len());
            format(&request.write_body(&mut body[..8]).unwrap_err());
        }
    });
}

#[test]
fn response() {
    let head = ResponseHead::new(200);
    for body in [&include_bytes!("../benches/data/jwt.json")[..], include_bytes!("../benches/data/big.json")]
    {
        let mut body = body.to_vec();
        allocates_nothing("response", || {
            let response = parse_token_response(&head, &mut body).unwrap();
            assert!(response.access_token().len() > 100 && response.scope().is_some());
            write!(Sink::default(), "{response:?}").unwrap();
        });
    }
    let mut half = br#"{"access_token":"abc"#.to_vec();
    allocates_nothing("half a response", || format(&parse_token_response(&head, &mut half).unwrap_err()));
}

#[test]
fn refusal() {
    let mut body = include_bytes!("../benches/data/error.json").to_vec();
    allocates_nothing("refusal", || {
        let mut head = ResponseHead::new(400);
        head.header(b"Retry-After", b"Fri, 31 Dec 1999 23:59:59 GMT");
        head.header(b"Date", b"Fri, 31 Dec 1999 23:59:50 GMT");
        format(&api_refusal(&head, &body));
        assert!(check_json(&body).is_ok());
        format(&parse_token_response(&head, &mut body).unwrap_err());
    });
}

#[test]
fn redirect() {
    let mut token = b"#access_token=abc&token_type=bearer&state=x%20y".to_vec();
    let mut denied = b"#error=access_denied&error_description=no".to_vec();
    allocates_nothing("redirect", || {
        assert!(parse_redirect(&mut token).unwrap().has_state("x y"));
        format(&parse_redirect(&mut denied).unwrap_err());
    });
}

#[test]
fn lifecycle() {
    let mut body = br#"{"access_token":"abc","token_type":"bearer","expires_in":300}"#.to_vec();
    allocates_nothing("lifecycle", || {
        let now = Instant::from_secs;
        let mut manager = TokenManager::<1024>::new(Policy::default());
        assert!(matches!(manager.poll(now(1)), Step::Exchange(_)));
        let ticket = manager.begin(now(1)).unwrap();
        let response = parse_token_response(&ResponseHead::new(200), &mut body).unwrap();
        manager.complete(ticket, now(2), Outcome::Token(&response), 7);
        let Answer::Ready(token) = manager.token(now(3)) else { panic!("no token") };
        let generation = token.generation;
        manager.token_used(generation, now(4));
        assert!(manager.token_refused(generation, now(5)));
        let ticket = manager.begin(now(6)).unwrap();
        manager.complete(ticket, now(7), Outcome::Failed(Failure::Transport(())), 7);
        format(manager.last_failure().unwrap());
        assert!(manager.next_deadline().is_some());
        manager.credentials_changed(now(8));
        manager.clear();
        write!(Sink::default(), "{manager:?}").unwrap();
    });
}

#[test]
fn call() {
    allocates_nothing("call", || {
        let now = Instant::from_secs(1);
        let mut call = Call::new(Replay::of_method("GET"), Limits::DEFAULT);
        let body = br#"{"code":"bad.credentials","status":401}"#;
        assert_eq!(call.answered(&ResponseHead::new(401), body, now, 7, || true), Next::SendWithNewToken);
        assert!(matches!(call.answered(&ResponseHead::new(429), b"", now, 7, || true), Next::Wait { .. }));
        assert_eq!(call.lost(Loss::Unanswered { reused: true }, now), Ok(()));
        format(&call.lost(Loss::Unanswered { reused: false }, now).unwrap_err());
        write!(Sink::default(), "{call:?}").unwrap();
    });
}
