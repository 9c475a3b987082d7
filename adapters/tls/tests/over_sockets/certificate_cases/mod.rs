//! Valid and invalid certificate chains, presented by rustls, openssl `s_server` and nginx.

mod cases;
mod corner_cases;
mod server_kind;
mod servers;

use crate::client::{self, DAY, Outcome, REQUEST};
use crate::table;
use cases::{Case, Verdict};
use genesys_token_tls::Expected;
use servers::{ANSWER, Server};
use tls_peer::pki::{self, Pki};

#[test]
fn chains_are_accepted_and_refused_as_listed() {
    let pki = Pki::new("cases");
    tls_peer::certificate_cases::make(&pki);
    let lists = [cases::common(), corner_cases::paths(), corner_cases::constraints_and_names()];
    let cases: Vec<Case> = lists.into_iter().flatten().collect();
    let (mut runs, mut wrong) = (0, Vec::new());
    table::head();
    for case in &cases {
        for kind in case.servers {
            let (outcome, seen) = play(&pki, case, *kind);
            let verdict = match &outcome {
                Outcome::Answered(answer) => {
                    assert!(answer.ends_with(ANSWER.as_bytes()), "{}: {answer:?}", case.name);
                    "accepted".to_owned()
                }
                Outcome::Refused(error) => format!("{error:?}"),
                Outcome::Failed(error, _) => format!("later: {error:?}"),
            };
            let as_expected = match case.verdict {
                Verdict::Accept => matches!(outcome, Outcome::Answered(_)) && seen >= REQUEST.len(),
                Verdict::Refuse(error) => {
                    matches!(outcome, Outcome::Refused(_))
                        && error.split('|').any(|error| verdict.starts_with(error))
                        && seen == 0
                }
            };
            let expected = match case.verdict {
                Verdict::Accept => "accepted",
                Verdict::Refuse(error) => error,
            };
            table::row(case.name, &format!("{kind:?}"), expected, &verdict, seen, as_expected);
            runs += 1;
            if !as_expected {
                wrong.push(format!("{} ({kind:?}): {verdict}, server received {seen} bytes", case.name));
            }
        }
    }
    println!("{} chains and settings, {runs} connections", cases.len());
    assert!(wrong.is_empty(), "{wrong:#?}");
}

/// Returns the outcome, and how many bytes of the request the server received.
fn play(pki: &Pki, case: &Case, kind: server_kind::Kind) -> (Outcome, usize) {
    let server = Server::start(pki, kind, case);
    let certificates: Vec<_> = case.anchors.iter().map(|name| pki.der(name)).collect();
    let anchors = pki::anchors(&certificates);
    let mut expected = Expected::new(case.host, &anchors).unwrap();
    if let Some(days) = case.days {
        expected = expected.at(client::now().saturating_add_signed(days * i64::try_from(DAY).unwrap()));
    }
    // s_server does not close the connection; the others do, with close_notify.
    let answer = if kind == server_kind::Kind::OpenSsl { ANSWER.len() } else { usize::MAX };
    let outcome = client::run::<8192>(server.address, &expected, answer);
    (outcome, server.stop())
}
