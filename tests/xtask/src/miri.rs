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

pub(crate) fn check(workspace: &Workspace) -> Result<(), Failure> {
    let arguments = ["run", NIGHTLY, "cargo", "miri", "test", "--package", "genesys-token-core"];
    program::run(&mut program::new("rustup", &arguments, &workspace.root))
}
