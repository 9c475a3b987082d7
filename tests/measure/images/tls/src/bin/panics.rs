//! All public functions of the package, called with values that the compiler cannot know. The linker keeps the source location of every
//! place that can panic: `cargo xtask no-panic` lists them.
#![no_std]
#![no_main]

use core::fmt::{Debug, Display, Write as _};
use core::future::Future;
use core::hint::black_box;
use core::panic::PanicInfo;
use core::pin::{Pin, pin};
use core::task::{Context, Poll, Waker};

use embedded_io_async::{ErrorKind, ErrorType, Read, Write};
use genesys_token_tls::embedded::{EmbeddedTls, Session, Workspace};
use genesys_token_tls::tls13::{self, CipherSuite, NamedGroup, Tls13};
use genesys_token_tls::{
    ChainError, ConnectError, Expected, NameError, RecordFault, SessionError, TlsEngine, TlsSession,
    algorithms, anchors, verify_chain,
};
use tls_peer::recording::FixedRng;

static mut WORKSPACE: Workspace = Workspace::new();
static mut TLS13_WORKSPACE: tls13::Workspace = tls13::Workspace::new();

/// Uses the location, so that the linker keeps the locations of all panics.
#[panic_handler]
fn panic(info: &PanicInfo<'_>) -> ! {
    black_box(info.location());
    semihosting::process::abort()
}

#[cortex_m_rt::entry]
fn main() -> ! {
    let name = black_box("device.test");
    if let Ok(expected) = Expected::new(name, black_box(&anchors::SERVICE)) {
        let expected = expected.not_before(black_box(7)).at(black_box(7));
        debug(&expected);
        let chain = verify_chain(black_box(&[]), black_box(&[]), &expected);
        black_box(chain.is_ok());
        let workspace = &raw mut WORKSPACE;
        // SAFETY: this is the only use.
        let workspace = unsafe { &mut *workspace };
        debug(workspace);
        run(pin!(converse(workspace, &expected)));
        let workspace = &raw mut TLS13_WORKSPACE;
        // SAFETY: this is the only use.
        let workspace = unsafe { &mut *workspace };
        debug(workspace);
        run(pin!(converse_tls13(workspace, &expected)));
    }
    for suite in black_box(CipherSuite::ALL) {
        debug(suite);
        black_box((suite.number(), suite.key_length()));
    }
    for group in black_box(NamedGroup::ALL) {
        debug(group);
        black_box(group.number());
    }
    for algorithm in black_box(algorithms::ALL) {
        debug(algorithm);
        let verified = algorithm.verify_signature(black_box(&[]), black_box(&[]), black_box(&[]));
        black_box((verified.is_ok(), algorithm.public_key_alg_id(), algorithm.signature_alg_id()));
    }
    display(&black_box(NameError));
    display(&black_box(ChainError::NoClock));
    display(&black_box(ConnectError::Alert));
    display(&black_box(SessionError::Ended));
    display(&black_box(RecordFault::NotTls));
    black_box((
        ConnectError::from(black_box(ChainError::NoClock)),
        ConnectError::from(black_box(RecordFault::NotTls)),
    ));
    black_box(embedded_io_async::Error::kind(&black_box(SessionError::Ended)));
    semihosting::process::exit(0)
}

async fn converse(workspace: &mut Workspace, expected: &Expected<'_>) {
    let mut engine = <EmbeddedTls<FixedRng>>::new(FixedRng::default());
    debug(&engine);
    let mut place: Option<Session<'_, Transport>> = None;
    let connected = engine.connect_in(&mut place, Transport, workspace, expected).await;
    black_box(connected.is_ok());
    let Some(session) = &mut place else { return };
    debug(session);
    black_box(session.write(black_box(&[])).await.is_ok());
    black_box(session.flush().await.is_ok());
    black_box(session.read(black_box(&mut [0; 64])).await.is_ok());
    black_box(session.close().await.is_ok());
}

async fn converse_tls13(workspace: &mut tls13::Workspace, expected: &Expected<'_>) {
    let mut engine = <Tls13<FixedRng>>::new(FixedRng::default())
        .with_suites(black_box(CipherSuite::ALL))
        .with_first_group(black_box(NamedGroup::P256))
        .with_budget(black_box(7));
    if black_box(true) {
        engine = engine.without_middlebox_compatibility();
    }
    debug(&engine);
    let mut place: Option<tls13::Session<'_, Transport>> = None;
    let connected = engine.connect_in(&mut place, Transport, workspace, expected).await;
    black_box(connected.is_ok());
    if let Some(session) = &mut place {
        debug(session);
        debug(&session.parameters());
        black_box(session.write(black_box(&[])).await.is_ok());
        black_box(session.flush().await.is_ok());
        black_box(session.read(black_box(&mut [0; 64])).await.is_ok());
        black_box(session.update_keys(black_box(true)).await.is_ok());
        black_box(session.close().await.is_ok());
    }
    drop(place);
    workspace.forget_ticket();
    zeroize::Zeroize::zeroize(workspace);
}

/// A transport with unknown bytes, in unknown number, ready or not.
struct Transport;

impl ErrorType for Transport {
    type Error = ErrorKind;
}

impl Read for Transport {
    async fn read(&mut self, buf: &mut [u8]) -> Result<usize, ErrorKind> {
        wait().await;
        black_box(&mut *buf);
        // At most what the trait guarantees.
        black_box(Ok(buf.len())).map(|count: usize| count.min(buf.len()))
    }
}

impl Write for Transport {
    async fn write(&mut self, buf: &[u8]) -> Result<usize, ErrorKind> {
        wait().await;
        black_box(Ok(buf.len())).map(|count: usize| count.min(buf.len()))
    }

    async fn flush(&mut self) -> Result<(), ErrorKind> {
        wait().await;
        black_box(Ok(()))
    }
}

async fn wait() {
    core::future::poll_fn(|_| if black_box(true) { Poll::Ready(()) } else { Poll::Pending }).await;
}

#[inline(never)]
fn run<F: Future>(mut future: Pin<&mut F>) {
    while future.as_mut().poll(&mut Context::from_waker(Waker::noop())).is_pending() {}
}

fn display(value: &(impl Debug + Display)) {
    debug(value);
    black_box(write!(Sink, "{value}").is_ok());
}

fn debug(value: &(impl Debug + ?Sized)) {
    black_box(write!(Sink, "{value:?}").is_ok());
}

struct Sink;

impl core::fmt::Write for Sink {
    fn write_str(&mut self, text: &str) -> core::fmt::Result {
        black_box(text);
        Ok(())
    }
}
