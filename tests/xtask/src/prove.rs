//! `cargo xtask prove`: checks the documented guarantees of core and of the host programs: no panic, sizes and instructions as
//! documented, and no finding of Miri or, in a short time, of the fuzzers.

use lexopt::Parser;

use crate::{
    bench_core, bench_process,
    failure::Failure,
    feature_sizes, fuzz, miri, needs, no_panic, resolver_sizes, sizes,
    steps::{self, Companions, Outcome, Step},
    tls_sizes,
};

const BUILDS: &str = "builds";

pub(crate) const STEPS: &[Step] = &[
    Step {
        name: BUILDS,
        about: "Miri's tests and the fuzz targets are compiled, while the steps before `sizes` use one processor",
        needs: &[
            &needs::NIGHTLY_MIRI,
            &needs::NIGHTLY_SOURCE,
            &needs::CXX,
            &needs::NIGHTLY_LLVM_TOOLS,
            &needs::CARGO_FUZZ,
        ],
        run: |workspace| passed(fuzz::build(workspace).and_then(|()| miri::build(workspace))),
    },
    Step {
        name: "no-panic",
        about: "no public function of core can panic or needs an allocator",
        needs: no_panic::NEEDS,
        run: |workspace| passed(no_panic::check(workspace, false)),
    },
    Step {
        name: "images",
        about: "what `sizes` and `bench-process` measure is built",
        needs: sizes::NEEDS,
        run: |workspace| passed(sizes::build(workspace).and_then(|()| bench_process::build(workspace))),
    },
    Step {
        name: "bench-core",
        about: "instructions on a host are within their marks and as documented",
        needs: bench_core::NEEDS,
        run: |workspace| passed(bench_core::check(workspace, false)),
    },
    Step {
        name: "tls-sizes",
        about: "a TLS connection on a Cortex-M4 is within its marks and as documented",
        needs: tls_sizes::NEEDS,
        run: |workspace| passed(tls_sizes::check(workspace, false)),
    },
    Step {
        name: "resolver-sizes",
        about: "a device's name lookup is within its marks and as documented",
        needs: resolver_sizes::NEEDS,
        run: |workspace| passed(resolver_sizes::check(workspace, false)),
    },
    Step {
        name: "feature-sizes",
        about: "each feature of the device's client costs what is documented",
        needs: feature_sizes::NEEDS,
        run: |workspace| passed(feature_sizes::check(workspace, false)),
    },
    Step {
        name: "sizes",
        about: "flash, instructions and stack on a Cortex-M4 are within their marks and as documented",
        needs: sizes::NEEDS,
        run: |workspace| passed(sizes::check(workspace, false)),
    },
    Step {
        name: "bench-process",
        about: "one token as a whole process is within the marks in docs/costs.md",
        needs: bench_process::NEEDS,
        run: |workspace| passed(bench_process::check(workspace)),
    },
    Step {
        name: "miri",
        about: "core's tests in Miri; those of the wire format also with words of 32 bits",
        needs: miri::NEEDS,
        run: |workspace| passed(miri::check(workspace)),
    },
    Step {
        name: "fuzz-coverage",
        about: "the seeds of the fuzz targets reach most lines of core",
        needs: fuzz::NEEDS,
        run: |workspace| passed(fuzz::coverage::check(workspace)),
    },
    Step {
        name: "fuzz",
        about: "every fuzz target runs for 30 s",
        needs: fuzz::NEEDS,
        run: |workspace| passed(fuzz::short(workspace)),
    },
];

/// Before `sizes`, the steps use one processor (a linker that optimises a whole image, callgrind, an emulator that has all its input), and their
/// results do not depend on what the other one does. From `sizes` on, nothing runs beside them: the emulated gateway's network and the peaks of
/// memory depend on other processes, and Miri and the fuzzers use all processors.
const BESIDE: Companions = Companions { names: &[BUILDS], until: Some("sizes"), low_priority: true };

pub(crate) fn command(arguments: &mut Parser) -> Result<(), Failure> {
    steps::command("prove", STEPS, &BESIDE, arguments)
}

fn passed(result: Result<(), Failure>) -> Result<Outcome, Failure> {
    result.map(|()| Outcome::Passed)
}
