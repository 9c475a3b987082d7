//! An emulated board: the emulator process and the image that runs in it.

use std::fmt::{Display, Write as _};
use std::io::{Read as _, Write as _};
use std::net::{SocketAddr, TcpListener, TcpStream};
use std::process::{Child, Stdio};
use std::sync::{Arc, Condvar, Mutex, PoisonError};
use std::thread::JoinHandle;
use std::time::{Duration, Instant, SystemTime, UNIX_EPOCH};

use genesys_token_provision::{Image as RegionImage, Region};
use genesys_token_sandbox::{DEMO_CLIENT_ID, DEMO_CLIENT_SECRET, Sandbox};
use tempfile::TempDir;

use crate::log::Log;
use crate::network::{API_NAME, LOGIN_NAME};
use crate::{Image, Line, Machine, Network};

/// Limit after which a board that hangs is stopped by force. Far longer than any board takes, on a loaded machine too.
const HANG_LIMIT: Duration = Duration::from_mins(10);

/// Arguments for the emulator, by which every instruction takes 8 ns of the board's time. So the board's deadlines do not expire because the
/// emulator waits for a processor of a loaded machine.
const TIME_BY_INSTRUCTIONS: &[&str] = &["-icount", "shift=3,align=off,sleep=on"];
/// The same with 32 ns, for [`TestMode::CountInstructions`].
const COUNT_INSTRUCTIONS: &[&str] = &["-icount", "shift=5,align=off,sleep=on"];

/// The settings of a board: a text of `name = value` lines.
#[derive(Clone, Debug, Default)]
pub struct Settings {
    values: Vec<(String, String)>,
    mode: Option<TestMode>,
    region: Option<Vec<u8>>,
}

/// Behaviour that a test requests of an emulated board.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub enum TestMode {
    /// Skips idle time as far as its [`Network`] allows: [`Network::allow_skip`].
    SkipIdle,
    /// Stamps the lines of the log with the instructions executed, in millions, instead of seconds.
    CountInstructions,
    /// Panics at the start.
    Panic,
    /// Overflows the stack at the start.
    StackOverflow,
    /// Has no network controller.
    NoController,
    /// Never completes the start of its network. Its watchdog has a short timeout.
    HangingStart,
}

impl TestMode {
    /// Returns the content of the file `test-mode`, as `firmware/emulated/src/host.rs` reads it.
    fn file(self) -> &'static str {
        match self {
            Self::SkipIdle => "s",
            Self::CountInstructions => "i",
            Self::Panic => "p",
            Self::StackOverflow => "o",
            Self::NoController => "n",
            Self::HangingStart => "h",
        }
    }
}

impl Settings {
    /// Settings with which a board on a [`Network`] uses `sandbox` as its demo client, with the right time, and makes one call.
    #[must_use]
    pub fn of(sandbox: &Sandbox) -> Self {
        Self::trusting(&sandbox.root_der(), DEMO_CLIENT_ID, DEMO_CLIENT_SECRET)
            .with("every", 1)
            .with("calls", 1)
            .with("failures", 1)
    }

    /// Settings with which a board on a [`Network`] trusts hosts whose certificate this root has issued, with the right time.
    #[must_use]
    pub fn trusting(root_der: &[u8], client_id: &str, client_secret: &str) -> Self {
        // An image rejects a time before its own build, so it is built first.
        let _ = Image::emulated();
        let now = SystemTime::now().duration_since(UNIX_EPOCH).unwrap_or_default().as_secs();
        let root = root_der.iter().fold(String::new(), |mut text, byte| {
            let _ = write!(text, "{byte:02x}");
            text
        });
        Self::default()
            .with("login-host", LOGIN_NAME)
            .with("api-host", API_NAME)
            .with("client-id", client_id)
            .with("client-secret", client_secret)
            .with("trust-anchor", root)
            .with("time", now)
            .with("path", "/api/v2/organizations/me")
    }

    /// Returns the settings with this value added or replaced.
    #[must_use]
    pub fn with(self, name: &str, value: impl Display) -> Self {
        let mut settings = self.without(name);
        settings.values.push((name.to_owned(), value.to_string()));
        settings
    }

