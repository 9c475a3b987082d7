//! Certificates that a client must not accept: it sends nothing to a server that presents one.

use super::outcome::Phase::TlsHandshake;
use super::outcome::TransportFault::{
    self, Certificate as Other, Expired, NotYetValid, UnknownIssuer, WrongName,
};
use super::{Fault, Outcome, Scenario};
use crate::behaviour::Behaviour;
use crate::certificates::Certificate;

pub(super) fn list() -> Vec<Scenario> {
    // The issuer of the fourth has the name of the trusted root but another key. Clients report that differently.
    let cases: [(_, _, &[TransportFault]); 6] = [
        ("an expired certificate", Certificate::Expired, &[Expired]),
        ("a certificate that is not valid yet", Certificate::NotYetValid, &[NotYetValid]),
        ("a certificate for another host", Certificate::WrongHost, &[WrongName]),
        ("a certificate issued by an untrusted CA", Certificate::UnknownIssuer, &[Other, UnknownIssuer]),
        ("a certificate without its intermediate", Certificate::MissingIntermediate, &[UnknownIssuer]),
        ("a certificate issued by a leaf", Certificate::IssuedByLeaf, &[Other]),
    ];
    cases
        .into_iter()
        .map(|(name, certificate, faults)| {
            let outcomes: Vec<_> =
                faults.iter().map(|fault| Outcome::Transport(TlsHandshake, *fault)).collect();
            let scenario = Scenario::token(name, Behaviour::NeverAnswer, outcomes).requests(0);
            Scenario { faults: vec![Fault::Certificate(certificate)], ..scenario }
        })
        .collect()
}
