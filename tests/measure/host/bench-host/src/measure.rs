//! Measurement in alternating slices.

use std::sync::Barrier;
use std::sync::atomic::{AtomicUsize, Ordering};
use std::thread;
use std::time::{Duration, Instant};

use crate::candidates::Candidate;

/// Calls in one slice: far below a millisecond, so that most slices run without being interrupted.
const SLICE: u32 = 5_000;

/// Nanoseconds of a call: by candidate, then by round; NaN where the threads did not run at the same time. Of several threads, the
/// mean of theirs.
pub(crate) type Readings = Vec<Vec<f64>>;

/// The part of a slice during which all threads must have run.
const OVERLAP_MIN: f64 = 0.8;

/// One slice of one thread.
struct Slice {
    start: Instant,
    end: Instant,
}

/// Repeats rounds until enough slices of each candidate ran on all threads at the same time, or the time limit has passed: on a busy
/// machine most do not.
pub(crate) fn rounds_concurrent(candidates: &[Candidate], threads: usize, rounds: usize) -> Readings {
    const ENOUGH: usize = 50;
    const TIME_LIMIT: Duration = Duration::from_secs(90);
    let begin = Instant::now();
    let mut all = vec![Vec::new(); candidates.len()];
    loop {
        for (all, more) in all.iter_mut().zip(self::rounds(candidates, threads, rounds)) {
            all.extend(more);
        }
        let counted = |readings: &Vec<f64>| readings.iter().filter(|reading| reading.is_finite()).count();
        if all.iter().map(counted).min() >= Some(ENOUGH.min(rounds)) || begin.elapsed() > TIME_LIMIT {
            return all;
        }
    }
}

pub(crate) fn rounds(candidates: &[Candidate], threads: usize, rounds: usize) -> Readings {
    let barrier = Barrier::new(threads);
    let start_line = StartLine::new(threads);
    let by_thread: Vec<Vec<Vec<Slice>>> = thread::scope(|scope| {
        let all: Vec<_> = (0..threads)
            .map(|_| scope.spawn(|| one_thread(candidates, rounds, &barrier, &start_line)))
            .collect();
        all.into_iter().map(|thread| thread.join().expect("no candidate panics")).collect()
    });
    (0..candidates.len())
        .map(|candidate| {
            (0..rounds)
                .map(|round| concurrent(by_thread.iter().map(|slices| &slices[candidate][round]).collect()))
                .collect()
        })
        .collect()
}

/// Returns nanoseconds of a call in slices that ran at the same time.
fn concurrent(slices: Vec<&Slice>) -> f64 {
    let lengths = slices.iter().map(|slice| (slice.end - slice.start).as_secs_f64());
    let (sum, longest) =
        lengths.fold((0.0, 0.0_f64), |(sum, longest), length| (sum + length, longest.max(length)));
    let start = slices.iter().map(|slice| slice.start).max();
    let end = slices.iter().map(|slice| slice.end).min();
    let shared =
        start.zip(end).map_or(0.0, |(start, end)| end.saturating_duration_since(start).as_secs_f64());
    if shared < OVERLAP_MIN * longest {
        return f64::NAN;
    }
    sum * 1e9 / f64::from(SLICE) / f64::from(u32::try_from(slices.len()).expect("few threads"))
}

/// Runs all candidates once in every round, each round beginning with another one.
fn one_thread(
    candidates: &[Candidate],
    rounds: usize,
    barrier: &Barrier,
    start_line: &StartLine,
) -> Vec<Vec<Slice>> {
    let mut reading: Vec<_> = candidates.iter().map(|candidate| (candidate.thread)()).collect();
    // Warms caches and branch predictors, and does what a thread does only once.
    reading.iter_mut().for_each(|read| read(SLICE));
    let mut slices: Vec<_> = candidates.iter().map(|_| Vec::with_capacity(rounds)).collect();
    for round in 0..rounds {
        for turn in 0..candidates.len() {
            let candidate = (round + turn) % candidates.len();
            barrier.wait();
            start_line.wait();
            let start = Instant::now();
            reading[candidate](SLICE);
            slices[candidate].push(Slice { start, end: Instant::now() });
        }
    }
    slices
}

/// A spinning barrier: an ordinary one wakes its threads one after the other, this one releases all at the same moment.
struct StartLine {
    threads: usize,
    arrived: AtomicUsize,
}

impl StartLine {
    const fn new(threads: usize) -> Self {
        Self { threads, arrived: AtomicUsize::new(0) }
    }

    fn wait(&self) {
        let place = self.arrived.fetch_add(1, Ordering::AcqRel);
        let full = (place / self.threads + 1) * self.threads;
        while self.arrived.load(Ordering::Acquire) < full {
            std::hint::spin_loop();
        }
    }
}
