//! Slices that take turns.

use std::sync::Barrier;
use std::sync::atomic::{AtomicUsize, Ordering};
use std::thread;
use std::time::Instant;

use crate::contestants::Contestant;

/// Calls in one slice: far below a millisecond, so that most slices run without being interrupted.
const SLICE: u32 = 5_000;

/// Nanoseconds of a call: by contestant, then by round. Of several threads at once, the mean of theirs.
pub(crate) type Readings = Vec<Vec<f64>>;

pub(crate) fn rounds(contestants: &[Contestant], threads: usize, rounds: usize) -> Readings {
    let barrier = Barrier::new(threads);
    let crowd = Crowd::new(threads);
    let by_thread: Vec<Readings> = thread::scope(|scope| {
        let all: Vec<_> =
            (0..threads).map(|_| scope.spawn(|| one_thread(contestants, rounds, &barrier, &crowd))).collect();
        all.into_iter().map(|thread| thread.join().expect("no contestant fails")).collect()
    });
    let mean = |contestant: usize, round: usize| {
        let sum: f64 = by_thread.iter().map(|readings| readings[contestant][round]).sum();
        sum / f64::from(u32::try_from(threads).expect("few threads"))
    };
    (0..contestants.len())
        .map(|contestant| (0..rounds).map(|round| mean(contestant, round)).collect())
        .collect()
}

/// All of `contestants` once in every round, each round beginning with another one.
fn one_thread(contestants: &[Contestant], rounds: usize, barrier: &Barrier, crowd: &Crowd) -> Readings {
    let mut asking: Vec<_> = contestants.iter().map(|contestant| (contestant.thread)()).collect();
    // Caches, branches, and what a thread does but once.
    asking.iter_mut().for_each(|ask| ask(SLICE));
    let mut readings = vec![Vec::with_capacity(rounds); contestants.len()];
    for round in 0..rounds {
        for turn in 0..contestants.len() {
            let contestant = (round + turn) % contestants.len();
            barrier.wait();
            crowd.gather();
            let start = Instant::now();
            asking[contestant](SLICE);
            readings[contestant].push(start.elapsed().as_secs_f64() * 1e9 / f64::from(SLICE));
        }
    }
    readings
}

/// A barrier wakes its threads one after the other; this one lets all go at the same moment, when all are awake.
struct Crowd {
    threads: usize,
    arrived: AtomicUsize,
}

impl Crowd {
    const fn new(threads: usize) -> Self {
        Self { threads, arrived: AtomicUsize::new(0) }
    }

    fn gather(&self) {
        let place = self.arrived.fetch_add(1, Ordering::AcqRel);
        let full = (place / self.threads + 1) * self.threads;
        while self.arrived.load(Ordering::Acquire) < full {
            std::hint::spin_loop();
        }
    }
}
