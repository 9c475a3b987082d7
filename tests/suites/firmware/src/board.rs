//! The emulator with the image in it.

use std::fmt::{Display, Write as _};
use std::io::{Read as _, Write as _};
use std::net::{TcpListener, TcpStream};
use std::process::{Child, Command, Stdio};
use std::sync::{Arc, Condvar, Mutex, PoisonError};
use std::thread::JoinHandle;
use std::time::{Duration, Instant, SystemTime, UNIX_EPOCH};

use genesys_token_sandbox::{DEMO_CLIENT_ID, DEMO_CLIENT_SECRET, Sandbox};
use tempfile::TempDir;

use crate::log::Log;
use crate::network::{API_NAME, LOGIN_NAME};
use crate::{Image, Line, Network};

/// How long a board may take before it is ended by force, when a test does not say.
const PATIENCE: Duration = Duration::from_secs(30);

/// Arguments for the emulator, by which every instruction takes 32 ns of the board's time.
pub const COUNTING: &[&str] = &["-icount", "shift=5,align=off,sleep=on"];

/// The settings of a board to be: a text of `name = value` lines.
#[derive(Clone, Debug, Default)]
pub struct Settings {
    values: Vec<(String, String)>,
    wish: Option<Wish>,
}

/// What an emulated board does besides.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub enum Wish {
    /// It leaves out the time in which it has nothing to do, as far as its [`Network`] lets it: [`Network::hurry`].
    Hurry,
    /// It stamps the lines of its log with the instructions that it has executed, in millions, instead of seconds. Wants
    /// [`COUNTING`].
    Count,
    /// It panics at once.
    Panic,
    /// It exhausts its stack at once.
    Overflow,
}

impl Settings {
    /// Those by which a board on a [`Network`] reaches `sandbox` as its demo client, with the right time, and makes one call.
    #[must_use]
    pub fn of(sandbox: &Sandbox) -> Self {
        Self::trusting(&sandbox.root_der(), DEMO_CLIENT_ID, DEMO_CLIENT_SECRET)
            .with("every", 1)
            .with("calls", 1)
            .with("failures", 1)
    }

    /// Those by which a board on a [`Network`] reaches hosts that this certificate vouches for, with the right time.
    #[must_use]
    pub fn trusting(root_der: &[u8], client_id: &str, client_secret: &str) -> Self {
        // An image believes no time before its own build.
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

    /// The same with another value, or one more.
    #[must_use]
    pub fn with(self, name: &str, value: impl Display) -> Self {
        let mut settings = self.without(name);
        settings.values.push((name.to_owned(), value.to_string()));
        settings
    }

    /// The same without this value.
    #[must_use]
    pub fn without(mut self, name: &str) -> Self {
        self.values.retain(|(present, _)| present != name);
        self
    }

    /// The same on a board that does this besides.
    #[must_use]
    pub fn wishing(self, wish: Wish) -> Self {
        Self { wish: Some(wish), ..self }
    }

    /// The text.
    #[must_use]
    pub fn text(&self) -> String {
        self.values.iter().fold(String::new(), |mut text, (name, value)| {
            let _ = writeln!(text, "{name} = {value}");
            text
        })
    }
}

/// A board that runs. Dropping it cuts its power.
///
/// Four run at a time, however many tests do; whoever starts another one waits for its place, and must not hold one meanwhile.
pub struct Board {
    emulator: Child,
    monitor: TcpStream,
    console: TcpStream,
    log: Arc<Log>,
    reader: Option<JoinHandle<()>>,
    errors: Option<JoinHandle<String>>,
    /// Commands that were said.
    commands: usize,
    _folder: TempDir,
    started: Instant,
    _place: Place,
}

/// Boards at a time. Each is a process that computes for the greater part of a second to log in.
pub const AT_ONCE: usize = 4;

static RUNNING: (Mutex<usize>, Condvar) = (Mutex::new(0), Condvar::new());

/// A place for a board.
struct Place(());

impl Place {
    fn take() -> Self {
        let (running, left) = &RUNNING;
        let running = running.lock().unwrap_or_else(PoisonError::into_inner);
        let mut running =
            left.wait_while(running, |it| *it >= AT_ONCE).unwrap_or_else(PoisonError::into_inner);
        *running += 1;
        Self(())
    }
}

impl Drop for Place {
    fn drop(&mut self) {
        let (running, left) = &RUNNING;
        *running.lock().unwrap_or_else(PoisonError::into_inner) -= 1;
        left.notify_one();
    }
}

/// How answers of the console begin.
const ANSWER: &str = "answer: ";

/// How a board ended.
#[derive(Debug)]
pub struct Ended {
    /// Its exit code: 0 done, 1 failed, 101 panic, 102 fault. Nothing when it was ended by force.
    pub code: Option<i32>,
    /// Its log.
    pub lines: Vec<Line>,
    /// What the emulator said on standard error.
    pub errors: String,
}

impl Board {
    /// Puts the image into the emulator, the settings beside it and the cable into `network`, and switches on.
    ///
    /// # Panics
    ///
    /// When the image cannot be built or the emulator cannot be started.
    #[must_use]
    pub fn start(network: &Network, settings: &Settings) -> Self {
        Self::start_with(network, settings, &[], |_| {})
    }

