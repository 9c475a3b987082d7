//! Power cuts at every step of a write: what is read afterwards is the old settings or the new ones, whole.

use genesys_token_provision::{Region, RegionError};

use crate::flash::Flash;

const OLD: &[u8] = b"client-id = old\nclient-secret = s";
const NEW: &[u8] = b"client-id = new\nclient-secret = longer";

/// Different content of the flash before, and different effects of the cuts.
const SEEDS: u32 = 3;

fn read<const W: usize, const E: usize>(
    region: Region,
    flash: &mut Flash<W, E>,
) -> Result<Vec<u8>, RegionError> {
    region.read(flash, &mut [0; 512]).map(|text| text.to_vec())
}

/// Cuts the power at each step of a write over `flash`, and passes each resulting flash to `check`.
fn at_every_step<const W: usize, const E: usize>(
    region: Region,
    flash: &Flash<W, E>,
    text: &[u8],
    mut check: impl FnMut(&mut Flash<W, E>),
) {
    let mut whole = flash.clone();
    whole.steps = 0;
    region.write(&mut whole, text).unwrap();
    for step in 0..whole.steps {
        let mut cut = flash.clone();
        cut.steps_left = Some(step);
        assert_eq!(region.write(&mut cut, text), Err(RegionError::Flash));
        cut.steps_left = None;
        check(&mut cut);
    }
}

fn cuts_leave_old_or_new<const W: usize, const E: usize>() {
    let region = Region::new(u32::try_from(E).unwrap(), 128);
    let units = 1 + 2 * 128 / E;
    for seed in 0..SEEDS {
        let mut flash = Flash::<W, E>::new(units, seed.wrapping_mul(0x9e37_79b9));
        for _ in 0..seed % 3 {
            region.write(&mut flash, b"older").unwrap();
        }
        region.write(&mut flash, OLD).unwrap();
        at_every_step(region, &flash, NEW, |cut| {
            let left = read(region, cut).unwrap();
            assert!(left == OLD || left == NEW);
            // The next attempt is cut as well, and the one after it is not.
            at_every_step(region, cut, NEW, |again| {
                let left = read(region, again).unwrap();
                assert!(left == OLD || left == NEW);
                region.write(again, NEW).unwrap();
                assert_eq!(read(region, again).as_deref(), Ok(NEW));
            });
        });
    }
}

#[test]
fn a_power_cut_leaves_the_old_settings_or_the_new_ones() {
    cuts_leave_old_or_new::<2, 128>();
    cuts_leave_old_or_new::<4, 64>();
    cuts_leave_old_or_new::<8, 128>();
    cuts_leave_old_or_new::<32, 128>();
}

#[test]
fn a_power_cut_in_the_first_write_leaves_no_settings_or_the_new_ones() {
    let region = Region::new(0, 128);
    for seed in 0..SEEDS {
        let flash = Flash::<4, 64>::new(4, seed.wrapping_mul(0x85eb_ca6b));
        at_every_step(region, &flash, NEW, |cut| {
            let left = read(region, cut);
            // A record of which a part was written is damaged.
            let none = matches!(
                left,
                Err(RegionError::Missing
                    | RegionError::Damaged
                    | RegionError::Version(_)
                    | RegionError::TooLong { .. })
            );
            assert!(none || left.as_deref() == Ok(NEW), "{left:?}");
        });
    }
}