    /// Returns the settings without this value.
    #[must_use]
    pub fn without(mut self, name: &str) -> Self {
        self.values.retain(|(present, _)| present != name);
        self
    }

    /// Returns the settings for a board with this test mode.
    #[must_use]
    pub fn mode(self, mode: TestMode) -> Self {
        Self { mode: Some(mode), ..self }
    }

    /// Returns the settings for a board whose flash region has this content instead of them.
    #[must_use]
    pub fn with_region(self, region: Vec<u8>) -> Self {
        Self { region: Some(region), ..self }
    }

    /// Returns the content of the flash region after the settings were written over `before`, or over erased flash.
    ///
    /// # Panics
    ///
    /// If `before` does not have the size of the region, or a slot cannot hold the settings.
    #[must_use]
    pub fn region(&self, before: Option<Vec<u8>>) -> Vec<u8> {
        let mut region = before.unwrap_or_else(|| vec![0xff; 2 * 4096]);
        let mut flash = RegionImage::new(&mut region);
        Region::new(0, 4096).write(&mut flash, self.text().as_bytes()).expect("the settings fit");
        region
    }

    /// Returns the text of the settings.
    #[must_use]
    pub fn text(&self) -> String {
        self.values.iter().fold(String::new(), |mut text, (name, value)| {
            let _ = writeln!(text, "{name} = {value}");
            text
        })
    }
}

/// A running board. Dropping it cuts its power.
///
/// At most [`MAX_RUNNING`] run at a time; starting another one blocks until one has stopped, so a test that waits must not hold one.
pub struct Board {
    emulator: Child,
    monitor: TcpStream,
    console: TcpStream,
    log: Arc<Log>,
    reader: Option<JoinHandle<()>>,
    errors: Option<JoinHandle<String>>,
    /// Number of console commands sent.
    commands: usize,
    folder: TempDir,
    started: Instant,
    _permit: Permit,
}

/// The maximum number of boards that run at a time. Each is a process that computes for most of a second to obtain a token.
pub const MAX_RUNNING: usize = 4;

static RUNNING: (Mutex<usize>, Condvar) = (Mutex::new(0), Condvar::new());

/// Permission to run one board.
struct Permit(());

impl Permit {
    fn acquire() -> Self {
        let (running, left) = &RUNNING;
        let running = running.lock().unwrap_or_else(PoisonError::into_inner);
        let mut running =
            left.wait_while(running, |it| *it >= MAX_RUNNING).unwrap_or_else(PoisonError::into_inner);
        *running += 1;
        Self(())
    }
}

impl Drop for Permit {
    fn drop(&mut self) {
        let (running, left) = &RUNNING;
        *running.lock().unwrap_or_else(PoisonError::into_inner) -= 1;
        left.notify_one();
    }
}

/// Prefix of the console's answers.
const ANSWER: &str = "answer: ";

/// The exit code and output of a board.
#[derive(Debug)]
pub struct BoardExit {
    /// The exit code: 0 done, 1 failed, 101 panic, 102 fault. `None` when it was stopped by force.
    pub code: Option<i32>,
    /// The log.
    pub lines: Vec<Line>,
    /// The emulator's standard error.
    pub errors: String,
}

impl Board {
    /// Starts the emulator with the image and the settings, connected to `network`.
    ///
    /// # Panics
    ///
    /// When the image cannot be built or the emulator cannot be started.
    #[must_use]
    pub fn start(network: &Network, settings: &Settings) -> Self {
        Self::start_with(network, settings, |_| {})
    }

    /// [`Board::start`] with a listener for the log.
    ///
    /// # Panics
    ///
    /// As [`Board::start`].
    #[must_use]
    pub fn start_with(
        network: &Network,
        settings: &Settings,
        listener: impl Fn(&Line) + Send + 'static,
    ) -> Self {
        Self::start_image(Image::emulated(), network, settings, listener)
    }

