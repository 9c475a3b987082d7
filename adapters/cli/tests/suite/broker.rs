//! `GENESYS_TOKEN_BROKER`: the token and the calls come through a broker, here a scripted one on a Unix socket.

use std::io::{BufRead as _, BufReader, Read as _, Write as _};
use std::os::unix::net::{UnixListener, UnixStream};
use std::path::PathBuf;
use std::sync::{Arc, Mutex};
use std::thread;

use crate::tool::{Service, Tool, file};

const TOKEN: &str = "sentinel-token-of-the-broker";

/// Answers every request of every connection, and keeps the heads.
struct Broker {
    socket: PathBuf,
    heads: Arc<Mutex<Vec<String>>>,
}

impl Broker {
    fn start() -> Self {
        Self::answering(
            200,
            &format!(r#"{{"access_token":"{TOKEN}","token_type":"bearer","expires_in":80000}}"#),
        )
    }

    fn answering(status: u16, token_response: &str) -> Self {
        let socket = file("beside-the-socket", "").with_file_name("socket");
        let listener = UnixListener::bind(&socket).expect("a socket");
        let heads = Arc::new(Mutex::new(Vec::new()));
        let (seen, token_response) = (heads.clone(), token_response.to_owned());
        thread::spawn(move || {
            for stream in listener.incoming().map_while(Result::ok) {
                let (seen, token_response) = (seen.clone(), token_response.clone());
                thread::spawn(move || serve(stream, &seen, status, &token_response));
            }
        });
        Self { socket, heads }
    }

    fn heads(&self) -> Vec<String> {
        self.heads.lock().expect("no panic").clone()
    }
}

fn serve(stream: UnixStream, seen: &Mutex<Vec<String>>, status: u16, token_response: &str) {
    let mut reader = BufReader::new(stream);
    loop {
        let (mut head, mut length) = (String::new(), 0_u64);
        loop {
            let mut line = String::new();
            if reader.read_line(&mut line).unwrap_or(0) == 0 {
                return;
            }
            if let Some(value) = line.to_ascii_lowercase().strip_prefix("content-length:") {
                length = value.trim().parse().expect("a length");
            }
            let is_end = line == "\r\n";
            head += &line;
            if is_end {
                break;
            }
        }
        let mut body = String::new();
        reader.by_ref().take(length).read_to_string(&mut body).expect("a body");
        let is_token_request = head.starts_with("POST /oauth/token ");
        seen.lock().expect("no panic").push(head + &body);
        let (status, answer) = if is_token_request {
            (status, token_response)
        } else {
            (200, r#"{"organization":{"id":"o","name":"Behind the broker"}}"#)
        };
        let length = answer.len();
        let response = format!(
            "HTTP/1.1 {status} X\r\nContent-Type: application/json\r\nContent-Length: {length}\r\n\r\n{answer}"
        );
        if reader.get_mut().write_all(response.as_bytes()).is_err() {
            return;
        }
    }
}

fn tool(broker: &Broker, arguments: &[&str]) -> Tool {
    Tool::new(arguments).env("GENESYS_TOKEN_BROKER", &broker.socket)
}

#[test]
fn neither_region_nor_credentials_are_needed() {
    let broker = Broker::start();
    assert_eq!(tool(&broker, &["get"]).run().output(), format!("{TOKEN}\n"));
    let heads = broker.heads();
    let [request] = heads.as_slice() else { panic!("{heads:?}") };
    assert!(!request.to_ascii_lowercase().contains("authorization:"), "{request}");
    assert!(request.ends_with("\r\n\r\ngrant_type=client_credentials"), "{request}");

    let json = tool(&broker, &["get", "--format", "credential"]).run().output();
    let json: serde_json::Value = serde_json::from_str(&json).unwrap();
    assert_eq!((&json["access_token"], json["login_url"].is_null()), (&TOKEN.into(), true));

    let command = ["exec", "--", "sh", "-c", "echo $GENESYS_ACCESS_TOKEN"];
    assert_eq!(tool(&broker, &command).run().output(), format!("{TOKEN}\n"));
}

#[test]
fn calls_go_through_the_broker() {
    let broker = Broker::start();
    for arguments in [&["api", "GET", "/api/v2/users/me"][..], &["verify"], &["whoami"]] {
        let out = tool(&broker, arguments).run().output();
        assert!(out.contains("Behind the broker"), "{out}");
    }
    let heads = broker.heads();
    let calls: Vec<_> = heads.iter().filter(|head| head.starts_with("GET /api/v2/")).collect();
    assert_eq!(calls.len(), 3, "{heads:?}");
    assert!(calls.iter().all(|head| head.contains(&format!("Bearer {TOKEN}"))), "{heads:?}");
}

#[test]
fn options_have_priority_over_the_broker() {
    let (broker, service) = (Broker::start(), Service::start());
    let host = service.sandbox.login_url();
    let direct =
        Tool::at(&service, &["get", "--login-host", &host]).env("GENESYS_TOKEN_BROKER", &broker.socket);
    assert_ne!(direct.run().output(), format!("{TOKEN}\n"));
    assert_eq!((broker.heads().len(), service.token_requests()), (0, 1));
    // Variables have not: the broker is there for programs that still have them.
    let beside = Tool::at(&service, &["get"]).env("GENESYS_TOKEN_BROKER", &broker.socket);
    assert_eq!(beside.run().output(), format!("{TOKEN}\n"));
    assert_eq!((broker.heads().len(), service.token_requests()), (1, 1));
}

#[test]
fn refusals_and_faults_name_the_broker() {
    let refusing = Broker::answering(
        403,
        r#"{"error":"unauthorized_client","error_description":"user 7 is no consumer of this broker"}"#,
    );
    tool(&refusing, &["get"]).run().fails(4, &["GENESYS_TOKEN_BROKER", "consumers", "unix:/"]);
    Tool::new(&["get"])
        .env("GENESYS_TOKEN_BROKER", "/nowhere/socket")
        .run()
        .fails(7, &["broker at unix:/nowhere/socket", "genesys-token-broker runs"]);
    Tool::new(&["get"])
        .env("GENESYS_TOKEN_BROKER", "http://192.0.2.1:8460")
        .run()
        .fails(2, &["GENESYS_TOKEN_BROKER", "clear text", "https"]);
}
