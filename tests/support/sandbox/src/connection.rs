//! Listeners, and the handling of one connection.

use core::net::SocketAddr;
use core::sync::atomic::{AtomicU64, Ordering};
use core::time::Duration;
use std::io;
use std::sync::Arc;

use tokio::net::{TcpListener, TcpStream};
use tokio::sync::watch;
use tokio::time::{sleep, timeout};

use crate::behaviour::{Answer, Behaviour, Close, ConnectionFault, Host, Message};
use crate::delivery::{Next, Wire};
use crate::hints;
use crate::record::{Beginning, Connection, Received, Record, Tls};
use crate::request::{Incoming, Reader, Request};
use crate::response::Response;
use crate::routing::Listener;
use crate::script::Script;
use crate::service::Service;
use crate::stream::{Stream, close_tcp, until_closed};
use crate::tls::TlsHost;

/// State shared by listeners, connections and the [`Sandbox`](crate::Sandbox) handle.
pub(crate) struct Shared {
    pub(crate) script: Script,
    pub(crate) record: Record,
    pub(crate) service: Service,
    /// TLS of the login and the API host; `None` for plain HTTP.
    pub(crate) tls: Option<(TlsHost, TlsHost)>,
    /// Changes when connections are to be closed.
    pub(crate) close_idle: watch::Sender<()>,
    pub(crate) connections: AtomicU64,
    pub(crate) observer: Option<Observer>,
}

pub(crate) type Observer = Box<dyn Fn(&Received) + Send + Sync>;

/// The alert `handshake_failure` (RFC 8446 section 6) as a record of its own.
const HANDSHAKE_FAILURE: [u8; 7] = [21, 3, 3, 0, 2, 2, 40];

impl Shared {
    pub(crate) fn tls(&self, host: Host) -> Option<&TlsHost> {
        let (login, api) = self.tls.as_ref()?;
        Some(match host {
            Host::Login => login,
            Host::Api => api,
        })
    }
}

/// Accepts connections until the runtime ends.
pub(crate) async fn listen(shared: Arc<Shared>, listener: Listener, socket: TcpListener) {
    loop {
        match socket.accept().await {
            Ok((tcp, peer)) => {
                let number = shared.connections.fetch_add(1, Ordering::Relaxed) + 1;
                let connection = OpenConnection { shared: Arc::clone(&shared), listener, number, peer };
                tokio::spawn(async move {
                    // An error of the connection is not an error of the sandbox; what arrived is in the record.
                    let _ = connection.run(tcp).await;
                });
            }
            // Most likely out of file descriptors: closing connections will free some.
            Err(_) => sleep(Duration::from_millis(50)).await,
        }
    }
}

/// One open connection.
struct OpenConnection {
    shared: Arc<Shared>,
    listener: Listener,
    number: u64,
    peer: SocketAddr,
}

impl OpenConnection {
    async fn run(&self, tcp: TcpStream) -> io::Result<()> {
        tcp.set_nodelay(true)?;
        let close_idle = self.shared.close_idle.subscribe();
        let script = &self.shared.script;
        if let Some(fault) = self.listener.hosts().iter().find_map(|&host| script.for_connection(host)) {
            self.record_start(Beginning::Fault);
            return inject(tcp, fault).await;
        }
        let mut stream = match self.shared.tls(self.listener.first()) {
            None => Stream::ClearText(tcp),
            Some(tls) => match Stream::accept(&tls.acceptor(), tcp).await {
                Ok(stream) => stream,
                Err(error) => {
                    self.record_start(Beginning::HandshakeFailed(error.to_string()));
                    return Ok(());
                }
            },
        };
        let tls = stream.tls();
        self.record_start(tls.clone().map_or(Beginning::ClearText, Beginning::Tls));
        let close = self.requests(&mut stream, tls.as_ref(), close_idle).await?;
        stream.close(close).await;
        Ok(())
    }

