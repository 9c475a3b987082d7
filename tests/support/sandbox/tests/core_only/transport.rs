//! Turns a scripted behaviour into core's input: a complete response, the head of a refusal that was cut off, or no response.

use core::time::Duration;
use std::time::SystemTime;

use genesys_token_core::wire::ResponseHead;
use genesys_token_sandbox::{Answer, Behaviour, CutAt, Delivery, Message, Response};

/// The deadline of an exchange.
pub(crate) const DEADLINE: Duration = Duration::from_secs(10);
/// The capacity for the body of a response.
const CAPACITY: usize = 8 * 1024;

/// Returns status, headers and body, or the outcome if there is no complete response.
pub(crate) fn received(behaviour: Behaviour) -> Result<(ResponseHead, Vec<u8>), &'static str> {
    let Behaviour::Answer(answer) = behaviour else {
        return Err("transport");
    };
    let Answer { message: Message::Response(response), delivery } = *answer else {
        return Err("transport");
    };
    let mut head = ResponseHead::new(response.status);
    for (name, value) in response.fields(SystemTime::now()) {
        head.header(name.as_bytes(), value.as_bytes());
    }
    match check_body(&response, &delivery) {
        Ok(()) => Ok((head, response.body)),
        Err(_) if !(200..300).contains(&response.status) => Ok((head, Vec::new())),
        Err(outcome) => Err(outcome),
    }
}

fn check_body(response: &Response, delivery: &Delivery) -> Result<(), &'static str> {
    let writing = delivery.pace.map_or(Duration::ZERO, |pace| {
        pace.pause * u32::try_from(response.body.len() / pace.piece.max(1)).unwrap()
    });
    let late = delivery.before_head + delivery.before_body + writing > DEADLINE;
    let cut = delivery.cut.is_some_and(|cut| match cut.at {
        CutAt::Head(_) => true,
        CutAt::Body(length) => length < response.body.len(),
    });
    if late || cut {
        Err("transport")
    } else if response.body.len() > CAPACITY {
        Err("too_long body")
    } else {
        Ok(())
    }
}