    /// [`Board::start_with`] for another image.
    ///
    /// # Panics
    ///
    /// As [`Board::start`].
    #[must_use]
    pub fn start_image(
        image: &'static Image,
        network: &Network,
        settings: &Settings,
        listener: impl Fn(&Line) + Send + 'static,
    ) -> Self {
        let permit = Permit::acquire();
        let folder = tempfile::tempdir().expect("a folder for temporary files");
        let region = settings.region.clone().unwrap_or_else(|| settings.region(None));
        std::fs::write(folder.path().join("settings"), region).expect("the settings can be written");
        if let Some(mode) = settings.mode {
            std::fs::write(folder.path().join("test-mode"), mode.file())
                .expect("the test mode can be written");
        }
        let time = match settings.mode {
            Some(TestMode::CountInstructions) => COUNT_INSTRUCTIONS,
            _ => TIME_BY_INSTRUCTIONS,
        };
        let (monitor, monitor_at) = socket();
        let (console, console_at) = socket();
        let machine = Machine::of_this_run();
        let mut command = machine.command(console_at, network.line(), network.address());
        command
            .args(["-nographic", "-monitor", &format!("tcp:{monitor_at}")])
            .args(["-semihosting-config", "enable=on,target=native"])
            .args(time)
            .arg("-kernel")
            .arg(&image.path)
            .current_dir(folder.path())
            .stdin(Stdio::null())
            .stdout(Stdio::piped())
            .stderr(Stdio::piped());
        let started = Instant::now();
        let mut emulator = command.spawn().unwrap_or_else(|error| {
            panic!("{} cannot be started; `cargo xtask provision` installs it: {error}", machine.emulator())
        });
        let output = emulator.stdout.take().expect("piped");
        let mut errors = emulator.stderr.take().expect("piped");
        let log = Arc::new(Log::default());
        let kept = Arc::clone(&log);
        let reader = std::thread::spawn(move || kept.listen(output, image.table(), &listener));
        let errors = std::thread::spawn(move || {
            let mut text = String::new();
            let _ = errors.read_to_string(&mut text);
            text
        });
        let monitor = connection(&monitor, &mut emulator);
        let console = connection(&console, &mut emulator);
        Self {
            emulator,
            monitor,
            console,
            log,
            reader: Some(reader),
            errors: Some(errors),
            commands: 0,
            folder,
            started,
            _permit: permit,
        }
    }

    /// Sends a command to the board's console and returns its answer.
    ///
    /// # Panics
    ///
    /// With the log, when no answer arrives before the board exits or hangs.
    pub fn command(&mut self, command: &str) -> String {
        self.send(command);
        self.answer()
    }

    fn send(&mut self, command: &str) {
        self.commands += 1;
        if let Err(error) = writeln!(self.console, "{command}") {
            self.stop();
            let errors = self.errors.take().and_then(|errors| errors.join().ok()).unwrap_or_default();
            panic!("the emulator has exited: {error}\n{}{errors}", shown(&self.lines()));
        }
    }

    /// Waits for the answer to the last command.
    fn answer(&self) -> String {
        self.wait_for_times(ANSWER, self.commands);
        let answers = self.lines().into_iter().filter(|line| line.text.starts_with(ANSWER));
        let answer = answers.map(|line| line.text[ANSWER.len()..].to_owned()).nth(self.commands - 1);
        answer.unwrap_or_default()
    }

    /// As [`Board::command`], with `action` between the command and its answer.
    ///
    /// # Panics
    ///
    /// As [`Board::command`].
    pub fn command_during(&mut self, command: &str, action: impl FnOnce(&mut Self)) -> String {
        self.send(command);
        action(self);
        self.answer()
    }

    /// Ends the test mode of the board: after its next reset it runs as on a device.
    ///
    /// # Panics
    ///
    /// When the file cannot be removed.
    pub fn end_test_mode(&self) {
        std::fs::remove_file(self.folder.path().join("test-mode")).expect("it has a test mode");
    }

    /// Connects or disconnects the cable.
    ///
    /// # Panics
    ///
    /// When the emulator has exited.
    pub fn cable(&mut self, connected: bool) {
        let state = if connected { "on" } else { "off" };
        writeln!(self.monitor, "set_link cable {state}").expect("the emulator listens");
    }

    /// Waits until a line of the log contains `text`.
    ///
    /// # Panics
    ///
    /// With the log, when no such line arrives before the board exits or hangs.
    pub fn wait_for(&self, text: &str) {
        self.wait_for_times(text, 1);
    }