    /// [`Board::start`] with more arguments for the emulator, and a listener for the log.
    ///
    /// # Panics
    ///
    /// As [`Board::start`].
    #[must_use]
    pub fn start_with(
        network: &Network,
        settings: &Settings,
        arguments: &[&str],
        listener: impl Fn(&Line) + Send + 'static,
    ) -> Self {
        Self::start_image(Image::emulated(), network, settings, arguments, listener)
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
        arguments: &[&str],
        listener: impl Fn(&Line) + Send + 'static,
    ) -> Self {
        let place = Place::take();
        let folder = tempfile::tempdir().expect("a folder for temporary files");
        std::fs::write(folder.path().join("settings"), settings.text()).expect("the settings can be written");
        if let Some(wish) = settings.wish {
            let wish = format!("{wish:?}").to_lowercase();
            std::fs::write(folder.path().join("wish"), wish).expect("the wish can be written");
        }
        let (monitor, monitor_at) = socket();
        let (console, console_at) = socket();
        let mut command = Command::new("qemu-system-arm");
        command
            .args(["-M", "mps2-an386", "-nographic"])
            .args(["-monitor", &monitor_at, "-serial", &console_at])
            .args(["-serial", &format!("tcp:{},nodelay=on", network.line())])
            .args(["-nic", &format!("socket,id=cable,model=lan9118,connect={}", network.address())])
            .args(["-semihosting-config", "enable=on,target=native"])
            .args(arguments)
            .arg("-kernel")
            .arg(&image.path)
            .current_dir(folder.path())
            .stdin(Stdio::null())
            .stdout(Stdio::piped())
            .stderr(Stdio::piped());
        let started = Instant::now();
        let mut emulator =
            command.spawn().expect("qemu-system-arm can be started; `cargo xtask provision` installs it");
        let said = emulator.stdout.take().expect("piped");
        let mut errors = emulator.stderr.take().expect("piped");
        let log = Arc::new(Log::default());
        let kept = Arc::clone(&log);
        let reader = std::thread::spawn(move || kept.listen(said, image.table(), &listener));
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
            _folder: folder,
            started,
            _place: place,
        }
    }

    /// Says a command to the board's console, and gives what it answers.
    ///
    /// # Panics
    ///
    /// With the log, when no answer comes in 30 seconds.
    pub fn command(&mut self, command: &str) -> String {
        self.commands += 1;
        writeln!(self.console, "{command}").expect("the emulator listens");
        self.wait_for_times(ANSWER, self.commands);
        let answers = self.lines().into_iter().filter(|line| line.text.starts_with(ANSWER));
        let answer = answers.map(|line| line.text[ANSWER.len()..].to_owned()).nth(self.commands - 1);
        answer.unwrap_or_default()
    }

