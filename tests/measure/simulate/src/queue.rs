//! The queue of events: a binary heap with one word per event.

use std::{cmp::Reverse, collections::BinaryHeap};

/// Virtual milliseconds since the simulation began.
pub(crate) type Millis = u64;

/// The most devices: an event has this many bits for the number of a device.
const DEVICE_BITS: u32 = 20;
const KIND_BITS: u32 = 3;
pub(crate) const MOST_DEVICES: u32 = 1 << DEVICE_BITS;

/// The kinds of events of a device. Simultaneous events are handled in this order.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Kind {
    /// The token endpoint's response arrives.
    Answer,
    /// New credentials arrive.
    Credentials,
    /// The client's wake-up, the start of its machine, or a jump of its clock.
    Wake,
    /// The program calls the API.
    Call,
    /// A command reaches the engine of the shared store.
    Command,
    /// Its answer reaches the client, or the time for it has passed.
    Result,
}

impl Kind {
    const ALL: [Self; 6] =
        [Self::Answer, Self::Credentials, Self::Wake, Self::Call, Self::Command, Self::Result];
}

#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) struct Event {
    pub(crate) at: Millis,
    pub(crate) kind: Kind,
    pub(crate) device: u32,
}

/// Events by time, then kind, then device: the order does not depend on the order of insertion.
#[derive(Debug, Default)]
pub(crate) struct Queue {
    heap: BinaryHeap<Reverse<u64>>,
}

impl Queue {
    pub(crate) fn with_capacity(events: usize) -> Self {
        Self { heap: BinaryHeap::with_capacity(events) }
    }

    pub(crate) fn push(&mut self, event: Event) {
        let word = (event.at << (KIND_BITS + DEVICE_BITS))
            | ((event.kind as u64) << DEVICE_BITS)
            | u64::from(event.device);
        self.heap.push(Reverse(word));
    }

    /// Returns the next event before `end`.
    pub(crate) fn pop_before(&mut self, end: Millis) -> Option<Event> {
        let Reverse(word) = *self.heap.peek()?;
        let at = word >> (KIND_BITS + DEVICE_BITS);
        if at >= end {
            return None;
        }
        self.heap.pop();
        let kind = usize::try_from((word >> DEVICE_BITS) & ((1 << KIND_BITS) - 1)).unwrap_or(usize::MAX);
        let kind = *Kind::ALL.get(kind)?;
        let device = u32::try_from(word & u64::from(MOST_DEVICES - 1)).unwrap_or(0);
        Some(Event { at, kind, device })
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn events_come_by_time_then_kind_then_device() {
        let mut queue = Queue::default();
        let expected = [
            Event { at: 1, kind: Kind::Call, device: 9 },
            Event { at: 5, kind: Kind::Answer, device: MOST_DEVICES - 1 },
            Event { at: 5, kind: Kind::Credentials, device: 3 },
            Event { at: 5, kind: Kind::Wake, device: 1 },
            Event { at: 5, kind: Kind::Wake, device: 2 },
            Event { at: 5, kind: Kind::Command, device: 0 },
            Event { at: 5, kind: Kind::Result, device: 0 },
            Event { at: 1 << 40, kind: Kind::Call, device: 0 },
        ];
        for event in expected.iter().rev() {
            queue.push(*event);
        }
        let (sooner, later) = expected.split_at(7);
        for event in sooner {
            assert_eq!(queue.pop_before(6), Some(*event));
        }
        assert_eq!(queue.pop_before(6), None);
        assert_eq!(queue.pop_before(u64::MAX), Some(later[0]));
        assert_eq!(queue.pop_before(u64::MAX), None);
    }
}
