//! The project's list of scenarios, each on its own board.

use std::io::{Write as _, stderr};
use std::sync::Mutex;
use std::sync::atomic::{AtomicUsize, Ordering};
use std::time::{Duration, Instant};

use firmware::{Board, MAX_RUNNING, Machine, Network, Settings, TestMode};
use genesys_token_sandbox::Sandbox;
use genesys_token_sandbox::scenarios::{Client, Deadline, Observed, Results, Scenario, Transport, list, run};

#[test]
fn every_scenario_has_its_expected_outcome() {
    let scenarios = list();
    let next = AtomicUsize::new(0);
    let results = Mutex::new(Results::new(Emulated.name()));
    std::thread::scope(|scope| {
        for _ in 0..MAX_RUNNING {
            scope.spawn(|| {
                let runtime = tokio::runtime::Builder::new_current_thread().enable_all().build().unwrap();
                while let Some(scenario) = scenarios.get(next.fetch_add(1, Ordering::Relaxed)) {
                    let start = Instant::now();
                    let sandbox = Sandbox::builder().start_blocking().unwrap();
                    let result = runtime.block_on(run(&Emulated, scenario, &sandbox));
                    // Bypasses the capture of tests' output.
                    let _ = writeln!(stderr(), "scenario {:?}: {:.2?}", scenario.name, start.elapsed());
                    results.lock().unwrap().add(result);
                }
            });
        }
    });
    println!("{}", results.into_inner().unwrap().finish().unwrap_or_else(|failures| panic!("{failures}")));
}

/// Steps of 5 ms in which a board gets the chance to skip a second. It needs one or two on a machine with nothing else to do.
const REST_STEPS: usize = 20;

struct Emulated;

impl Transport for Emulated {
    type Client<'s> = OnBoard;

    fn name(&self) -> &'static str {
        Machine::of_this_run().description()
    }

    fn not_applicable(&self, scenario: &Scenario) -> Option<&'static str> {
        let too_large = ["an oversized refusal keeps its status", "an oversized success"];
        too_large
            .contains(&scenario.name)
            .then_some("its TLS record is larger than this board's receive buffer")
    }

    async fn client(&self, scenario: &Scenario, sandbox: &Sandbox) -> OnBoard {
        let network = Network::to(sandbox).unwrap();
        let timeout = match scenario.deadline {
            Deadline::Expires => 5,
            _ => 20,
        };
        let settings =
            Settings::of(sandbox).with("calls", 0).with("timeout", timeout).mode(TestMode::SkipIdle);
        OnBoard { board: None, settings, network }
    }
}

/// A board controlled through its console. It skips idle time only while a scenario rests, a second each time.
///
/// It is started by the first command: a board requests a token as soon as it runs, and the scenario's faults have to be in place before.
struct OnBoard {
    board: Option<Board>,
    settings: Settings,
    network: Network,
}

impl Client for OnBoard {
    async fn request_token(&mut self) -> Observed {
        self.say("token")
    }

    async fn call(&mut self) -> Observed {
        self.say("call")
    }

    async fn replace_secret(&mut self, secret: &str) {
        assert_eq!(self.board().command(&format!("secret {secret}")), "ok");
    }

    async fn wait(&mut self) {
        self.network.allow_skip(Duration::from_secs(1));
        // Until the second was skipped. A board that waits for a host cannot skip: then time passes as it is.
        for _ in 0..REST_STEPS {
            tokio::time::sleep(Duration::from_millis(5)).await;
            if self.network.may_skip().is_zero() {
                break;
            }
        }
        self.network.allow_skip(Duration::ZERO);
    }
}

impl OnBoard {
    fn board(&mut self) -> &mut Board {
        self.board.get_or_insert_with(|| Board::start(&self.network, &self.settings))
    }

    /// The message for people is the whole log.
    fn say(&mut self, command: &str) -> Observed {
        let board = self.board();
        let outcome = board.command(command);
        let lines: Vec<_> = board.lines().iter().map(ToString::to_string).collect();
        let message = lines.join("\n");
        Observed { outcome, message }
    }
}
