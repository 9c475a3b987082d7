//! Everything of the package, called with what the compiler knows nothing of. Where it can panic, the linker keeps the place in a
//! source file that the message would name: `cargo xtask no-panic` lists these.
#![no_std]
#![no_main]

use core::fmt::{Debug, Display, Write as _};
use core::future::Future;
use core::hint::black_box;
use core::panic::PanicInfo;
use core::pin::{Pin, pin};
use core::task::{Context, Poll, Waker};

use embedded_io_async::{ErrorKind, ErrorType, Read, Write};
use genesys_token_tls::{
    ChainError, ConnectError, EmbeddedTls, Expected, NameError, RecordFault, Session, SessionError,
    TlsEngine, TlsSession, Workspace, algorithms, anchors, verify_chain,
};
use tls_peer::recording::Dice;

static mut WORKSPACE: Workspace = Workspace::new();

/// Keeps the places: nothing else does here.
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
        show(&expected);
        let chain = verify_chain(black_box(&[]), black_box(&[]), &expected);
        black_box(chain.is_ok());
        let workspace = &raw mut WORKSPACE;
        // SAFETY: used here alone.
        let workspace = unsafe { &mut *workspace };
        show(workspace);
        run(pin!(converse(workspace, &expected)));
    }
    for algorithm in black_box(algorithms::ALL) {
        show(algorithm);
        let verified = algorithm.verify_signature(black_box(&[]), black_box(&[]), black_box(&[]));
        black_box((verified.is_ok(), algorithm.public_key_alg_id(), algorithm.signature_alg_id()));
    }
    say(&black_box(NameError));
    say(&black_box(ChainError::NoClock));
    say(&black_box(ConnectError::Alert));
    say(&black_box(SessionError::Ended));
    say(&black_box(RecordFault::NotTls));
    black_box((
        ConnectError::from(black_box(ChainError::NoClock)),
        ConnectError::from(black_box(RecordFault::NotTls)),
    ));
    black_box(embedded_io_async::Error::kind(&black_box(SessionError::Ended)));
    semihosting::process::exit(0)
}

async fn converse(workspace: &mut Workspace, expected: &Expected<'_>) {
    let mut engine = <EmbeddedTls<Dice>>::new(Dice::default());
    show(&engine);
    let mut place: Option<Session<'_, Line>> = None;
    let connected = engine.connect_in(&mut place, Line, workspace, expected).await;
    black_box(connected.is_ok());
    let Some(session) = &mut place else { return };
    show(session);
    black_box(session.write(black_box(&[])).await.is_ok());
    black_box(session.flush().await.is_ok());
    black_box(session.read(black_box(&mut [0; 64])).await.is_ok());
    black_box(session.close().await.is_ok());
}

/// Any bytes, in any number, ready or not.
struct Line;

impl ErrorType for Line {
    type Error = ErrorKind;
}

impl Read for Line {
    async fn read(&mut self, buf: &mut [u8]) -> Result<usize, ErrorKind> {
        wait().await;
        black_box(&mut *buf);
        // What the trait promises, and no more.
        black_box(Ok(buf.len())).map(|count: usize| count.min(buf.len()))
    }
}

impl Write for Line {
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

fn say(words: &(impl Debug + Display)) {
    show(words);
    black_box(write!(Sink, "{words}").is_ok());
}

fn show(it: &(impl Debug + ?Sized)) {
    black_box(write!(Sink, "{it:?}").is_ok());
}

struct Sink;

impl core::fmt::Write for Sink {
    fn write_str(&mut self, text: &str) -> core::fmt::Result {
        black_box(text);
        Ok(())
    }
}
