//! The log's timestamp: the time since the start or, when a test measures costs, the instructions executed since then.

/// With `-icount shift=5` an instruction takes 32 ns.
const INSTRUCTION_NS: u64 = 32;

/// Counts the ticks during which the processor was awake.
pub(crate) struct Meter {
    /// Whether log lines are stamped with instructions.
    pub(crate) counts: bool,
    /// Ticks during which the processor was awake, until it last slept.
    awake: u64,
    /// The counter's value when the processor last woke.
    woken: u32,
}

impl Meter {
    pub(crate) const fn new() -> Self {
        Self { counts: false, awake: 0, woken: 0 }
    }

    /// Starts counting at this value of the counter.
    pub(crate) fn start(&mut self, ticks: u32) {
        self.woken = ticks;
    }

    /// Notes that the processor slept between these two values of the counter.
    pub(crate) fn slept(&mut self, from: u32, until: u32) {
        self.awake = self.awake_at(from);
        self.woken = until;
    }

    /// Returns the instructions executed until the counter shows `ticks`, of which a microsecond has `per_microsecond`.
    pub(crate) fn instructions(&self, ticks: u32, per_microsecond: u32) -> u64 {
        self.awake_at(ticks) * 1000 / (u64::from(per_microsecond) * INSTRUCTION_NS)
    }

    fn awake_at(&self, ticks: u32) -> u64 {
        self.awake + u64::from(ticks.wrapping_sub(self.woken))
    }
}
