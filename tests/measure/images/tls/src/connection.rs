//! A whole connection, as on a device.

use core::hint::black_box;
use core::pin::pin;

use bare::{input, measurement};
use embedded_io_async::{Read, Write};
use genesys_token_tls::{Expected, SessionError, TlsEngine, TlsSession, TrustAnchor, await_in_own_frame};
use tls_peer::memory::Memory;
use tls_peer::recording::{Connection, Recording};

use crate::poll;

/// What the costs of a connection are called in the report, by its place in the recording.
const NAMES: [[&str; 2]; 2] = [["handshake", "call"], ["reconnect", "second-call"]];

/// Connects, sends the recorded request, reads the whole response, and reports the costs. The same again if the recording has a second
/// connection. `workspace` is in static memory, as on a device.
#[inline(always)]
pub(crate) fn connections<E: TlsEngine>(engine: E, workspace: &mut E::Workspace) {
    measurement::report("workspace", 0, size_of::<E::Workspace>() as u32);
    measurement::start();
    let longest = run(engine, workspace);
    measurement::finish("connection");
    measurement::report("longest-poll", longest, 0);
}

/// Returns the number of ticks of the longest poll.
#[inline(never)]
fn run<E: TlsEngine>(mut engine: E, workspace: &mut E::Workspace) -> u32 {
    let Some(recording) = Recording::read(input::bytes()) else { fail() };
    let anchors = recording.anchors.map(|[subject, key]| TrustAnchor {
        subject: subject.into(),
        subject_public_key_info: key.into(),
        name_constraints: None,
    });
    let Ok(expected) = Expected::new(recording.name, &anchors) else { fail() };
    let expected = expected.at(recording.time);
    let mut longest = 0;
    for (connection, names) in recording.connections.iter().zip(&NAMES) {
        if !connection.client.is_empty() {
            longest = longest.max(one(&mut engine, workspace, &expected, &recording, connection, names));
        }
    }
    longest
}

#[inline(never)]
fn one<E: TlsEngine>(
    engine: &mut E,
    workspace: &mut E::Workspace,
    expected: &Expected<'_>,
    recording: &Recording<'_>,
    connection: &Connection<'_>,
    names: &[&str; 2],
) -> u32 {
    let mut sent = 0;
    let socket = Memory::new(connection.server, |bytes| {
        // Other bytes than the recorded ones would not match the recorded responses.
        if connection.client.get(sent..sent + bytes.len()) != Some(bytes) {
            fail();
        }
        sent += bytes.len();
    });
    // In place, and polled in its own stack frame, as by an executor.
    poll::until_ready(pin!(converse(engine, socket, workspace, expected, recording, names)))
}

#[inline(never)]
async fn converse<E: TlsEngine>(
    engine: &mut E,
    socket: impl Read + Write,
    workspace: &mut E::Workspace,
    expected: &Expected<'_>,
    recording: &Recording<'_>,
    [handshake, call]: &[&str; 2],
) {
    let start = measurement::ticks();
    let mut place = None;
    let connected = await_in_own_frame!(engine.connect_in(&mut place, socket, workspace, expected));
    measurement::report(handshake, start.wrapping_sub(measurement::ticks()), 0);
    let session = match (connected, &mut place) {
        (Ok(()), Some(session)) => session,
        (Err(_), _) if recording.request.is_empty() => return,
        _ => fail(),
    };
    let start = measurement::ticks();
    let exchanged = await_in_own_frame!(exchange(session, recording.request, recording.response));
    measurement::report(call, start.wrapping_sub(measurement::ticks()), 0);
    if exchanged.is_err() || await_in_own_frame!(end(session)).is_err() {
        fail();
    }
}

async fn exchange(session: &mut impl TlsSession, request: &[u8], response: u64) -> Result<(), SessionError> {
    session.write_all(request).await?;
    session.flush().await?;
    let mut buffer = [0; 64];
    let mut missing = response;
    while missing > 0 {
        let count = session.read(&mut buffer).await?;
        if count == 0 {
            fail();
        }
        missing -= count as u64;
        black_box(&buffer);
    }
    Ok(())
}

/// The server closes the connection, and so does the client.
async fn end(session: &mut impl TlsSession) -> Result<(), SessionError> {
    if session.read(&mut [0; 1]).await? > 0 {
        fail();
    }
    session.close().await
}

/// Ends the emulation with an error.
fn fail() -> ! {
    semihosting::process::abort()
}