    /// Waits until `count` lines of the log contain `text`.
    ///
    /// # Panics
    ///
    /// As [`Board::wait_for`].
    pub fn wait_for_times(&self, text: &str, count: usize) {
        assert!(
            self.log.wait_for(text, count, HANG_LIMIT),
            "the board did not log {text:?} {count} times:\n{}",
            shown(&self.log.lines())
        );
    }

    /// Returns the log so far.
    #[must_use]
    pub fn lines(&self) -> Vec<Line> {
        self.log.lines()
    }

    /// Waits until the board exits. A board that hangs is stopped by force.
    #[must_use]
    pub fn wait(self) -> BoardExit {
        self.wait_at_most(HANG_LIMIT)
    }

    /// Waits until the board exits, and stops it by force after `limit`.
    #[must_use]
    pub fn wait_at_most(mut self, limit: Duration) -> BoardExit {
        let end = Instant::now() + limit;
        let code = loop {
            match self.emulator.try_wait() {
                Ok(Some(status)) => break status.code(),
                Ok(None) if Instant::now() < end => std::thread::sleep(Duration::from_millis(2)),
                Ok(None) | Err(_) => break None,
            }
        };
        self.stopped(code)
    }

    /// Cuts the power.
    #[must_use]
    pub fn cut_power(self) -> BoardExit {
        self.stopped(None)
    }

    fn stopped(mut self, code: Option<i32>) -> BoardExit {
        self.stop();
        if let Some(reader) = self.reader.take() {
            let _ = reader.join();
        }
        let errors = self.errors.take().and_then(|errors| errors.join().ok()).unwrap_or_default();
        BoardExit { code, lines: self.log.lines(), errors }
    }

    fn stop(&mut self) {
        let _ = self.emulator.kill();
        let _ = self.emulator.wait();
    }
}

impl Drop for Board {
    fn drop(&mut self) {
        self.stop();
        // Bypasses the capture of tests' output. Durations are printed and never asserted.
        if let Some(test) = std::thread::current().name() {
            let _ = writeln!(std::io::stderr(), "{test}: a board ran for {:.2?}", self.started.elapsed());
        }
    }
}

impl core::fmt::Debug for Board {
    fn fmt(&self, f: &mut core::fmt::Formatter<'_>) -> core::fmt::Result {
        f.debug_struct("Board").field("emulator", &self.emulator.id()).finish_non_exhaustive()
    }
}

impl BoardExit {
    /// Checks the exit code.
    ///
    /// # Panics
    ///
    /// With the log, when the exit code differs.
    pub fn expect(&self, code: i32) {
        assert_eq!(self.code, Some(code), "{}", self.output());
    }

    /// Checks that a line of the log contains `text`.
    ///
    /// # Panics
    ///
    /// With the log, when no line does.
    pub fn expect_line(&self, text: &str) {
        assert!(self.logged(text), "no line of the log contains {text:?}\n{}", self.output());
    }

    /// Returns whether a line of the log contains `text`.
    #[must_use]
    pub fn logged(&self, text: &str) -> bool {
        self.lines.iter().any(|line| line.text.contains(text))
    }

    /// Returns the log and the emulator's standard error.
    #[must_use]
    pub fn output(&self) -> String {
        format!("{}{}", shown(&self.lines), self.errors)
    }
}

/// Opens a listening socket; returns it and its address.
fn socket() -> (TcpListener, SocketAddr) {
    let listener = TcpListener::bind("127.0.0.1:0").expect("a free port");
    let address = listener.local_addr().expect("a bound socket");
    (listener, address)
}

/// Accepts the emulator's connection.
fn connection(monitor: &TcpListener, emulator: &mut Child) -> TcpStream {
    monitor.set_nonblocking(true).expect("a socket can be made so");
    loop {
        match monitor.accept() {
            Ok((connection, _)) => return connection,
            Err(_) => std::thread::sleep(Duration::from_millis(1)),
        }
        if let Some(status) = emulator.try_wait().expect("a child can be asked") {
            // It may have connected and exited since the last check, as a board does that panics at the start.
            let Ok((connection, _)) = monitor.accept() else { panic!("the emulator exited: {status}") };
            return connection;
        }
    }
}

fn shown(lines: &[Line]) -> String {
    lines.iter().fold(String::new(), |mut text, line| {
        let _ = writeln!(text, "{line}");
        text
    })
}
