//! A server of HTTP/2 that a test scripts frame by frame (RFC 9113 section 4.1), on threads of its own. A client that offers only
//! HTTP/1.1 is answered over HTTP/1.1.

use std::io::{self, Read as _, Write as _};
use std::net::{TcpListener, TcpStream};
use std::sync::atomic::{AtomicUsize, Ordering};
use std::sync::mpsc::{Receiver, Sender, channel};
use std::sync::{Arc, Mutex};
use std::thread;

use genesys_token_tokio::rustls::{ServerConnection, StreamOwned};

use crate::http1;

type Tls = StreamOwned<ServerConnection, TcpStream>;

const DATA: u8 = 0;
const HEADERS: u8 = 1;
const RST_STREAM: u8 = 3;
const SETTINGS: u8 = 4;
const PING: u8 = 6;
const GOAWAY: u8 = 7;

const END_STREAM: u8 = 1;
const END_HEADERS: u8 = 4;
const ACK: u8 = 1;

/// The error codes of RFC 9113 section 7 that tests use.
pub const NO_ERROR: u32 = 0;
pub const INTERNAL_ERROR: u32 = 2;
pub const REFUSED_STREAM: u32 = 7;
pub const CANCEL: u32 = 8;
pub const ENHANCE_YOUR_CALM: u32 = 11;
pub const HTTP_1_1_REQUIRED: u32 = 13;

/// What the server does when a request is complete.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Act {
    /// Answers with the number of the request.
    Answer,
    /// Nothing.
    Wait,
    /// A response with this many headers, each with a value of `length` bytes.
    Head { headers: usize, length: usize },
    /// RST_STREAM with this code.
    Reset(u32),
    /// The beginning of a response, then RST_STREAM with this code.
    Begin(u32),
    /// GOAWAY with this code, which names the previous stream as the last one; then the end of the connection.
    GoAwayBefore(u32),
    /// The end of the connection.
    Close,
    /// Answers, and when the test says so ends the connection with GOAWAY.
    AnswerThenGoAway,
    /// Answers, and when the test says so ends the connection without a word.
    AnswerThenClose,
    /// These steps.
    Take(&'static [Step]),
}

/// A step of a server, for any stream and not only for that of the last request.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Step {
    /// GOAWAY with this last stream and this code.
    GoAway(u32, u32),
    /// Answers this stream with its number.
    Answer(u32),
    /// Waits until the client has processed what was sent, which its answer to a PING shows (RFC 9113 section 6.7). Then waits for the test.
    WaitForTest,
    /// The end of the connection.
    End,
}

/// The last stream of a GOAWAY that announces another one (RFC 9113 section 6.8).
pub const ANY_STREAM: u32 = 0x7fff_ffff;

/// A running server.
pub struct Server {
    pub port: u16,
    pub root_pem: String,
    /// Tells the server to end the connection.
    pub go: Sender<()>,
    /// Receives a message when it is done.
    pub done: Receiver<()>,
    counts: Arc<Counts>,
}

#[derive(Default)]
struct Counts {
    connections: AtomicUsize,
    requests: AtomicUsize,
    /// Those of them that were sent over HTTP/1.1.
    http1_requests: AtomicUsize,
    /// Streams that the client has reset.
    resets: AtomicUsize,
}

impl Server {
    /// Starts a server that does the n-th act for the n-th request, and then answers.
    pub fn start(acts: &'static [Act]) -> Self {
        let (config, root_pem) = crate::tls(&["h2", "http/1.1"]);
        let listener = TcpListener::bind("127.0.0.1:0").unwrap();
        let port = listener.local_addr().unwrap().port();
        let counts = Arc::new(Counts::default());
        let ((go, begin), (sender, done)) = (channel(), channel());
        let begin = Arc::new(Mutex::new(begin));
        let counted = counts.clone();
        thread::spawn(move || {
            for stream in listener.incoming() {
                counted.connections.fetch_add(1, Ordering::SeqCst);
                let tls = StreamOwned::new(ServerConnection::new(config.clone()).unwrap(), stream.unwrap());
                let (begin, sender, counted) = (begin.clone(), sender.clone(), counted.clone());
                // Its error is how the client ended the connection.
                thread::spawn(move || serve(tls, acts, &begin, &sender, &counted).is_ok());
            }
        });
        Self { port, root_pem, go, done, counts }
    }

