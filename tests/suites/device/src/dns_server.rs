//! Scripted DNS servers (RFC 1035).

use std::net::{IpAddr, Ipv4Addr, UdpSocket};
use std::sync::atomic::{AtomicBool, Ordering};
use std::sync::{Arc, Mutex};
use std::thread::JoinHandle;
use std::time::Duration;

/// A DNS server whose responses the test determines. It ends on drop.
#[derive(Debug)]
pub struct DnsServer {
    queries: Arc<Mutex<Vec<Query>>>,
    stop: Arc<AtomicBool>,
    thread: Option<JoinHandle<()>>,
}

/// The type of a query.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Kind {
    /// IPv4 addresses.
    A,
    /// IPv6 addresses.
    Aaaa,
    /// Another type.
    Other(u16),
}

/// A query as it was received.
#[derive(Clone, Debug)]
pub struct Query {
    /// The name without the dot at its end.
    pub name: String,
    /// The type.
    pub kind: Kind,
    id: u16,
    port: u16,
    /// Name, type and class.
    question: Vec<u8>,
}

/// A response in construction.
#[derive(Clone, Debug)]
pub struct Response {
    id: u16,
    flags: u16,
    question: Vec<u8>,
    answers: Vec<Vec<u8>>,
    /// Records that the header counts and that are not there.
    missing: u16,
    ttl: u32,
}

impl DnsServer {
    /// Returns a server that sends these responses to each query, in their order, perhaps none.
    ///
    /// # Panics
    ///
    /// When it cannot be started.
    #[must_use]
    pub fn start(
        address: impl Into<IpAddr>,
        answer: impl Fn(&Query) -> Vec<Response> + Send + 'static,
    ) -> Self {
        let socket = UdpSocket::bind((address.into(), 53)).expect("the port is free");
        socket.set_read_timeout(Some(Duration::from_millis(20))).expect("a timeout");
        let (queries, stop) = (Arc::new(Mutex::new(Vec::new())), Arc::new(AtomicBool::new(false)));
        let (received, stopped) = (Arc::clone(&queries), Arc::clone(&stop));
        let thread = std::thread::spawn(move || {
            let mut bytes = [0; 512];
            while !stopped.load(Ordering::Relaxed) {
                let Ok((count, from)) = socket.recv_from(&mut bytes) else { continue };
                let query = Query::parse(&bytes[..count], from.port()).expect("a query");
                received.lock().expect("no panic").push(query.clone());
                for response in answer(&query) {
                    let _ = socket.send_to(&response.bytes(), from);
                }
            }
        });
        Self { queries, stop, thread: Some(thread) }
    }

    /// Returns a server that sends these addresses as the answer to all queries for A, and has none for AAAA.
    #[must_use]
    pub fn with_addresses(address: impl Into<IpAddr>, addresses: &'static [Ipv4Addr]) -> Self {
        Self::start(address, move |query| vec![query.addresses(addresses)])
    }

    /// Returns the queries that were received.
    ///
    /// # Panics
    ///
    /// When the server's thread has panicked.
    #[must_use]
    pub fn queries(&self) -> Vec<Query> {
        self.queries.lock().expect("no panic").clone()
    }
}

impl Drop for DnsServer {
    fn drop(&mut self) {
        self.stop.store(true, Ordering::Relaxed);
        if let Some(thread) = self.thread.take() {
            let _ = thread.join();
        }
    }
}

impl Query {
    fn parse(bytes: &[u8], port: u16) -> Option<Self> {
        let id = u16::from_be_bytes([*bytes.first()?, *bytes.get(1)?]);
        let question = bytes.get(12..)?;
        let (mut labels, mut rest) = (Vec::new(), question);
        while let Some((&length, after)) = rest.split_first() {
            rest = after;
            if length == 0 {
                break;
            }
            labels.push(String::from_utf8(rest.get(..length.into())?.to_vec()).ok()?);
            rest = rest.get(length.into()..)?;
        }
        let kind = match u16::from_be_bytes([*rest.first()?, *rest.get(1)?]) {
            1 => Kind::A,
            28 => Kind::Aaaa,
            other => Kind::Other(other),
        };
        Some(Self { name: labels.join("."), kind, id, port, question: question.to_vec() })
    }

