//! `doctor`: each step fails for its own reason, and names it.

use genesys_token_sandbox::{Certificate, Client, ClosedPort, Host, Response, Sandbox};
use serde_json::Value;

use crate::tool::{Run, Service, Tool};

const STEPS: [&str; 8] = ["name lookup", "proxy", "TCP", "TLS", "clock", "credentials", "token", "API"];

/// Steps and results in their order, as JSON gives them.
fn results(out: &str) -> Vec<(String, String)> {
    let report: Value = serde_json::from_str(out).unwrap_or_else(|error| panic!("{error}: {out}"));
    let steps = report["steps"].as_array().expect("an array").iter();
    let text = |step: &Value, name: &str| step[name].as_str().expect("text").to_owned();
    steps.map(|step| (text(step, "step"), text(step, "result"))).collect()
}

/// Checks that only this step failed, that those which need it were not checked, and the message.
#[track_caller]
fn only_failure(run: &Run, step: &str, code: i32, words: &[&str], not_checked: &[&str]) {
    assert_eq!(run.code, code, "{run:?}");
    for (name, result) in results(&run.out) {
        let expected = match name.as_str() {
            name if name == step => "failed",
            name if not_checked.contains(&name) => "not checked",
            _ => "ok",
        };
        assert_eq!(result, expected, "{name}: {run:?}");
    }
    for word in words.iter().chain(&[step]) {
        assert!(run.err.contains(word), "no {word:?} in {run:?}");
    }
}

fn doctor(service: &Service) -> Tool {
    Tool::at(service, &["doctor", "--format", "json", "--timeout", "20"])
}

#[test]
fn all_steps_pass_with_their_details() {
    let service = Service::start();
    let out = Tool::at(&service, &["doctor"]).run().output();
    let names: Vec<_> = out.lines().filter_map(|line| line.get(..12)).map(str::trim).collect();
    assert_eq!(names, STEPS, "{out}");
    let login = format!("127.0.0.1:{}", service.sandbox.login_addr().port());
    for words in
        [login.as_str(), "none", "TLS 1.3", "GENESYS_CLIENT_ID", "obtained, valid for 863", "sandbox"]
    {
        assert!(out.contains(words), "no {words:?} in {out}");
    }
    assert!(!out.contains("FAILED") && !out.contains('\x1b'), "{out}");
    let out = doctor(&service).run().output();
    assert!(results(&out).iter().all(|(_, result)| result == "ok"), "{out}");
    assert_eq!(service.token_requests(), 2 + 2, "a request without credentials and one for a token each");
}

const BEHIND: [&str; 6] = ["proxy", "TCP", "TLS", "clock", "token", "API"];

#[test]
fn a_host_without_address_fails_in_the_name_lookup() {
    let service = Service::start();
    let run = doctor(&service).env("GENESYS_LOGIN_URL", "https://login.genesys.invalid").run();
    only_failure(
        &run,
        "name lookup",
        7,
        &["login.genesys.invalid", "DNS"],
        &[&["clock"], &BEHIND[1..]].concat(),
    );
}

#[test]
fn a_closed_port_fails_in_tcp() {
    let closed = ClosedPort::new().unwrap();
    let address = closed.address();
    let service = Service::start();
    let run = doctor(&service).env("GENESYS_LOGIN_URL", format!("https://{address}")).run();
    only_failure(&run, "TCP", 7, &["refused the connection"], &["TLS", "clock", "token", "API"]);
    let run = doctor(&service).arg("--proxy").arg(format!("http://{address}")).run();
    only_failure(&run, "TCP", 7, &["the proxy"], &["TLS", "clock", "token", "API"]);
}

#[test]
fn an_invalid_proxy_is_named() {
    let service = Service::start();
    let tool = doctor(&service).env("GENESYS_LOGIN_URL", "https://login.genesys.invalid");
    let run = tool.env("HTTPS_PROXY", "socks5://127.0.0.1:1").run();
    assert!(run.err.contains("proxy") && run.err.contains("HTTPS_PROXY"), "{run:?}");
    assert_eq!(run.code, 2);
}

#[test]
fn a_certificate_fails_in_tls() {
    let service = Service::of(Sandbox::builder().certificate(Host::Login, Certificate::Expired));
    only_failure(&doctor(&service).run(), "TLS", 7, &["expired", "clock"], &["clock", "token", "API"]);
    assert_eq!(service.token_requests(), 0);
}

#[test]
fn a_wrong_clock_is_detected_by_the_date_of_the_service() {
    let service = Service::start();
    let answer = Response::new(200).header("Date", "Sun, 06 Nov 1994 08:49:37 GMT");
    service.sandbox.script(Host::Login, answer);
    only_failure(&doctor(&service).run(), "clock", 7, &["ahead of", "1994-11-06T08:49:37Z", "NTP"], &[]);
}

#[test]
fn missing_credentials_are_reported_although_the_connection_works() {
    let service = Service::start();
    let run = doctor(&service).without("GENESYS_CLIENT_SECRET").run();
    only_failure(&run, "credentials", 2, &["GENESYS_CLIENT_SECRET"], &["token", "API"]);
}

#[test]
fn refusals_fail_in_token_or_api() {
    let service = Service::start();
    let run = doctor(&service).env("GENESYS_CLIENT_SECRET", "another").run();
    only_failure(&run, "token", 3, &["authentication failed"], &["API"]);
    // As text, the line of the step has the message, which is not repeated.
    let run = Tool::at(&service, &["doctor"]).env("GENESYS_CLIENT_SECRET", "another").run();
    assert!(run.out.contains("authentication failed"), "{run:?}");
    assert_eq!((run.code, run.err.as_str()), (3, "genesys-token: token failed; its line says why\n"));
    service.sandbox.always(Host::Api, Response::empty_unavailable());
    only_failure(&doctor(&service).run(), "API", 6, &["503"], &[]);
    let mut client = Client::demo();
    client.roles.clear();
    let service = Service::of(Sandbox::builder().client(client));
    only_failure(&doctor(&service).run(), "API", 4, &["no roles"], &[]);
}

#[test]
fn colours_are_for_terminals_or_on_request() {
    let service = Service::start();
    let run = |arguments: &[&str]| {
        let tool = Tool::at(&service, &["doctor"]).env("TERM", "xterm");
        arguments.iter().fold(tool, Tool::arg).run().output()
    };
    // Standard output is a pipe here.
    assert!(!run(&[]).contains('\x1b'));
    assert!(!run(&["--color", "never"]).contains('\x1b'));
    assert!(run(&["--color", "always"]).contains("\x1b[32mok"));
    let failure = Tool::new(&["get", "--region", "nowhere", "--color=always"]).run();
    assert!(failure.err.starts_with("\x1b[31mgenesys-token:\x1b[0m "), "{failure:?}");
    Tool::new(&["get", "--color", "sometimes"]).run().fails(2, &["--color", "auto, always, never"]);
}