    pub fn connections(&self) -> usize {
        self.counts.connections.load(Ordering::SeqCst)
    }

    pub fn requests(&self) -> usize {
        self.counts.requests.load(Ordering::SeqCst)
    }

    pub fn http1_requests(&self) -> usize {
        self.counts.http1_requests.load(Ordering::SeqCst)
    }

    pub fn resets(&self) -> usize {
        self.counts.resets.load(Ordering::SeqCst)
    }

    /// Has the server end the connection.
    pub fn act(&self) {
        self.go.send(()).unwrap();
        self.done.recv().unwrap();
    }
}

fn serve(
    mut tls: Tls,
    acts: &[Act],
    begin: &Mutex<Receiver<()>>,
    done: &Sender<()>,
    counts: &Counts,
) -> io::Result<()> {
    while tls.conn.is_handshaking() {
        tls.conn.complete_io(&mut tls.sock)?;
    }
    if tls.conn.alpn_protocol() == Some(b"http/1.1") {
        return http1::serve(&mut tls, || {
            counts.http1_requests.fetch_add(1, Ordering::SeqCst);
            counts.requests.fetch_add(1, Ordering::SeqCst) + 1
        });
    }
    let mut preface = [0; 24];
    tls.read_exact(&mut preface)?;
    assert_eq!(&preface, b"PRI * HTTP/2.0\r\n\r\nSM\r\n\r\n");
    write(&mut tls, SETTINGS, 0, 0, &[])?;
    loop {
        let (kind, flags, stream, payload) = read(&mut tls)?;
        match kind {
            SETTINGS if flags & ACK == 0 => write(&mut tls, SETTINGS, ACK, 0, &[])?,
            PING if flags & ACK == 0 => write(&mut tls, PING, ACK, 0, &payload)?,
            RST_STREAM => {
                counts.resets.fetch_add(1, Ordering::SeqCst);
            }
            HEADERS | DATA if flags & END_STREAM != 0 => {
                let number = counts.requests.fetch_add(1, Ordering::SeqCst) + 1;
                let act = acts.get(number - 1).copied().unwrap_or(Act::Answer);
                let ends = match act {
                    Act::Take(steps) => take(&mut tls, steps, begin, done)?,
                    act => respond(&mut tls, act, number, stream)?,
                };
                if matches!(act, Act::AnswerThenGoAway | Act::AnswerThenClose) {
                    begin.lock().unwrap().recv().unwrap();
                }
                if ends {
                    // A client that runs meanwhile may end the connection first.
                    let _ = end(&mut tls, (act == Act::AnswerThenGoAway).then_some(stream));
                    let _ = done.send(());
                    // Until the client ends it as well: a reset would discard what it has not read.
                    let _ = tls.sock.read(&mut [0; 1024]);
                    return Ok(());
                }
            }
            _ => {}
        }
    }
}

/// Returns whether the connection ends.
fn take(tls: &mut Tls, steps: &[Step], begin: &Mutex<Receiver<()>>, done: &Sender<()>) -> io::Result<bool> {
    for step in steps {
        match *step {
            Step::GoAway(last, code) => go_away(tls, last, code)?,
            Step::Answer(stream) => answer(tls, stream, &format!("stream {stream}"))?,
            Step::WaitForTest => {
                write(tls, PING, 0, 0, &[0; 8])?;
                loop {
                    let (kind, flags, ..) = read(tls)?;
                    if kind == PING && flags & ACK != 0 {
                        break;
                    }
                }
                done.send(()).unwrap();
                begin.lock().unwrap().recv().unwrap();
            }
            Step::End => return Ok(true),
        }
    }
    Ok(false)
}

/// Ends the connection, with GOAWAY after this stream.
fn end(tls: &mut Tls, last: Option<u32>) -> io::Result<()> {
    if let Some(last) = last {
        go_away(tls, last, NO_ERROR)?;
    }
    tls.conn.send_close_notify();
    tls.flush()?;
    tls.sock.shutdown(std::net::Shutdown::Write)?;
    wait_until_acknowledged(&tls.sock);
    Ok(())
}

/// The entry 8 of the static table: status 200 (RFC 7541 appendix A).
const HEAD: [u8; 1] = [0x88];

