//! Failing connections: no response, a cut response, no TLS.

use core::time::Duration;

use super::outcome::Phase::{Body, Connect, Response as Head, TlsHandshake};
use super::outcome::TransportFault::{Closed, Incompatible, Lost, NotTls, Timeout};
use super::{Outcome, Scenario};
use crate::behaviour::{Answer, Behaviour, Close, ConnectionFault, CutAt, Framing};

/// Longer than any deadline in [`Deadline::Expires`](super::Deadline).
pub(super) const ENDLESS: Duration = Duration::from_secs(60);

pub(super) fn list() -> Vec<Scenario> {
    [timeouts, cuts, handshakes].into_iter().flat_map(|part| part()).collect()
}

fn timeouts() -> Vec<Scenario> {
    let service = Answer::service;
    let times_out = |name, behaviour: Behaviour, phase| {
        Scenario::token(name, behaviour, [Outcome::Transport(phase, Timeout)]).with_deadline()
    };
    vec![
        times_out("no response", Behaviour::NeverAnswer, Head),
        times_out("no body after the head", service().pausing_before_body(ENDLESS).into(), Body),
        times_out("an endless slow response", service().dripping(1, Duration::from_millis(200)).into(), Head),
        times_out("no TLS handshake", ConnectionFault::Silence.into(), TlsHandshake).requests(0),
    ]
}

fn cuts() -> Vec<Scenario> {
    let service = Answer::service;
    let cut = |name, behaviour: Behaviour, phase| {
        Scenario::token(name, behaviour, [Outcome::Transport(phase, Closed)])
    };
    // A reset may discard bytes that were sent before it.
    let reset = |name, behaviour: Behaviour, phase| {
        let outcomes = [Outcome::Transport(phase, Lost), Outcome::Transport(Head, Lost)];
        Scenario::token(name, behaviour, outcomes)
    };
    let in_body = |close| service().cut(CutAt::Body(30), close);
    vec![
        cut("closed without a response", Behaviour::CloseUnanswered(Close::Notify), Head),
        cut("truncated without a response", Behaviour::CloseUnanswered(Close::Truncate), Head),
        reset("reset without a response", Behaviour::CloseUnanswered(Close::Reset), Head),
        cut("cut in the head", service().cut(CutAt::Head(30), Close::Notify).into(), Head),
        cut("cut in the body", in_body(Close::Notify).into(), Body),
        cut("truncated in the body", in_body(Close::Truncate).into(), Body),
        reset("reset in the body", in_body(Close::Reset).into(), Body),
        cut(
            "truncated without a length",
            in_body(Close::Truncate).framed(Framing::CloseDelimited).into(),
            Body,
        ),
        cut("cut in the chunks", in_body(Close::Notify).chunked([9]).into(), Body),
    ]
}

fn handshakes() -> Vec<Scenario> {
    let bytes = ConnectionFault::Bytes(b"HTTP/1.1 400 Bad Request\r\n\r\n".to_vec());
    let fails = |name, fault: ConnectionFault, outcomes: &[Outcome]| {
        Scenario::token(name, fault, outcomes).requests(0)
    };
    let handshake = |fault| Outcome::Transport(TlsHandshake, fault);
    vec![
        fails("TLS refused", ConnectionFault::RefuseTls, &[handshake(Incompatible)]),
        fails("no TLS at all", bytes, &[handshake(NotTls)]),
        fails("closed immediately", ConnectionFault::Close(Close::Truncate), &[handshake(Closed)]),
        fails(
            "reset immediately",
            ConnectionFault::Close(Close::Reset),
            &[handshake(Lost), Outcome::Transport(Connect, Lost)],
        ),
    ]
}
