//! The waits after failures, with their bounds.

use super::Model;
use super::facts::{Hold, Kind, ms, share};

impl Model {
    pub(super) fn hold_until_allowed(&mut self, when: u64) {
        self.check = None;
        self.hold = if self.forbidden_until <= when {
            Hold::Nothing
        } else {
            Hold::Until { time: self.forbidden_until.max(self.spaced()), credentials_may_help: false }
        };
    }

    pub(super) fn fail(
        &mut self,
        kind: Kind,
        unspent: bool,
        retry_after: Option<u64>,
        when: u64,
        random: Option<u32>,
        outdated: bool,
    ) {
        self.spent &= !unspent;
        self.next_is_for_refused = false;
        self.next_needs_no_spacing = false;
        let requested = retry_after.map(|span| span.min(ms(self.policy.retry_after_max)));
        if let Some(requested) = requested {
            self.forbidden_until = self.forbidden_until.max(when + requested);
        }
        let credentials_may_help = matches!(
            kind,
            Kind::NoCredentials
                | Kind::Unexpected
                | Kind::Refused
                | Kind::TooLong
                | Kind::UsedUp
                | Kind::FreshTokenRefused
        );
        if self.spent {
            self.hold = Hold::Stopped;
            return;
        }
        if outdated && credentials_may_help {
            self.hold_until_allowed(when);
            return;
        }
        self.check = matches!(kind, Kind::Refused | Kind::UsedUp | Kind::TooLong)
            .then(|| when.saturating_add(ms(self.policy.credentials_check)));
        let (least, most) = match kind {
            Kind::Transport | Kind::NoCredentials | Kind::Unavailable => {
                self.streaks.unreached += 1;
                self.backoff(self.streaks.unreached)
            }
            Kind::RateLimited => {
                self.streaks.unreached += 1;
                self.streaks.limited += 1;
                self.lasting(self.streaks.unreached, self.streaks.limited)
            }
            Kind::Malformed | Kind::Unexpected => {
                self.streaks.unreadable += 1;
                self.backoff_then_long(self.streaks.unreadable)
            }
            Kind::Refused | Kind::UsedUp | Kind::TooLong => {
                self.streaks.refused += 1;
                self.long(self.streaks.refused)
            }
            Kind::FreshTokenRefused => self.backoff_then_long(self.streaks.tokens_refused - 1),
        };
        let width = most - least;
        let own = |random| least + share(width, random);
        let advised = |random| {
            requested.map(|requested| {
                let requested = requested.max(ms(self.policy.backoff_min));
                requested + share((requested / 10).max(5_000), random)
            })
        };
        let replaces_backoff = matches!(kind, Kind::Unavailable | Kind::RateLimited);
        self.hold = match random {
            None => Hold::Between {
                least: (when + least).max(self.spaced()),
                most: (when + most).max(self.spaced()),
                credentials_may_help,
            },
            Some(random) => {
                let wait = match advised(random) {
                    Some(requested) if replaces_backoff => requested,
                    Some(requested) => requested.max(own(random)),
                    None => own(random),
                };
                Hold::Until { time: (when + wait).max(self.spaced()), credentials_may_help }
            }
        };
    }

    fn backoff(&self, nth: u32) -> (u64, u64) {
        let least = ms(self.policy.backoff_min);
        (least, (least << nth.min(20)).min(ms(self.policy.backoff_max)))
    }

    fn lasting(&self, nth: u32, limited: u32) -> (u64, u64) {
        let least = ms(self.policy.backoff_min);
        let longest = ms(self.policy.backoff_max).max(least);
        match limited {
            0..=8 => self.backoff(nth),
            9 => (least, longest * 2),
            10 => (least, longest * 4),
            _ => (least, longest * 5),
        }
    }

    fn long(&self, nth: u32) -> (u64, u64) {
        let least = (ms(self.policy.refused_min) << (nth - 1).min(20)).min(ms(self.policy.refused_max));
        (least, least + least / 10)
    }

    fn backoff_then_long(&self, nth: u32) -> (u64, u64) {
        if nth <= 5 { self.backoff(nth) } else { self.long(nth - 5) }
    }
}