    /// Returns the id.
    #[must_use]
    pub const fn id(&self) -> u16 {
        self.id
    }

    /// Returns the port that it was sent from.
    #[must_use]
    pub const fn port(&self) -> u16 {
        self.port
    }

    /// Returns a response without records, which means that the name has none of this type.
    #[must_use]
    pub fn response(&self) -> Response {
        Response {
            id: self.id,
            flags: 0x8180,
            question: self.question.clone(),
            answers: Vec::new(),
            missing: 0,
            ttl: 60,
        }
    }

    /// Returns a response with these addresses if the query is for A.
    #[must_use]
    pub fn addresses(&self, addresses: &[Ipv4Addr]) -> Response {
        let records = if self.kind == Kind::A { addresses } else { &[] };
        records.iter().fold(self.response(), |response, address| response.a(&self.name, *address))
    }
}

impl Response {
    /// Adds an address record.
    #[must_use]
    pub fn a(self, owner: &str, address: Ipv4Addr) -> Self {
        self.record(owner, 1, &address.octets())
    }

    /// Adds an alias.
    #[must_use]
    pub fn cname(self, owner: &str, target: &str) -> Self {
        let target = encode(target);
        self.record(owner, 5, &target)
    }

    /// Returns the TTL of the records added afterwards, in seconds. 60 unless set.
    #[must_use]
    pub const fn ttl(mut self, ttl: u32) -> Self {
        self.ttl = ttl;
        self
    }

    /// Sets the response code.
    #[must_use]
    pub const fn code(mut self, code: u16) -> Self {
        self.flags |= code;
        self
    }

    /// Marks the response as truncated.
    #[must_use]
    pub const fn truncated(mut self) -> Self {
        self.flags |= 0x0200;
        self
    }

    /// Counts a record that is not there.
    #[must_use]
    pub const fn malformed(mut self) -> Self {
        self.missing = 1;
        self
    }

    /// Changes the id.
    #[must_use]
    pub const fn with_other_id(mut self) -> Self {
        self.id ^= 1;
        self
    }

    /// Changes the name in the question.
    #[must_use]
    pub fn with_question_for(mut self, name: &str) -> Self {
        let type_and_class = self.question.split_off(self.question.len() - 4);
        self.question = [encode(name), type_and_class].concat();
        self
    }

    fn record(mut self, owner: &str, kind: u16, data: &[u8]) -> Self {
        let mut record = encode(owner);
        record.extend(kind.to_be_bytes());
        record.extend(1_u16.to_be_bytes());
        record.extend(self.ttl.to_be_bytes());
        record.extend(u16::try_from(data.len()).expect("short").to_be_bytes());
        record.extend(data);
        self.answers.push(record);
        self
    }

    fn bytes(&self) -> Vec<u8> {
        let mut bytes = Vec::new();
        bytes.extend(self.id.to_be_bytes());
        bytes.extend(self.flags.to_be_bytes());
        bytes.extend(1_u16.to_be_bytes());
        let counted = u16::try_from(self.answers.len()).expect("few") + self.missing;
        bytes.extend(counted.to_be_bytes());
        bytes.extend([0; 4]);
        bytes.extend(&self.question);
        bytes.extend(self.answers.concat());
        // What a server without EDNS can send; the caller has set the flag.
        bytes.truncate(512);
        bytes
    }
}

fn encode(name: &str) -> Vec<u8> {
    let labels = name.split('.').flat_map(|label| {
        let length = u8::try_from(label.len()).expect("a label");
        [length].into_iter().chain(label.bytes())
    });
    labels.chain([0]).collect()
}
