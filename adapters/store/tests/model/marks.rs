//! What a fleet of a hundred members costs, in the model's time: exchanges in each refresh, the time until a holder that died is replaced,
//! and an outage of the store during a refresh.

use genesys_token_core::time::{Duration, Instant};
use genesys_token_store::Owner;
use genesys_token_store::member::{Member, Reason, Reply, Step};

use crate::world::{World, rules};

const MEMBERS: usize = 100;
const STEP: Duration = Duration::from_millis(200);

#[test]
fn each_refresh_of_a_hundred_members_is_one_exchange() {
    let mut world = World::new(MEMBERS, 11, Duration::from_secs(86_400));
    for cycle in 1..=10 {
        for member in 0..MEMBERS {
            world.due(member);
            // Together in every second cycle, else spread over the exchange and the time after it.
            if cycle % 2 == 0 {
                world.pump();
                world.execute_all();
                world.advance(Duration::from_millis(50));
            }
        }
        world.settle();
        assert_eq!((world.leased_exchanges, world.own_exchanges), (cycle, 0));
        assert_eq!(world.generations().len(), 1);
    }
}

#[test]
fn a_holder_that_was_killed_is_replaced_within_a_second_after_its_lease() {
    for seed in 0..20 {
        let mut world = World::new(MEMBERS, seed, Duration::from_secs(86_400));
        world.due(0);
        world.pump();
        world.execute_all();
        assert_eq!(world.leased_exchanges, 1);
        let granted_at = world.now;
        world.crash(0);
        for member in 1..MEMBERS {
            world.due(member);
        }
        while world.leased_exchanges == 1 {
            world.pump();
            world.execute_all();
            world.advance(STEP);
        }
        let replaced_after = world.now.saturating_since(granted_at);
        assert!(replaced_after <= rules().lease + Duration::from_secs(1), "{replaced_after:?}");
    }
}

/// The times at which a member without a token asks for it, while another's lease of this length, granted when its run began, is renewed
/// again and again. The run ends within its longest wait.
fn claims(lease: Duration, seed: u32) -> Vec<Instant> {
    let mut member = Member::new(rules(), seed);
    let (mut now, mut claims, mut random) = (Instant::ZERO, Vec::new(), seed);
    let end = now + rules().wait;
    member.begin(Owner::new(1), now);
    loop {
        random = random.wrapping_mul(1_664_525).wrapping_add(1_013_904_223);
        match member.next(now, None, random) {
            Step::Claim(_) => {
                claims.push(now);
                let since = Duration::from_millis(now.as_millis() % lease.as_millis());
                member.claimed(Reply::Busy { remaining: lease.saturating_sub(since) }, now, now);
            }
            Step::Wait(until) => now = until,
            Step::GiveUp(Reason::OthersFailed) => return claims,
            other => panic!("{other:?}"),
        }
        assert!(now <= end, "others' leases are waited for until {end:?}, not {now:?}");
    }
}

#[test]
fn a_run_does_not_outlast_its_longest_wait() {
    for seed in 0..1000 {
        // Leases of full length, and those that failed exchanges have shortened.
        for lease in [rules().lease, Duration::from_secs(7), Duration::from_millis(900)] {
            assert_eq!(claims(lease, seed).last(), Some(&(Instant::ZERO + rules().wait)));
        }
    }
}

#[test]
fn the_longer_an_exchange_takes_the_less_often_others_ask() {
    for seed in 0..1000 {
        let claims = claims(rules().lease, seed);
        let in_lease = claims.iter().filter(|at| **at < Instant::ZERO + rules().lease);
        assert!(in_lease.count() <= 20, "{claims:?}");
        // A token that is published between two claims is noticed with the second one.
        for (before, after) in claims.iter().zip(&claims[1..]) {
            let (taken, late) =
                (before.as_millis() % rules().lease.as_millis(), after.as_millis() - before.as_millis());
            assert!(late <= (taken / 2).clamp(400, 2000), "{late} ms after an exchange of {taken} ms");
        }
    }
}

#[test]
fn ten_minutes_without_the_store_during_a_refresh_leave_no_member_without_a_token() {
    // The refresh falls within the outage, and the tokens end with it.
    let (lifetime, due_before_end) = (Duration::from_secs(1200), Duration::from_secs(600));
    let mut world = World::new(MEMBERS, 7, lifetime);
    for member in 0..MEMBERS {
        world.due(member);
    }
    world.settle();
    assert_eq!(world.leased_exchanges, 1);
    world.advance(Duration::from_secs(600));
    for second in 0..600 {
        for member in 0..MEMBERS {
            // Again every half a minute, as after a failure.
            if (second + member) % 30 == 0 && world.token_left(member) <= due_before_end {
                world.due(member);
            }
        }
        world.advance(Duration::from_secs(1));
        for member in 0..MEMBERS {
            world.end_exchange(member, true);
            assert!(world.token_left(member) > Duration::ZERO, "member {member} has no token");
        }
    }
    let own = usize::try_from(world.own_exchanges).unwrap_or(usize::MAX);
    assert_eq!(own, MEMBERS, "one for each");
    assert!(own <= MEMBERS * rules().budget);
    // It returns, executes what was sent to it meanwhile, and the next refresh is a shared one.
    world.settle();
    for member in 0..MEMBERS {
        world.due(member);
    }
    world.settle();
    assert_eq!(world.leased_exchanges, 2);
    assert_eq!(world.generations().len(), 1);
}
