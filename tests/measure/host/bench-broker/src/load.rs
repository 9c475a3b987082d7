//! A closed loop of requests over kept connections, on one thread.

use std::io::{self, Read as _, Write as _};
use std::os::unix::net;
use std::path::Path;
use std::time::{Duration, Instant};

use mio::net::UnixStream;
use mio::{Events, Interest, Poll, Token};

use crate::cpu;

/// One run.
pub(crate) struct Load<'a> {
    pub(crate) socket: &'a Path,
    pub(crate) path: &'a str,
    pub(crate) connections: usize,
    pub(crate) duration: Duration,
}

/// The result of a run.
pub(crate) struct Outcome {
    latencies: Vec<Duration>,
    elapsed: Duration,
    /// The server's processor time.
    cpu: Duration,
}

impl Outcome {
    pub(crate) fn rate(&self) -> f64 {
        self.latencies.len() as f64 / self.elapsed.as_secs_f64()
    }

    pub(crate) fn cpu_per_request(&self) -> f64 {
        self.cpu.as_secs_f64() / self.latencies.len() as f64
    }

    /// In seconds.
    pub(crate) fn percentile(&self, percent: usize) -> f64 {
        let index = (self.latencies.len() * percent / 100).min(self.latencies.len() - 1);
        self.latencies[index].as_secs_f64()
    }
}

struct Connection {
    stream: UnixStream,
    sent_at: Instant,
    response: Vec<u8>,
    answers: usize,
}

/// The time for the first answer to every connection.
const READY: Duration = Duration::from_secs(120);

impl Load<'_> {
    pub(crate) fn run(&self, server: u32) -> io::Result<Outcome> {
        let request = format!("GET {} HTTP/1.1\r\nHost: localhost\r\n\r\n", self.path).into_bytes();
        let mut poll = Poll::new()?;
        let mut connections = Vec::with_capacity(self.connections);
        for index in 0..self.connections {
            let mut stream = UnixStream::connect(self.socket)?;
            poll.registry().register(&mut stream, Token(index), Interest::READABLE)?;
            connections.push(Connection {
                stream,
                sent_at: Instant::now(),
                response: Vec::with_capacity(4096),
                answers: 0,
            });
        }
        for connection in &mut connections {
            connection.stream.write_all(&request)?;
        }
        // Every connection has been answered before anything is counted: handshakes with an upstream are not the subject.
        let end = Instant::now() + READY;
        while connections.iter().any(|connection| connection.answers == 0) {
            if Instant::now() > end {
                return Err(io::Error::other("not every connection was answered"));
            }
            self.turn(&mut poll, &mut connections, &request, Duration::from_millis(50))?;
        }
        let before = cpu::of_process(server)?;
        let start = Instant::now();
        let mut latencies = self.turn(&mut poll, &mut connections, &request, self.duration)?;
        let elapsed = start.elapsed();
        latencies.sort_unstable();
        if latencies.is_empty() {
            return Err(io::Error::other("no request was answered"));
        }
        Ok(Outcome { latencies, elapsed, cpu: cpu::of_process(server)? - before })
    }

    fn turn(
        &self,
        poll: &mut Poll,
        connections: &mut [Connection],
        request: &[u8],
        duration: Duration,
    ) -> io::Result<Vec<Duration>> {
        let end = Instant::now() + duration;
        let mut latencies = Vec::new();
        let mut events = Events::with_capacity(1024);
        while Instant::now() < end {
            poll.poll(&mut events, Some(Duration::from_millis(100)))?;
            for event in &events {
                let connection = &mut connections[event.token().0];
                let mut buffer = [0; 8192];
                loop {
                    match connection.stream.read(&mut buffer) {
                        Ok(0) => return Err(io::Error::other("the server closed a connection")),
                        Ok(count) => connection.response.extend_from_slice(&buffer[..count]),
                        Err(error) if error.kind() == io::ErrorKind::WouldBlock => break,
                        Err(error) => return Err(error),
                    }
                }
                if is_whole(&connection.response)? {
                    latencies.push(connection.sent_at.elapsed());
                    connection.response.clear();
                    connection.answers += 1;
                    connection.sent_at = Instant::now();
                    connection.stream.write_all(request)?;
                }
            }
        }
        Ok(latencies)
    }
}

/// Sends one request, and reads its answer of status 200.
pub(crate) fn answer(stream: &mut net::UnixStream, path: &str) -> io::Result<()> {
    stream.write_all(format!("GET {path} HTTP/1.1\r\nHost: localhost\r\n\r\n").as_bytes())?;
    let mut response = Vec::new();
    while !is_whole(&response)? {
        let mut buffer = [0; 1024];
        match stream.read(&mut buffer)? {
            0 => return Err(io::ErrorKind::UnexpectedEof.into()),
            count => response.extend_from_slice(&buffer[..count]),
        }
    }
    Ok(())
}

/// Returns whether a response of status 200 has arrived with its whole body.
fn is_whole(response: &[u8]) -> io::Result<bool> {
    let Some(end) = response.windows(4).position(|window| window == b"\r\n\r\n") else { return Ok(false) };
    let head = std::str::from_utf8(&response[..end]).map_err(io::Error::other)?;
    if !head.starts_with("HTTP/1.1 200 ") {
        return Err(io::Error::other(format!(
            "an answer that is not 200: {}",
            head.lines().next().unwrap_or_default()
        )));
    }
    let length = head
        .lines()
        .filter_map(|line| line.split_once(':'))
        .find(|(name, _)| name.eq_ignore_ascii_case("content-length"))
        .and_then(|(_, value)| value.trim().parse::<usize>().ok())
        .ok_or_else(|| io::Error::other("a response without Content-Length"))?;
    Ok(response.len() >= end + 4 + length)
}
