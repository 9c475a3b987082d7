//! The connection fails: silence, cuts, no TLS.

use core::time::Duration;

use super::outcome::Phase::{Body, Connect, Response as Head, TlsHandshake};
use super::outcome::TransportFault::{Closed, Incompatible, Lost, NotTls, Timeout};
use super::{Outcome, Scenario};
use crate::behaviour::{Answer, Behaviour, Close, ConnectionFault, CutAt, Framing};

/// Longer than any deadline that is meant to come.
pub(super) const ENDLESS: Duration = Duration::from_secs(60);

pub(super) fn list() -> Vec<Scenario> {
    [silences, cuts, beginnings].into_iter().flat_map(|part| part()).collect()
}

fn silences() -> Vec<Scenario> {
    let service = Answer::service;
    let silent = |name, behaviour: Behaviour, phase| {
        Scenario::token(name, behaviour, [Outcome::Transport(phase, Timeout)]).impatient()
    };
    vec![
        silent("silence", Behaviour::NeverAnswer, Head),
        silent("silence in the body", service().pausing_before_body(ENDLESS).into(), Body),
        silent("a drip without end", service().dripping(1, Duration::from_millis(200)).into(), Head),
        silent("a silent port", ConnectionFault::Silence.into(), TlsHandshake).requests(0),
    ]
}

fn cuts() -> Vec<Scenario> {
    let service = Answer::service;
    let cut = |name, behaviour: Behaviour, phase| {
        Scenario::token(name, behaviour, [Outcome::Transport(phase, Closed)])
    };
    // A reset may overtake what was sent before it.
    let reset = |name, behaviour: Behaviour, phase| {
        let outcomes = [Outcome::Transport(phase, Lost), Outcome::Transport(Head, Lost)];
        Scenario::token(name, behaviour, outcomes)
    };
    let in_body = |close| service().cut(CutAt::Body(30), close);
    vec![
        cut("closed unanswered", Behaviour::CloseUnanswered(Close::Notify), Head),
        cut("truncated unanswered", Behaviour::CloseUnanswered(Close::Truncate), Head),
        reset("reset unanswered", Behaviour::CloseUnanswered(Close::Reset), Head),
        cut("cut in the head", service().cut(CutAt::Head(30), Close::Notify).into(), Head),
        cut("cut in the body", in_body(Close::Notify).into(), Body),
        cut("truncated in the body", in_body(Close::Truncate).into(), Body),
        reset("reset in the body", in_body(Close::Reset).into(), Body),
        cut(
            "truncated where only the end delimits",
            in_body(Close::Truncate).framed(Framing::CloseDelimited).into(),
            Body,
        ),
        cut("cut in the chunks", in_body(Close::Notify).chunked([9]).into(), Body),
    ]
}

fn beginnings() -> Vec<Scenario> {
    let bytes = ConnectionFault::Bytes(b"HTTP/1.1 400 Bad Request\r\n\r\n".to_vec());
    let spoilt = |name, fault: ConnectionFault, outcomes: &[Outcome]| {
        Scenario::token(name, fault, outcomes).requests(0)
    };
    let handshake = |fault| Outcome::Transport(TlsHandshake, fault);
    vec![
        spoilt("TLS refused", ConnectionFault::RefuseTls, &[handshake(Incompatible)]),
        spoilt("no TLS at all", bytes, &[handshake(NotTls)]),
        spoilt("closed at once", ConnectionFault::Close(Close::Truncate), &[handshake(Closed)]),
        spoilt(
            "reset at once",
            ConnectionFault::Close(Close::Reset),
            &[handshake(Lost), Outcome::Transport(Connect, Lost)],
        ),
    ]
}