    /// Pulls the cable out, or puts it back.
    ///
    /// # Panics
    ///
    /// When the emulator is gone.
    pub fn cable(&mut self, there: bool) {
        let state = if there { "on" } else { "off" };
        writeln!(self.monitor, "set_link cable {state}").expect("the emulator listens");
    }

    /// Waits until a line of the log contains `text`.
    ///
    /// # Panics
    ///
    /// With the log, when none has come after 30 seconds or before the board's end.
    pub fn wait_for(&self, text: &str) {
        self.wait_for_times(text, 1);
    }

    /// Waits until so many lines of the log contain `text`.
    ///
    /// # Panics
    ///
    /// As [`Board::wait_for`].
    pub fn wait_for_times(&self, text: &str, count: usize) {
        assert!(
            self.log.wait_for(text, count, PATIENCE),
            "the board did not say {text:?} {count} times:\n{}",
            shown(&self.log.lines())
        );
    }

    /// The log so far.
    #[must_use]
    pub fn lines(&self) -> Vec<Line> {
        self.log.lines()
    }

    /// Waits for the end, which comes by force after 30 seconds.
    #[must_use]
    pub fn wait(self) -> Ended {
        self.wait_at_most(PATIENCE)
    }

    /// Waits for the end, which comes by force after `patience`.
    #[must_use]
    pub fn wait_at_most(mut self, patience: Duration) -> Ended {
        let end = Instant::now() + patience;
        let code = loop {
            match self.emulator.try_wait() {
                Ok(Some(status)) => break status.code(),
                Ok(None) if Instant::now() < end => std::thread::sleep(Duration::from_millis(2)),
                Ok(None) | Err(_) => break None,
            }
        };
        self.ended(code)
    }

    /// Cuts the power.
    #[must_use]
    pub fn cut_power(self) -> Ended {
        self.ended(None)
    }

    fn ended(mut self, code: Option<i32>) -> Ended {
        self.stop();
        if let Some(reader) = self.reader.take() {
            let _ = reader.join();
        }
        let errors = self.errors.take().and_then(|errors| errors.join().ok()).unwrap_or_default();
        Ended { code, lines: self.log.lines(), errors }
    }

    fn stop(&mut self) {
        let _ = self.emulator.kill();
        let _ = self.emulator.wait();
    }
}

impl Drop for Board {
    fn drop(&mut self) {
        self.stop();
        // Past the capture of tests' output: how long each took is for whoever looks on, and no test's to judge.
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

impl Ended {
    /// Checks the exit code.
    ///
    /// # Panics
    ///
    /// With the log, when it is another.
    pub fn expect(&self, code: i32) {
        assert_eq!(self.code, Some(code), "{}", self.told());
    }

    /// Checks that a line of the log contains `text`.
    ///
    /// # Panics
    ///
    /// With the log, when none does.
    pub fn expect_line(&self, text: &str) {
        assert!(self.said(text), "nothing was said of {text:?}\n{}", self.told());
    }

    /// Whether a line of the log contains `text`.
    #[must_use]
    pub fn said(&self, text: &str) -> bool {
        self.lines.iter().any(|line| line.text.contains(text))
    }

    /// All that was said.
    #[must_use]
    pub fn told(&self) -> String {
        format!("{}{}", shown(&self.lines), self.errors)
    }
}

/// A socket to listen at, and what the emulator is told of it.
fn socket() -> (TcpListener, String) {
    let listener = TcpListener::bind("127.0.0.1:0").expect("a free port");
    let address = listener.local_addr().expect("a bound socket");
    (listener, format!("tcp:{address}"))
}

/// The emulator's connection, unless it ends before.
fn connection(monitor: &TcpListener, emulator: &mut Child) -> TcpStream {
    monitor.set_nonblocking(true).expect("a socket can be made so");
    loop {
        match monitor.accept() {
            Ok((connection, _)) => return connection,
            Err(_) => std::thread::sleep(Duration::from_millis(1)),
        }
        if let Some(status) = emulator.try_wait().expect("a child can be asked") {
            // It may have connected and ended since the last look: a board that panics at once does.
            let Ok((connection, _)) = monitor.accept() else { panic!("the emulator cannot run: {status}") };
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
