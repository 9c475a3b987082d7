//! `cargo xtask miri`: core's tests, interpreted. Miri sees what a compiled test cannot: reads of memory that was never
//! written, overflows of pointers, leaks.

use lexopt::Parser;

use crate::{
    Failure,
    needs::{self, NIGHTLY, Need},
    program,
    workspace::Workspace,
};

/// The interpreter has its standard library built from source.
pub(crate) const NEEDS: &[&Need] = &[&needs::NIGHTLY_MIRI, &needs::NIGHTLY_SOURCE];

pub(crate) fn command(arguments: &mut Parser) -> Result<(), Failure> {
    if let Some(unexpected) = arguments.next()? {
        return Err(unexpected.unexpected().into());
    }
    let workspace = Workspace::load()?;
    needs::provide(NEEDS, &workspace)?;
    check(&workspace)
}

/// A target with words of 32 bits: there the wire goes other ways than on this host, those of a small device.
const SMALL: &str = "i686-unknown-linux-gnu";
/// The tests that go these ways.
const OF_THE_WIRE: [&str; 5] = ["form", "json_conformance", "redirect", "refusal", "token_response"];

pub(crate) fn check(workspace: &Workspace) -> Result<(), Failure> {
    let all = ["run", NIGHTLY, "cargo", "miri", "test", "--package", "genesys-token-core"];
    program::run(&mut program::new("rustup", &all, &workspace.root))?;
    let mut small = [&all[..], &["--target", SMALL]].concat();
    small.extend(OF_THE_WIRE.iter().flat_map(|test| ["--test", test]));
    program::run(&mut program::new("rustup", &small, &workspace.root))
}
