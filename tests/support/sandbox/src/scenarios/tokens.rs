//! Unusual but valid answers.

use core::time::Duration;

use super::{Outcome, Recovery, Scenario};
use crate::behaviour::{Afterwards, Answer, Close, Framing};
use crate::response::Response;

pub(super) fn list() -> Vec<Scenario> {
    let service = Answer::service;
    let json = |body: &str| Answer::from(Response::new(200).json(body));
    let pause = Duration::from_millis(2);
    [
        ("regular", service()),
        ("chunked", service().chunked([1, 7])),
        ("delimited by the end of the connection", service().framed(Framing::CloseDelimited)),
        ("slow", service().delayed(Duration::from_millis(300))),
        ("slow in small pieces", service().dripping(16, pause)),
        ("chunked in small pieces", service().chunked([5]).dripping(3, pause)),
        ("a pause before the body", service().pausing_before_body(Duration::from_millis(50))),
        ("interim responses", service().after_interim([100, 103])),
        ("closed afterwards", service().then(Afterwards::Close(Close::Notify))),
        ("reset afterwards", service().then(Afterwards::Close(Close::Reset))),
        (
            "unknown members, escapes and white space",
            json(
                "\r\n{ \"x\": [{}, null, -0.5e+1, \"\\u00e4\\\"\"],\t\"access\\u005ftoken\": \"unusual\", \
                  \"token_type\": \"BEARER\", \"expires_in\": \"86399\" }\n",
            ),
        ),
    ]
    .into_iter()
    .map(|(name, answer)| Scenario::token(name, answer, [Outcome::Token]).with_recovery(Recovery::NotNeeded))
    .collect()
}
