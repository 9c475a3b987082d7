//! Requests without a connection, for clients whose transport is a function call.

use crate::behaviour::{Answer, Behaviour, Host, Message};
use crate::hints;
use crate::record::Received;
use crate::request::Request;
use crate::sandbox::Sandbox;

/// Requests without a connection.
impl Sandbox {
    /// Returns the behaviour of `host` for this request, as if it had arrived on a new connection: consumes the script, records the
    /// request (as connection 0) and replaces [`Message::Service`] by the service's response. The caller has to apply delivery and
    /// faults.
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
        let (mut status, mut hint) = (None, None);
        if let Behaviour::Answer(answer) = &mut behaviour {
            let Answer { message, .. } = &mut **answer;
            if let Message::Service { token_expires_after } = message {
                let response = self.shared.service.answer(host, &request, *token_expires_after);
                *message = Message::Response(response);
            }
            if let Message::Response(response) = message {
                status = Some(response.status);
                hint = hints::of(response);
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
            hint,
        });
        behaviour
    }
}
