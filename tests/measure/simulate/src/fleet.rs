//! The simulation: devices, one endpoint, one engine of a shared store, one queue of events.

use std::collections::BTreeMap;

use genesys_token_core::time::Duration;

use crate::{
    client::{Client, Replies, Supply, Wish},
    clock::Clock,
    endpoint::{Endpoint, Reply, latency},
    engine::{self, Answer, COMMAND_TIMEOUT, Command, Engine, Issued, Received},
    measures::Measures,
    queue::{Event, Kind, Millis, Queue},
    random::Random,
    scenario::Scenario,
};

struct Device<C> {
    client: C,
    random: Random,
    /// The number of the pending wake-up; earlier ones are ignored.
    wakes_at: Millis,
    /// The time from which the service refuses the device's token; zero before the first token.
    token_ends: Millis,
    token: u32,
    /// The response in flight, and the token in it.
    reply: Reply,
    issued: Issued,
    /// The time that the service's `Retry-After` named.
    not_before: Millis,
    calls_waiting: u32,
    has_called: bool,
    has_new_secret: bool,
}

pub(crate) struct Fleet<'s, 'b, C> {
    scenario: &'s Scenario,
    replies: &'s Replies<'b>,
    devices: Vec<Device<C>>,
    queue: Queue,
    endpoint: Endpoint,
    engine: Engine,
    /// By device: it has one command at a time.
    commands: BTreeMap<u32, Sent>,
    measures: Measures,
    lifetime: Millis,
    /// The number of the last token, and of the last one that was revoked.
    tokens: u32,
    killed: u32,
    killed_at: Millis,
}

/// A command on its way to the engine, or its answer on the way back.
struct Sent {
    at: Millis,
    command: Command,
    /// What a publication stores.
    token: Issued,
    answer: Option<Answer>,
}

/// Runs a scenario from its beginning to its end.
pub(crate) fn run<C: Client>(
    scenario: &Scenario,
    replies: &Replies<'_>,
    client: impl Fn(u32) -> C,
) -> Measures {
    let mut fleet = Fleet::new(scenario, replies, client);
    if let Some(killed_at) = scenario.killed_at {
        fleet.pass_until(killed_at);
        fleet.kill_tokens(killed_at);
    }
    fleet.pass_until(scenario.end);
    fleet.count_tokens();
    fleet.measures
}

impl<'s, 'b, C: Client> Fleet<'s, 'b, C> {
    fn new(scenario: &'s Scenario, replies: &'s Replies<'b>, client: impl Fn(u32) -> C) -> Self {
        let count = scenario.devices;
        let secret_changed_at = scenario.rotation.map_or(Millis::MAX, |rotation| rotation.at);
        let mut fleet = Self {
            scenario,
            replies,
            devices: Vec::with_capacity(usize::try_from(count).unwrap_or(0)),
            queue: Queue::with_capacity(3 * usize::try_from(count).unwrap_or(0)),
            endpoint: Endpoint::new(scenario.limit, scenario.outage, secret_changed_at),
            engine: Engine::new(&scenario.engine_faults),
            commands: BTreeMap::new(),
            measures: Measures::new(count, scenario.measured_from, scenario.end),
            lifetime: replies.lifetime().as_millis(),
            tokens: 0,
            killed: 0,
            killed_at: Millis::MAX,
        };
        for number in 0..count {
            let mut random = Random::of_device(scenario.seed, number);
            let starts_at = random.below(scenario.start_spread);
            fleet.queue.push(Event { at: starts_at, kind: Kind::Wake, device: number });
            if scenario.calls_every.is_some() {
                fleet.queue.push(Event { at: starts_at, kind: Kind::Call, device: number });
            }
            if let Some(rotation) = scenario.rotation {
                let at = rotation.at + random.below(rotation.rollout);
                fleet.queue.push(Event { at, kind: Kind::Credentials, device: number });
            }
            fleet.devices.push(Device {
                client: client(random.word()),
                random,
                wakes_at: starts_at,
                token_ends: 0,
                token: 0,
                reply: Reply::Unavailable,
                issued: Issued { number: 0, ends: 0 },
                not_before: 0,
                calls_waiting: 0,
                has_called: false,
                has_new_secret: false,
            });
        }
        fleet
    }

