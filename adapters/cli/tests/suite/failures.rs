//! Every exit code with its message: refusals of the service, and failures on the path to it.

use std::io::{Read as _, Write as _};
use std::net::TcpListener;

use genesys_token_sandbox::{
    Answer, Behaviour, Certificate, Client, Close, ClosedPort, ConnectionFault, CutAt, DEMO_CLIENT_ID,
    GrantType, Host, Response, Sandbox, TlsVersions,
};
use std::time::Duration;

use crate::tool::{Run, Service, Tool, file};

const TOKEN: &str = "sentinel-token_0123456789";

/// Runs `get` with a service that answers the token request in this way.
fn get(behaviour: impl Into<Behaviour>) -> Run {
    let service = Service::start();
    service.sandbox.script(Host::Login, behaviour);
    let run = Tool::at(&service, &["get", "--timeout", "5"]).secret(TOKEN).run();
    assert!(service.token_requests() <= 1, "a command asks once");
    run
}

#[test]
fn refused_credentials_name_id_secret_region_and_the_host_asked() {
    let words = ["localhost", "client id", "secret", "region", "genesys-token regions"];
    get(Response::client_not_found()).fails(3, &words);
    get(Response::authentication_failed()).fails(3, &words);
    get(Response::new(401)).fails(3, &words);
    let service = Service::start();
    Tool::at(&service, &["get"])
        .env("GENESYS_CLIENT_SECRET", "another")
        .run()
        .fails(3, &["authentication failed"]);
    Tool::at(&service, &["get"]).env("GENESYS_CLIENT_ID", "another").run().fails(3, &["client not found"]);
}

/// `docker run --env-file` makes quotes a part of the value.
#[test]
fn quotes_that_were_kept_around_a_value_are_named() {
    let service = Service::start();
    let tool = Tool::at(&service, &["get"]).env("GENESYS_CLIENT_ID", "\"id\"");
    tool.run().fails(2, &["GENESYS_CLIENT_ID", "quote", "docker --env-file"]);
    assert_eq!(service.token_requests(), 0);
}

#[test]
fn a_refused_client_learns_what_it_lacks() {
    get(Response::unauthorized_client()).fails(4, &["grant type", "Client Credentials"]);
    get(Response::token_refusal("invalid_scope", "no such scope")).fails(4, &["scope"]);
    let client = Client::demo().for_grants([GrantType::Code]);
    let service = Service::of(Sandbox::builder().client(client));
    Tool::at(&service, &["get"]).run().fails(4, &["Client Credentials"]);
}

#[test]
fn a_rate_limit_has_its_own_exit_code_with_either_status() {
    get(Response::token_rate_limited()).fails(5, &["too many requests", "400"]);
    get(Response::too_many_requests(42, "id")).fails(5, &["too many requests", "42 s"]);
}

#[test]
fn an_unavailable_service_has_its_own_exit_code() {
    get(Response::empty_unavailable()).fails(6, &["503", "try again"]);
    get(Response::html_bad_gateway()).fails(6, &["502", "try again"]);
    get(Response::new(500)).fails(6, &["500"]);
}

