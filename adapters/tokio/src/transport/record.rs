//! Boundaries of TLS records in the received bytes.

/// Length of a record's header: content type, version and length (RFC 8446 section 5.1).
const HEADER_LEN: usize = 5;

/// Where the received bytes end: after a record, or within one.
#[derive(Debug, Default)]
pub(super) struct RecordBoundary {
    /// Bytes of the header that have arrived, if the header is not complete.
    header_len: usize,
    /// Length field of the header, as far as it has arrived.
    length: usize,
    /// Bytes of the record that are missing, if its header is complete.
    missing: usize,
}

impl RecordBoundary {
    /// Adds received bytes.
    pub(super) fn advance(&mut self, mut bytes: &[u8]) {
        while let Some((&first, rest)) = bytes.split_first() {
            if self.missing > 0 {
                let present = self.missing.min(bytes.len());
                self.missing -= present;
                bytes = bytes.get(present..).unwrap_or_default();
                continue;
            }
            if self.header_len >= HEADER_LEN - 2 {
                self.length = (self.length << 8) | usize::from(first);
            }
            self.header_len += 1;
            if self.header_len == HEADER_LEN {
                (self.missing, self.length, self.header_len) = (self.length, 0, 0);
            }
            bytes = rest;
        }
    }

    /// Returns whether the last record is complete.
    pub(super) const fn is_reached(&self) -> bool {
        self.header_len == 0 && self.missing == 0
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn only_the_end_of_a_record_is_a_boundary() {
        let records = [&[23, 3, 3, 0, 2, 1, 2][..], &[21, 3, 3, 0, 0], &[22, 3, 3, 1, 1], &[7; 257]].concat();
        let ends = [0, 7, 12, 12 + 5 + 257];
        for step in [1, 2, 3, 5, 300] {
            let mut boundary = RecordBoundary::default();
            let mut received = 0;
            assert!(boundary.is_reached());
            for chunk in records.chunks(step) {
                boundary.advance(chunk);
                received += chunk.len();
                assert_eq!(boundary.is_reached(), ends.contains(&received), "{step}: {received}");
            }
        }
    }
}