/// Returns whether the connection ends.
fn respond(tls: &mut Tls, act: Act, number: usize, stream: u32) -> io::Result<bool> {
    let body = number.to_string();
    match act {
        Act::Answer | Act::AnswerThenGoAway | Act::AnswerThenClose => answer(tls, stream, &body)?,
        Act::Wait | Act::Close | Act::Take(_) => {}
        Act::Head { headers, length } => {
            write(tls, HEADERS, END_HEADERS | END_STREAM, stream, &head(headers, length))?;
        }
        Act::Reset(code) => write(tls, RST_STREAM, 0, stream, &code.to_be_bytes())?,
        Act::Begin(code) => {
            write(tls, HEADERS, END_HEADERS, stream, &HEAD)?;
            write(tls, DATA, 0, stream, body.as_bytes())?;
            write(tls, RST_STREAM, 0, stream, &code.to_be_bytes())?;
        }
        Act::GoAwayBefore(code) => go_away(tls, stream.saturating_sub(2), code)?,
    }
    Ok(matches!(act, Act::Close | Act::GoAwayBefore(_) | Act::AnswerThenGoAway | Act::AnswerThenClose))
}

/// Returns a head whose headers are one entry of the dynamic table, so that it fits into one frame (RFC 7541 section 6).
fn head(headers: usize, length: usize) -> Vec<u8> {
    // A literal with a new name that becomes the entry 62, `x`.
    let mut bytes = [&HEAD[..], &[0x40, 1, b'x']].concat();
    // The length as an integer with a prefix of seven bits (section 5.1).
    assert!((127..4000).contains(&length), "more does not fit into the table");
    let rest = length - 127;
    bytes.extend([127, u8::try_from(rest % 128).unwrap() | 128, u8::try_from(rest / 128).unwrap()]);
    bytes.extend(vec![b'a'; length]);
    bytes.extend(vec![128 | 62; headers - 1]);
    bytes
}

fn answer(tls: &mut Tls, stream: u32, body: &str) -> io::Result<()> {
    write(tls, HEADERS, END_HEADERS, stream, &HEAD)?;
    write(tls, DATA, END_STREAM, stream, body.as_bytes())
}

fn go_away(tls: &mut Tls, last: u32, code: u32) -> io::Result<()> {
    write(tls, GOAWAY, 0, 0, &[last.to_be_bytes(), code.to_be_bytes()].concat())
}

fn write(tls: &mut Tls, kind: u8, flags: u8, stream: u32, payload: &[u8]) -> io::Result<()> {
    let length = u32::try_from(payload.len()).unwrap().to_be_bytes();
    let frame = [&length[1..], &[kind, flags], &stream.to_be_bytes(), payload].concat();
    tls.write_all(&frame)?;
    tls.flush()
}

fn read(tls: &mut Tls) -> io::Result<(u8, u8, u32, Vec<u8>)> {
    let mut head = [0; 9];
    tls.read_exact(&mut head)?;
    let length = u32::from_be_bytes([0, head[0], head[1], head[2]]);
    let mut payload = vec![0; usize::try_from(length).unwrap()];
    tls.read_exact(&mut payload)?;
    let stream = u32::from_be_bytes([head[5], head[6], head[7], head[8]]);
    Ok((head[3], head[4], stream, payload))
}

/// Waits until everything that was written, the end included, is in the receive buffer of the client.
pub fn wait_until_acknowledged(socket: &TcpStream) {
    // Without a peer the connection has ended.
    let (Ok(local), Ok(peer)) = (socket.local_addr(), socket.peer_addr()) else { return };
    let (local, peer) = (local.port(), peer.port());
    let is_pending = || {
        let table = std::fs::read_to_string("/proc/net/tcp").unwrap();
        table.lines().any(|line| {
            let fields: Vec<_> = line.split_whitespace().collect();
            // Local address, remote address, state, and the bytes that the peer has not acknowledged.
            fields[1].ends_with(&format!(":{local:04X}"))
                && fields[2].ends_with(&format!(":{peer:04X}"))
                && !fields[4].starts_with("00000000:")
        })
    };
    while is_pending() {
        thread::sleep(std::time::Duration::from_millis(1));
    }
}
