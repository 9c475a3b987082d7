//! A [`RecordFault`] as a number, so that it fits into an atomic.

use embedded_io_async::ErrorKind;

use crate::fault::RecordFault;

/// Encodes a fault as a number other than 0.
pub(super) fn encode(fault: RecordFault) -> u32 {
    let (code, argument) = match fault {
        RecordFault::NotTls => (1, 0),
        RecordFault::Tls13Unsupported => (2, 0),
        RecordFault::HelloRetryRequest => (3, 0),
        RecordFault::Alert { description } => (4, u16::from(description)),
        RecordFault::InvalidServerHello => (5, 0),
        RecordFault::Unexpected { content_type } => (6, u16::from(content_type)),
        RecordFault::Length { length } => (7, length),
        RecordFault::ExceedsBuffer { needed } => (8, needed),
        RecordFault::TooManyRecords => (9, 0),
        RecordFault::Unauthenticated => (10, 0),
        RecordFault::Truncated => (11, 0),
        RecordFault::Transport(kind) => (12, encode_kind(kind)),
    };
    u32::from(argument) << 16 | code
}

/// Decodes what [`encode`] returned; `None` for every other number.
pub(super) fn decode(number: u32) -> Option<RecordFault> {
    let [high, low, _, code] = number.to_be_bytes();
    let argument = u16::from_be_bytes([high, low]);
    Some(match code {
        1 => RecordFault::NotTls,
        2 => RecordFault::Tls13Unsupported,
        3 => RecordFault::HelloRetryRequest,
        4 => RecordFault::Alert { description: low },
        5 => RecordFault::InvalidServerHello,
        6 => RecordFault::Unexpected { content_type: low },
        7 => RecordFault::Length { length: argument },
        8 => RecordFault::ExceedsBuffer { needed: argument },
        9 => RecordFault::TooManyRecords,
        10 => RecordFault::Unauthenticated,
        11 => RecordFault::Truncated,
        12 => RecordFault::Transport(decode_kind(argument)),
        _ => return None,
    })
}

const KINDS: [ErrorKind; 12] = [
    ErrorKind::ConnectionRefused,
    ErrorKind::ConnectionReset,
    ErrorKind::ConnectionAborted,
    ErrorKind::NotConnected,
    ErrorKind::AddrNotAvailable,
    ErrorKind::BrokenPipe,
    ErrorKind::TimedOut,
    ErrorKind::Interrupted,
    ErrorKind::OutOfMemory,
    ErrorKind::WriteZero,
    ErrorKind::InvalidData,
    ErrorKind::Unsupported,
];

/// Encodes kinds that are not in [`KINDS`] as 0, which decodes to `Other`.
fn encode_kind(kind: ErrorKind) -> u16 {
    KINDS.iter().zip(1..).find_map(|(known, number)| (*known == kind).then_some(number)).unwrap_or(0)
}

fn decode_kind(number: u16) -> ErrorKind {
    usize::from(number).checked_sub(1).and_then(|index| KINDS.get(index)).copied().unwrap_or(ErrorKind::Other)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn every_fault_decodes_to_itself() {
        let faults = [
            RecordFault::NotTls,
            RecordFault::Tls13Unsupported,
            RecordFault::HelloRetryRequest,
            RecordFault::Alert { description: 40 },
            RecordFault::InvalidServerHello,
            RecordFault::Unexpected { content_type: 22 },
            RecordFault::Length { length: 0 },
            RecordFault::ExceedsBuffer { needed: 16_640 },
            RecordFault::TooManyRecords,
            RecordFault::Unauthenticated,
            RecordFault::Truncated,
            RecordFault::Transport(ErrorKind::Other),
        ];
        for fault in faults.into_iter().chain(KINDS.map(RecordFault::Transport)) {
            assert_eq!(decode(encode(fault)), Some(fault));
        }
        assert_eq!(decode(0), None);
    }
}