    fn pass_until(&mut self, end: Millis) {
        while let Some(event) = self.queue.pop_before(end) {
            self.measures.events += 1;
            let Event { at, kind, device } = event;
            match kind {
                Kind::Answer => self.answer(at, device),
                Kind::Credentials => self.bring_credentials(at, device),
                Kind::Wake => self.wake(at, device),
                Kind::Call => self.call(at, device),
                Kind::Command => self.execute(at, device),
                Kind::Result => self.result(at, device),
            }
        }
    }

    /// Makes every token that was granted so far invalid.
    fn kill_tokens(&mut self, now: Millis) {
        for device in &mut self.devices {
            self.measures.holds(now, device.token_ends, 0);
            device.token_ends = device.token_ends.min(now);
            device.issued.ends = device.issued.ends.min(now);
        }
        (self.killed, self.killed_at) = (self.tokens, now);
    }

    fn count_tokens(&mut self) {
        let end = self.scenario.end;
        let held = self.devices.iter().filter(|device| device.token_ends >= end).map(|device| device.token);
        self.measures.held_at_end(held);
    }

    fn wake(&mut self, now: Millis, number: u32) {
        if self.devices[index(number)].wakes_at == now {
            self.step(now, number);
        }
    }

    /// Performs the client's request, and schedules its wake-up.
    fn step(&mut self, now: Millis, number: u32) {
        let clock = self.clock(number);
        let (queue, device) = (&mut self.queue, &mut self.devices[index(number)]);
        let wish = device.client.wish(clock.shows(now));
        match wish {
            Wish::Request | Wish::RequestFromBudget => {
                device.reply = self.endpoint.ask(now, device.has_new_secret);
                if device.reply == Reply::Token {
                    self.tokens += 1;
                    device.issued = Issued { number: self.tokens, ends: now + self.lifetime };
                }
                if matches!(wish, Wish::RequestFromBudget) {
                    self.measures.requested_from_budget(now);
                }
                // A fast clock ends a wait too early; that is not the client's fault.
                let too_early = now < device.not_before && self.scenario.has_good_clocks();
                self.measures.requested(now, device.reply, too_early);
                // A response always arrives, and then the client is polled: no other wake-up is needed.
                device.wakes_at = Millis::MAX;
                let at = now + latency(&mut device.random);
                queue.push(Event { at, kind: Kind::Answer, device: number });
            }
            Wish::Send(command) => {
                let sent = Sent { at: now, command, token: device.issued, answer: None };
                self.commands.insert(number, sent);
                self.measures.commanded(now);
                device.wakes_at = Millis::MAX;
                let at = now + engine::latency(&mut device.random);
                queue.push(Event { at, kind: Kind::Command, device: number });
            }
            Wish::Sleep(until) => {
                let wakes_at = clock.wakes(now, until).max(now + 1);
                if wakes_at != device.wakes_at {
                    device.wakes_at = wakes_at;
                    if wakes_at < self.scenario.end {
                        queue.push(Event { at: wakes_at, kind: Kind::Wake, device: number });
                    }
                }
            }
        }
    }

    fn answer(&mut self, now: Millis, number: u32) {
        let clock = self.clock(number);
        let shown = clock.shows(now);
        let device = &mut self.devices[index(number)];
        let random = device.random.word();
        device.client.answered(shown, device.reply, self.replies, random);
        let held_until = match device.reply {
            Reply::Token => {
                device.token = device.issued.number;
                device.issued.ends
            }
            _ if device.client.holds(shown) => device.token_ends,
            _ => 0,
        };
        if let Reply::Limited(seconds) = device.reply {
            device.not_before = now + Duration::from_secs(seconds.into()).as_millis();
        }
        self.measures.holds(now, device.token_ends, held_until);
        device.token_ends = held_until;
        self.check_end(now, number);
        self.supply_waiting(now, number);
        self.step(now, number);
    }

