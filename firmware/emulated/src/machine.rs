//! What differs between the emulated boards.

/// The peripherals of a board that its [`Clock`](crate::Clock) uses.
pub trait Machine: 'static {
    /// Ticks of the counter in a microsecond.
    const TICKS: u32;

    /// Returns the counter's value, which increases and wraps around.
    fn ticks() -> u32;

    /// Has the timer's interrupt raised after this many ticks, and no longer at an earlier request.
    fn arm(ticks: u32);

    /// Returns whether no task is waiting to run. Called in a critical section.
    fn is_idle() -> bool;

    /// Waits until an interrupt is pending. Called in a critical section, in which none is handled.
    fn sleep();

    /// Returns how many frames the network driver has sent and received since the start, discarded ones included.
    fn frames() -> (u32, u32);

    /// Sends a byte over the serial line to the network, which grants time skips.
    fn send(byte: u8);
}
