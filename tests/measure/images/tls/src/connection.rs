//! A whole connection, as on a device.

use core::hint::black_box;
use core::pin::pin;

use bare::{input, measurement};
use embedded_io_async::{Read, Write};
use genesys_token_tls::{
    EmbeddedTls, Expected, SessionError, TlsEngine, TlsSession, TrustAnchor, Workspace, await_in_own_frame,
};
use tls_peer::memory::Memory;
use tls_peer::recording::{FixedRng, Recording};

use crate::poll;

/// In static memory, as on a device.
static mut WORKSPACE: Workspace = Workspace::new();

/// Connects, sends the recorded request, reads the whole response, and reports the costs.
pub fn connection() {
    measurement::report("workspace", 0, size_of::<Workspace>() as u32);
    measurement::start();
    let longest = run();
    measurement::finish("connection");
    measurement::report("longest-poll", longest, 0);
}

/// Returns the number of instructions of the longest poll.
#[inline(never)]
fn run() -> u32 {
    let Some(recording) = Recording::read(input::bytes()) else { fail() };
    let workspace = &raw mut WORKSPACE;
    // SAFETY: this is called once.
    let workspace = unsafe { &mut *workspace };
    let anchors = recording.anchors.map(|[subject, key]| TrustAnchor {
        subject: subject.into(),
        subject_public_key_info: key.into(),
        name_constraints: None,
    });
    let Ok(expected) = Expected::new(recording.name, &anchors) else { fail() };
    let expected = expected.at(recording.time);
    let mut sent = 0;
    let socket = Memory::new(recording.server, |bytes| {
        // Other bytes than the recorded ones would not match the recorded responses.
        if recording.client.get(sent..sent + bytes.len()) != Some(bytes) {
            fail();
        }
        sent += bytes.len();
    });
    // In place, and polled in its own stack frame, as by an executor.
    poll::until_ready(pin!(converse(socket, workspace, &expected, recording.request)))
}

#[inline(never)]
async fn converse(
    socket: impl Read + Write,
    workspace: &mut Workspace,
    expected: &Expected<'_>,
    request: &[u8],
) {
    let mut engine = <EmbeddedTls<FixedRng>>::new(FixedRng::default());
    let start = measurement::ticks();
    let mut place = None;
    let connected = await_in_own_frame!(engine.connect_in(&mut place, socket, workspace, expected));
    measurement::report("handshake", start.wrapping_sub(measurement::ticks()), 0);
    let session = match (connected, &mut place) {
        (Ok(()), Some(session)) => session,
        (Err(_), _) if request.is_empty() => return,
        _ => fail(),
    };
    if await_in_own_frame!(exchange(session, request)).is_err() {
        fail();
    }
}

async fn exchange(session: &mut impl TlsSession, request: &[u8]) -> Result<(), SessionError> {
    session.write_all(request).await?;
    session.flush().await?;
    let mut buffer = [0; 64];
    while session.read(&mut buffer).await? > 0 {
        black_box(&buffer);
    }
    session.close().await
}

/// Ends the emulation with an error.
fn fail() -> ! {
    semihosting::process::abort()
}