    /// Serves requests in sequence; returns how the connection is to be closed.
    async fn requests(
        &self,
        stream: &mut Stream,
        tls: Option<&Tls>,
        mut close_idle: watch::Receiver<()>,
    ) -> io::Result<Close> {
        let mut reader = Reader::default();
        let mut idle_limit = None;
        loop {
            let next = tokio::select! {
                incoming = reader.next(stream) => incoming?,
                _ = close_idle.changed() => return Ok(Close::Notify),
                () = sleep(idle_limit.unwrap_or_default()), if idle_limit.is_some() => return Ok(Close::Notify),
            };
            let request = match next {
                Incoming::Request(request) => request,
                Incoming::Closed => return Ok(Close::Notify),
                Incoming::Malformed(reason) => return self.refuse(stream, tls, reason).await,
            };
            match self.answer(stream, tls, request).await? {
                Next::Keep => idle_limit = None,
                Next::CloseIdle(idle) => idle_limit = Some(idle),
                Next::Close(close) => return Ok(close),
            }
        }
    }

    async fn answer(&self, stream: &mut Stream, tls: Option<&Tls>, request: Request) -> io::Result<Next> {
        let host = self.listener.host(tls.and_then(|tls| tls.server_name.as_deref()), request.path());
        match self.shared.script.for_request(host) {
            Behaviour::Answer(answer) => {
                let Answer { message, delivery } = *answer;
                let message = match message {
                    Message::Service { token_expires_after } => {
                        Message::Response(self.shared.service.answer(host, &request, token_expires_after))
                    }
                    other => other,
                };
                let (status, hint) = match &message {
                    Message::Response(response) => (Some(response.status), hints::of(response)),
                    _ => (None, None),
                };
                let (bodiless, keep) = (request.method == "HEAD", request.keep);
                self.record_request(host, tls, request, (status, hint));
                Wire::new(message, &delivery, bodiless, keep).send(stream, &delivery).await
            }
            Behaviour::NeverAnswer => {
                self.record_request(host, tls, request, (None, None));
                let mut scratch = [0; 4096];
                while stream.read(&mut scratch).await? > 0 {}
                Ok(Next::Close(Close::Notify))
            }
            Behaviour::CloseUnanswered(close) => {
                self.record_request(host, tls, request, (None, None));
                Ok(Next::Close(close))
            }
            Behaviour::Connection(_) => {
                self.record_request(host, tls, request, (None, None));
                Ok(Next::Close(Close::Notify))
            }
        }
    }

    async fn refuse(&self, stream: &mut Stream, tls: Option<&Tls>, reason: &str) -> io::Result<Close> {
        let response =
            Response::new(400).body("text/plain", format!("{reason}\n")).header("Connection", "close");
        let length = ("Content-Length", response.body.len().to_string());
        let mut bytes = response.head(&[length], std::time::SystemTime::now());
        bytes.extend_from_slice(&response.body);
        let malformed = Request {
            method: "?".into(),
            target: "?".into(),
            headers: Vec::new(),
            body: Vec::new(),
            keep: false,
        };
        self.record_request(self.listener.first(), tls, malformed, (Some(400), None));
        stream.write(&bytes).await?;
        Ok(Close::Notify)
    }

    fn record_start(&self, beginning: Beginning) {
        self.shared.record.add_connection(Connection {
            number: self.number,
            host: self.listener.first(),
            peer: self.peer,
            beginning,
        });
    }

    fn record_request(
        &self,
        host: Host,
        tls: Option<&Tls>,
        request: Request,
        (status, hint): (Option<u16>, Option<String>),
    ) {
        let received = Received {
            host,
            at: self.shared.service.uptime(),
            connection: self.number,
            tls: tls.cloned(),
            method: request.method,
            target: request.target,
            headers: request.headers,
            body: request.body,
            status,
            hint,
        };
        if let Some(observer) = &self.shared.observer {
            observer(&received);
        }
        self.shared.record.add_request(received);
    }
}

async fn inject(mut tcp: TcpStream, fault: ConnectionFault) -> io::Result<()> {
    match fault {
        ConnectionFault::Silence => until_closed(&mut tcp).await,
        ConnectionFault::RefuseTls => reply_and_close(tcp, &HANDSHAKE_FAILURE).await?,
        ConnectionFault::Bytes(bytes) => reply_and_close(tcp, &bytes).await?,
        ConnectionFault::Close(close) => close_tcp(tcp, close).await,
    }
    Ok(())
}

/// Waits for the client's first bytes, sends `bytes`, and closes.
async fn reply_and_close(tcp: TcpStream, bytes: &[u8]) -> io::Result<()> {
    let mut stream = Stream::ClearText(tcp);
    let _ = timeout(Duration::from_secs(2), stream.read(&mut [0; 4096])).await;
    stream.write(bytes).await?;
    stream.close(Close::Notify).await;
    Ok(())
}