#[test]
fn a_response_that_is_not_the_services_has_its_own_exit_code() {
    get(Response::new(200)).fails(8, &["localhost", "empty"]);
    get(Response::new(200).body("text/html", "<html>login</html>")).fails(8, &["localhost", "proxy"]);
    get(Response::new(200).json(format!(r#"{{"access_token":"{TOKEN}","token_type":"mac"}}"#)))
        .fails(8, &["bearer"]);
    get(Response::new(200).json(TOKEN)).fails(8, &["malformed"]);
    get(Response::new(404)).fails(8, &["404", "host"]);
    get(Response::new(302).header("Location", "https://elsewhere.test/")).fails(8, &["302"]);
    get(Response::token(&"x".repeat(5000), 300)).fails(8, &["5000"]);
    get(Answer::raw(*b"SSH-2.0-OpenSSH_9.2\r\n")).fails(8, &["HTTP/1.1"]);
    get(Answer::raw(format!("{TOKEN}\r\n\r\n"))).fails(8, &["HTTP/1.1"]);
}

#[test]
fn a_lost_connection_has_its_own_exit_code() {
    get(Behaviour::CloseUnanswered(Close::Notify)).fails(7, &["closed the connection", "try again"]);
    get(Behaviour::CloseUnanswered(Close::Reset)).fails(7, &["try again"]);
    get(Answer::service().cut(CutAt::Body(20), Close::Notify)).fails(7, &["try again"]);
    get(ConnectionFault::Close(Close::Reset)).fails(7, &["localhost"]);
    get(ConnectionFault::RefuseTls).fails(7, &["TLS"]);
    get(ConnectionFault::Bytes(b"HTTP/1.1 400 Bad Request\r\n\r\n".to_vec()))
        .fails(7, &["does not speak TLS", "port"]);
}

#[test]
fn silence_ends_with_the_timeout() {
    let service = Service::start();
    for behaviour in [Behaviour::NeverAnswer, ConnectionFault::Silence.into()] {
        service.sandbox.script(Host::Login, behaviour);
        Tool::at(&service, &["get", "--timeout", "1"]).run().fails(7, &["in time", "--timeout"]);
    }
    service.sandbox.script(Host::Login, Answer::service().pausing_before_body(Duration::from_secs(60)));
    Tool::at(&service, &["get", "--timeout", "1"]).run().fails(7, &["in time", "--timeout"]);
}

#[test]
fn each_invalid_certificate_has_its_own_message() {
    let refused = |certificate| {
        let service = Service::of(Sandbox::builder().certificate(Host::Login, certificate));
        let run = Tool::at(&service, &["get"]).run();
        assert_eq!(service.token_requests(), 0, "nothing is sent to an untrusted host");
        run
    };
    refused(Certificate::Expired).fails(7, &["expired", "clock"]);
    refused(Certificate::NotYetValid).fails(7, &["not valid yet", "clock"]);
    refused(Certificate::WrongHost).fails(7, &["other hosts", "elsewhere.sandbox.test"]);
    refused(Certificate::UnknownIssuer).fails(7, &["certificate"]);
    refused(Certificate::MissingIntermediate).fails(7, &["--ca-file"]);
    refused(Certificate::IssuedByLeaf).fails(7, &["certificate"]);
}

#[test]
fn a_certificate_of_an_unknown_issuer_leads_to_the_option_that_helps() {
    let service = Service::start();
    let tool = || Tool::at(&service, &["get"]).without("GENESYS_CA_FILE");
    tool().run().fails(7, &["untrusted CA", "--ca-file FILE"]);
    tool().arg("--ca-file").arg(&service.root).run().output();
}

#[test]
fn both_versions_of_tls_serve() {
    for versions in [TlsVersions::Only12, TlsVersions::Only13] {
        let service = Service::of(Sandbox::builder().tls_versions(versions));
        Tool::at(&service, &["get"]).run().output();
    }
}

#[test]
fn unreachable_hosts_have_their_own_exit_code() {
    let get = |host: &str| {
        let tool = Tool::new(&["get", "--login-host", host, "--timeout", "5"]);
        tool.env("GENESYS_CLIENT_ID", "a").env("GENESYS_CLIENT_SECRET", "b").run()
    };
    // RFC 6761 section 6.4: `invalid` names never exist.
    get("login.genesys.invalid").fails(7, &["login.genesys.invalid", "looked up", "--region"]);
    let closed = ClosedPort::new().unwrap();
    get(&closed.address().to_string()).fails(7, &["refused the connection", "port"]);
}

/// Returns a proxy that answers CONNECT with this, once; and its URL.
fn proxy(answer: &'static str) -> String {
    let listener = TcpListener::bind("127.0.0.1:0").unwrap();
    let address = listener.local_addr().unwrap();
    std::thread::spawn(move || {
        let (mut stream, _) = listener.accept().unwrap();
        let mut request = [0; 1024];
        let _ = stream.read(&mut request);
        stream.write_all(answer.as_bytes()).unwrap();
    });
    format!("http://user:sentinel-of-the-proxy@{address}")
}

#[test]
fn a_refusing_proxy_has_its_own_exit_code() {
    let get = |proxy: &str| {
        let tool = Tool::new(&["get", "--region", "us_east_1"]).secret("sentinel-of-the-proxy");
        let tool = tool.env("GENESYS_CLIENT_ID", "a").env("GENESYS_CLIENT_SECRET", "b");
        tool.env("HTTPS_PROXY", proxy).run()
    };
    get(&proxy("HTTP/1.1 407 Proxy Authentication Required\r\n\r\n"))
        .fails(7, &["407", "password", "HTTPS_PROXY"]);
    get(&proxy("HTTP/1.1 403 Forbidden\r\n\r\n")).fails(7, &["403", "login.mypurecloud.com", "--proxy"]);
    get(&proxy("")).fails(7, &["proxy"]);
    get(&proxy("220 mail.example ESMTP\r\n")).fails(7, &["proxy"]);
    let closed = ClosedPort::new().unwrap();
    get(&format!("http://{}", closed.address())).fails(7, &["the proxy", "refused the connection"]);
    get("http://proxy.invalid:3128").fails(7, &["proxy.invalid", "--proxy"]);
}

#[test]
fn an_empty_proxy_overrides_the_environment() {
    let service = Service::start();
    let tool = Tool::at(&service, &["get", "--proxy", ""]).env("HTTPS_PROXY", "http://proxy.invalid:1");
    tool.run().output();
}

#[test]
fn a_closed_standard_output_is_an_error() {
    let service = Service::start();
    let (reader, writer) = std::io::pipe().unwrap();
    drop(reader);
    let run = Tool::at(&service, &["get"]).output_to(writer);
    assert_eq!(run.code, 1);
    assert!(run.err.contains("standard output"), "{run:?}");
}

#[test]
fn a_secret_that_changed_is_refused_and_the_next_one_serves() {
    let service = Service::start();
    let secret = file("secret", "demo-secret-of-tomorrow\n");
    let tool = || {
        Tool::at(&service, &["get", "--client-secret-file"]).arg(&secret).secret("demo-secret-of-tomorrow")
    };
    tool().run().fails(3, &["authentication failed"]);
    service.sandbox.rotate_secret(DEMO_CLIENT_ID, "demo-secret-of-tomorrow");
    tool().run().output();
}
