//! The invariants of the protocol in random runs of a fleet: `src/entry.rs` and `src/member.rs` list them.
#![allow(missing_docs, clippy::std_instead_of_core, clippy::std_instead_of_alloc, reason = "tests for hosts")]

mod marks;
mod world;

use genesys_token_core::time::Duration;
use proptest::prelude::*;

use crate::world::World;

const DAY: Duration = Duration::from_secs(86_400);

proptest! {
    #![proptest_config(ProptestConfig { failure_persistence: None, ..ProptestConfig::with_cases(1000) })]

    /// Commands are lost, repeated, executed late or never answered; members crash, tokens are refused, exchanges fail, and the store
    /// loses its data. Afterwards everyone has a token.
    #[test]
    fn no_invariant_is_broken_whatever_the_network_and_the_store_do(
        members in 1..6_usize,
        seed: u64,
        is_short in any::<bool>(),
        actions in prop::collection::vec((0..24_u8, any::<usize>()), 0..400),
    ) {
        let lifetime = if is_short { Duration::from_secs(60) } else { DAY };
        let mut world = World::new(members, seed, lifetime);
        for (action, value) in actions {
            let member = value % members;
            match action {
                0..=4 => world.due(member),
                5..=8 => world.execute(value / 7, true),
                9..=10 => world.execute(value / 7, false),
                11 => world.repeat(value / 7),
                12 => world.lose(value / 7),
                13..=15 => world.end_exchange(member, true),
                16 => world.end_exchange(member, false),
                17 => world.refuse(member),
                18 => world.crash(member),
                19 if value % 8 == 0 => world.lose_data(),
                // Up to a second, so that commands arrive in time; or longer than a lease.
                20..=22 => world.advance(Duration::from_millis((value % 1000) as u64 + 1)),
                _ => world.advance(Duration::from_secs(5 + (value % 12) as u64)),
            }
            world.pump();
        }
        world.converge();
    }

    /// While the store answers, a refresh or a refused token costs one exchange, whatever the order of events.
    #[test]
    fn one_exchange_replaces_the_token_of_all(
        members in 1..30_usize,
        seed: u64,
        events in prop::collection::vec((any::<bool>(), 0..300_u64), 30),
    ) {
        let mut world = World::new(members, seed, DAY);
        for member in 0..members {
            world.due(member);
        }
        world.settle();
        prop_assert_eq!(world.leased_exchanges, 1);
        prop_assert_eq!(world.generations().len(), 1);
        for (member, (is_refused, pause)) in events.into_iter().take(members).enumerate() {
            if is_refused {
                world.refuse(member);
            } else {
                world.due(member);
            }
            world.pump();
            world.execute(member, true);
            // Every command is executed before its time is over, though in another order.
            if member % 2 == 1 {
                world.execute_all();
            }
            world.advance(Duration::from_millis(pause));
        }
        world.settle();
        prop_assert_eq!((world.leased_exchanges, world.own_exchanges), (2, 0));
        prop_assert_eq!(world.generations().len(), 1);
    }

    /// A fleet whose store is away makes one exchange for each member, and shares again afterwards.
    #[test]
    fn without_the_store_each_member_makes_its_own_exchange(members in 1..30_usize, seed: u64) {
        let mut world = World::new(members, seed, DAY);
        for member in 0..members {
            world.due(member);
        }
        // No command is executed.
        for _ in 0..60 {
            world.pump();
            world.advance(Duration::from_millis(200));
            for member in 0..members {
                world.end_exchange(member, true);
            }
        }
        prop_assert_eq!(usize::try_from(world.own_exchanges).ok(), Some(members));
        // It returns, and executes what was sent to it meanwhile; then a refresh is due.
        world.settle();
        for member in 0..members {
            world.due(member);
        }
        world.settle();
        prop_assert_eq!(world.leased_exchanges, 1);
        prop_assert_eq!(world.generations().len(), 1);
    }
}
