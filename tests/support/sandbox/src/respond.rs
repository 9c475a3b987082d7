//! The hosts without connections: for clients whose transport is a function.

use crate::behaviour::{Answer, Behaviour, Host, Message};
use crate::record::Received;
use crate::request::Request;
use crate::sandbox::Sandbox;

/// Asking without a connection.
impl Sandbox {
    /// What `host` does with this request, as if a new connection had brought it: the script is consumed, the request recorded (as of
    /// connection 0), the service's response filled in for [`Message::Service`]. To act on delivery and faults is the caller's.
    #[must_use]
    pub fn respond(
        &self,
        host: Host,
        (method, target): (&str, &str),
        headers: &[(&str, &str)],
        body: &[u8],
    ) -> Behaviour {
        if let Some(fault) = self.shared.script.for_connection(host) {
            return Behaviour::Connection(fault);
        }
        let request = Request {
            method: method.into(),
            target: target.into(),
            headers: headers.iter().map(|&(name, value)| (name.into(), value.into())).collect(),
            body: body.into(),
            keep: false,
        };
        let mut behaviour = self.shared.script.for_request(host);
        let mut status = None;
        if let Behaviour::Answer(answer) = &mut behaviour {
            let Answer { message, .. } = &mut **answer;
            if let Message::Service { token_dies_after } = message {
                let response = self.shared.service.answer(host, &request, *token_dies_after);
                *message = Message::Response(response);
            }
            if let Message::Response(response) = message {
                status = Some(response.status);
            }
        }
        self.shared.record.add_request(Received {
            host,
            at: self.shared.service.uptime(),
            connection: 0,
            tls: None,
            method: request.method,
            target: request.target,
            headers: request.headers,
            body: request.body,
            status,
        });
        behaviour
    }
}