    /// A command reaches the engine.
    fn execute(&mut self, now: Millis, number: u32) {
        let Some(sent) = self.commands.get_mut(&number) else { return };
        let random = &mut self.devices[index(number)].random;
        let at = match self.engine.receive(now, sent.command, sent.token) {
            Received::Answer(answer) => {
                sent.answer = Some(answer);
                now + engine::latency(random)
            }
            Received::Refused => now + engine::latency(random),
            Received::Later => sent.at + COMMAND_TIMEOUT,
        };
        self.queue.push(Event { at, kind: Kind::Result, device: number });
    }

    /// Its answer reaches the client, or there is none in time.
    fn result(&mut self, now: Millis, number: u32) {
        let shown = self.clock(number).shows(now);
        let answer = self.commands.remove(&number).and_then(|sent| sent.answer);
        let device = &mut self.devices[index(number)];
        if let Some(Issued { number: token, ends }) = device.client.executed(shown, answer) {
            let ends = if token <= self.killed { ends.min(self.killed_at) } else { ends };
            self.measures.holds(now, device.token_ends, ends);
            (device.token, device.token_ends) = (token, ends);
            self.check_end(now, number);
        }
        self.step(now, number);
        if self.supply_waiting(now, number) {
            self.step(now, number);
        }
    }

    /// Counts a client that would supply its token past its end. Only a token that was revoked ends unnoticed.
    fn check_end(&mut self, now: Millis, number: u32) {
        if self.scenario.killed_at.is_none() && self.scenario.has_good_clocks() {
            let clock = self.clock(number);
            let device = &self.devices[index(number)];
            let believed = device.client.valid_until(clock.shows(now));
            self.measures.outlived +=
                u64::from(believed.is_some_and(|it| it > clock.shows(device.token_ends)));
        }
    }

    /// Performs the calls that wait for a token; returns whether there were any.
    fn supply_waiting(&mut self, now: Millis, number: u32) -> bool {
        let waiting = std::mem::take(&mut self.devices[index(number)].calls_waiting);
        if waiting > 0 {
            self.supply(now, number, waiting, true);
        }
        waiting > 0
    }

    fn bring_credentials(&mut self, now: Millis, number: u32) {
        let clock = self.clock(number);
        let device = &mut self.devices[index(number)];
        device.has_new_secret = true;
        device.client.credentials_changed(clock.shows(now));
        self.step(now, number);
    }

    fn call(&mut self, now: Millis, number: u32) {
        if self.measures.counts_at(now) {
            self.measures.calls += 1;
        }
        if let Some(period) = self.scenario.calls_every {
            // One call at the start, to report it; then periodic calls with a phase per device.
            let device = &mut self.devices[index(number)];
            let pause = if device.has_called { period } else { 1 + device.random.below(period) };
            device.has_called = true;
            self.queue.push(Event { at: now + pause, kind: Kind::Call, device: number });
        }
        self.supply(now, number, 1, false);
        self.step(now, number);
    }

    /// Performs calls of a program. Those that get a token go to the API.
    fn supply(&mut self, now: Millis, number: u32, calls: u32, waited: bool) {
        let shown = self.clock(number).shows(now);
        let device = &mut self.devices[index(number)];
        let lost = match device.client.supply(shown, waited) {
            Supply::Token if device.token_ends > now => {
                device.client.accepted(shown);
                if !device.client.holds(shown) {
                    self.measures.holds(now, device.token_ends, 0);
                    device.token_ends = 0;
                }
                0
            }
            Supply::Token => {
                if self.measures.counts_at(now) {
                    self.measures.unauthorized += u64::from(calls);
                }
                // One replay, then the call is lost.
                if device.client.refused(shown) && !waited {
                    device.calls_waiting += calls;
                    0
                } else {
                    calls
                }
            }
            Supply::Pending => {
                device.calls_waiting += calls;
                0
            }
            Supply::Nothing => calls,
        };
        if self.measures.counts_at(now) {
            self.measures.calls_lost += u64::from(lost);
        }
    }

    fn clock(&self, number: u32) -> Clock {
        Clock::of_device(self.scenario.clocks, self.scenario.seed, number)
    }
}

fn index(number: u32) -> usize {
    usize::try_from(number).unwrap_or(usize::MAX)
}
