//! Every case of the table: complete, in pieces, and truncated at every byte.

use embedded_io_async::ErrorKind;

use crate::case::{Expected, cases, exchange};
use http_reference::{End, Stream};

#[test]
fn every_case() {
    let cases = cases();
    let mut wrong = Vec::new();
    for case in &cases {
        let (outcome, _) = exchange(Stream::new(&case.bytes), case.method());
        if !outcome.is(&case.expected) {
            wrong.push(format!("{}: {outcome:?} instead of {:?}", case.name, case.expected));
        }
    }
    assert!(wrong.is_empty(), "{}", wrong.join("\n"));
    let refused = cases.iter().filter(|case| matches!(case.expected, Expected::Refused(_))).count();
    assert!(refused >= 120 && cases.len() - refused >= 80, "the table was read");
}

#[test]
fn case_names_are_unique() {
    let mut names: Vec<_> = cases().iter().map(|case| case.name).collect();
    names.sort_unstable();
    assert_eq!(names.windows(2).find(|pair| pair[0] == pair[1]), None);
}

/// Only whether surplus data is noticed depends on when it arrives.
#[test]
fn outcome_is_independent_of_read_sizes() {
    for case in cases() {
        let (whole, _) = exchange(Stream::new(&case.bytes), case.method());
        let all_splits = (1..case.bytes.len()).map(|at| vec![at, usize::MAX]);
        for pieces in [vec![1], vec![2], vec![3, 1, 7]].into_iter().chain(all_splits) {
            let stream = Stream::new(&case.bytes).in_pieces(&pieces).hesitant();
            let (outcome, stream) = exchange(stream, case.method());
            assert_eq!(outcome.result, whole.result, "{} in {pieces:?}", case.name);
            if stream.left() == 0 {
                assert_eq!(outcome.keep_alive, whole.keep_alive, "{} in {pieces:?}", case.name);
            }
        }
    }
}

#[test]
fn truncated_responses_are_errors() {
    for case in cases().iter().filter(|case| case.is_framed()) {
        for end in 0..case.bytes.len() {
            let expected = if end == 0 { "Closed" } else { "Truncated" };
            let (outcome, _) = exchange(Stream::new(&case.bytes[..end]), case.method());
            assert_eq!(outcome.result, Err(expected.to_owned()), "{} cut off at {end}", case.name);
        }
        assert_eq!(exchange(Stream::new(&case.bytes), case.method()).1.left(), 0);
    }
}

/// The end of the stream ends a body without length; an error does not.
#[test]
fn stream_errors_at_any_position_are_errors() {
    let fails = End::Error(ErrorKind::ConnectionReset);
    for case in cases() {
        let Expected::Accepted { end: kind, status, .. } = case.expected else { continue };
        for end in 0..=case.bytes.len() {
            let (outcome, _) = exchange(Stream::new(&case.bytes[..end]).ending(fails), case.method());
            if kind == "end" || (case.is_framed() && end < case.bytes.len()) {
                let error = outcome.result.expect_err(case.name);
                // The head is sufficient for a refusal; its body is reported as incomplete.
                let may_be_cut = !(200..300).contains(&status);
                let right = error == "Stream(ConnectionReset)" || (may_be_cut && error == "Truncated");
                assert!(right, "{}: {error}", case.name);
            }
        }
    }
}

#[test]
fn rejected_responses_stay_rejected_when_truncated() {
    for case in cases() {
        if !matches!(case.expected, Expected::Refused(_)) || case.name.starts_with("until-") {
            continue;
        }
        for end in 0..case.bytes.len() {
            let (outcome, _) = exchange(Stream::new(&case.bytes[..end]), case.method());
            assert!(outcome.result.is_err(), "{} cut off at {end}", case.name);
        }
    }
}

/// Nothing is read after the end of a response: a server that keeps the connection open sends nothing more.
#[test]
fn response_completes_with_its_last_byte() {
    for case in cases().iter().filter(|case| case.is_framed()) {
        let stream = Stream::new(&case.bytes).in_pieces(&[1]).ending(End::Silent);
        let (outcome, _) = exchange(stream, case.method());
        assert!(outcome.is(&case.expected), "{}: {outcome:?}", case.name);
    }
}
