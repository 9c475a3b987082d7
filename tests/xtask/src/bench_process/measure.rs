//! Measures: one run to check the result, some under callgrind, many for CPU time and memory.

use std::{env, path::Path, process::Command};

use super::{
    build::Product,
    candidates::{BASELINE, FIRST},
    gauge::{self, Reading},
    memory::{self, Resident},
};
use crate::{failure::Failure, program, sandbox::Sandbox};

/// Runs under callgrind. Random values in the handshake change the count by less than a thousandth; the median of these is
/// stable.
const COUNTED_RUNS: usize = 5;

/// The figures of one program.
pub(super) struct Figures {
    pub(super) name: &'static str,
    /// Median of the counted runs.
    pub(super) instructions: f64,
    /// Relative to the baseline's instructions.
    pub(super) instruction_ratio: f64,
    /// Median of user plus system time, in milliseconds.
    pub(super) cpu: f64,
    /// Median over the rounds of the ratio to the baseline's time in the same round.
    pub(super) cpu_ratio: f64,
    /// The interquartile range of these ratios.
    pub(super) cpu_ratio_between: (f64, f64),
    /// Median of minor page faults.
    pub(super) faults: f64,
    /// Median of the resident memory at the exit, in MiB. It depends on the addresses that the kernel chooses: one program's differs by a twentieth
    /// from run to run.
    pub(super) memory: f64,
    /// Median of the part of it that no file has, in KiB.
    pub(super) own_memory: f64,
    /// Instructions and memory relative to the first generation's, if that was measured.
    pub(super) to_first: Option<(f64, f64)>,
    /// Stripped, in MB (10^6 bytes).
    pub(super) size: f64,
    pub(super) crates: f64,
}

pub(super) fn all(products: &[Product], sandbox: &Sandbox, rounds: usize) -> Result<Vec<Figures>, Failure> {
    products.iter().try_for_each(|product| rehearse(product, sandbox))?;
    let instructions = products
        .iter()
        .map(|product| {
            let counts: Result<Vec<_>, _> =
                (0..COUNTED_RUNS).map(|_| instructions(product, sandbox)).collect();
            Ok(median(counts?))
        })
        .collect::<Result<Vec<f64>, Failure>>()?;
    let readings = rounds_of(products, sandbox, rounds)?;
    let resident = |index: usize, part: fn(&Resident) -> f64| {
        median(readings[index].iter().map(|(_, resident)| part(resident)).collect())
    };

    let position = |name| products.iter().position(|product| product.candidate.name == name);
    let baseline = position(BASELINE).ok_or("the baseline is missing")?;
    let first = position(FIRST);
    let figures = products.iter().enumerate().map(|(index, product)| {
        let (own, reference) = (&readings[index], &readings[baseline]);
        let mut ratios: Vec<f64> =
            own.iter().zip(reference).map(|((own, _), (baseline, _))| own.cpu / baseline.cpu).collect();
        ratios.sort_by(f64::total_cmp);
        let quarter = ratios.len() / 4;
        Figures {
            name: product.candidate.name,
            instructions: instructions[index],
            instruction_ratio: instructions[index] / instructions[baseline],
            cpu: median(own.iter().map(|(reading, _)| reading.cpu).collect()) / 1e3,
            cpu_ratio_between: (ratios[quarter], ratios[ratios.len() - 1 - quarter]),
            cpu_ratio: median(ratios),
            faults: median(own.iter().map(|(reading, _)| reading.faults).collect()),
            memory: resident(index, |it| it.all) / 1024.0,
            own_memory: resident(index, |it| it.own),
            to_first: first.map(|first| {
                let memory = resident(index, |it| it.all) / resident(first, |it| it.all);
                (instructions[index] / instructions[first], memory)
            }),
            size: decimal(product.size) / 1e6,
            crates: decimal(product.crates as u64),
        }
    });
    Ok(figures.collect())
}

/// Runs the program once and checks its output: a program that prints no token has not done the work.
fn rehearse(product: &Product, sandbox: &Sandbox) -> Result<(), Failure> {
    let printed = program::output(&mut prepare(&product.program, &[], product, sandbox))?;
    let token = printed.trim();
    let is_token =
        token.len() == 86 && token.bytes().all(|byte| byte.is_ascii_alphanumeric() || b"-_".contains(&byte));
    if is_token {
        Ok(())
    } else {
        Err(format!("{} printed something else than the token", product.candidate.name).into())
    }
}

fn instructions(product: &Product, sandbox: &Sandbox) -> Result<f64, Failure> {
    let program = product.program.display().to_string();
    let valgrind = ["--tool=callgrind", "--callgrind-out-file=/dev/null", &program];
    let output = prepare(Path::new("valgrind"), &valgrind, product, sandbox).output()?;
    let printed = String::from_utf8_lossy(&output.stderr);
    let count = printed
        .lines()
        .find_map(|line| line.split_once("Collected :"))
        .map(|(_, count)| count.trim().parse());
    match count {
        Some(Ok(count)) if output.status.success() => Ok(count),
        _ => Err(format!("callgrind counted nothing for {}:\n{printed}", product.candidate.name).into()),
    }
}

/// Measures each program once per round, in an order that changes from round to round: the previous program leaves traces in the
/// processor's caches, and no program should always follow the same one.
fn rounds_of(
    products: &[Product],
    sandbox: &Sandbox,
    rounds: usize,
) -> Result<Vec<Vec<(Reading, Resident)>>, Failure> {
    let own = env::current_exe()?;
    let mut readings: Vec<Vec<_>> = products.iter().map(|_| Vec::with_capacity(rounds)).collect();
    let mut order: Vec<usize> = (0..products.len()).collect();
    let mut random = 1;
    for _ in 0..rounds {
        shuffle(&mut order, &mut random);
        for &index in &order {
            let product = &products[index];
            let program = product.program.display().to_string();
            let counted =
                |command: &str| program::output(&mut prepare(&own, &[command, &program], product, sandbox));
            let reading = Reading::parse(&counted(gauge::COMMAND)?)?;
            readings[index].push((reading, Resident::parse(&counted(memory::COMMAND)?)?));
        }
    }
    Ok(readings)
}

/// A Fisher–Yates shuffle with a linear congruential generator: the same in every run.
fn shuffle(order: &mut [usize], random: &mut u32) {
    for last in (1..order.len()).rev() {
        *random = random.wrapping_mul(1_664_525).wrapping_add(1_013_904_223);
        order.swap(last, (*random >> 16) as usize % (last + 1));
    }
}

/// Returns the command of a program, or of a tool that runs it, with exactly the program's environment, since start-up code reads
/// all of it.
fn prepare(program: &Path, before: &[&str], product: &Product, sandbox: &Sandbox) -> Command {
    let mut command = program::new(program, before, Path::new("/"));
    command.args(product.candidate.arguments).env_clear().envs(product.candidate.environment(sandbox));
    command
}

fn median(mut values: Vec<f64>) -> f64 {
    values.sort_by(f64::total_cmp);
    let middle = values.len() / 2;
    match values.len() {
        0 => f64::NAN,
        length if length % 2 == 1 => values[middle],
        _ => f64::midpoint(values[middle - 1], values[middle]),
    }
}

/// Exact below 2^53, far above every size here.
#[allow(clippy::cast_precision_loss, reason = "sizes of programs are far below 2^53")]
fn decimal(count: u64) -> f64 {
    count as f64
}

#[cfg(test)]
mod tests {
    use super::{median, shuffle};

    #[test]
    fn every_order_occurs() {
        let (mut order, mut random) = ([0, 1, 2], 1);
        let mut seen = std::collections::HashSet::new();
        for _ in 0..100 {
            shuffle(&mut order, &mut random);
            seen.insert(order);
        }
        assert_eq!(seen.len(), 6);
    }

    #[test]
    fn the_median_is_the_middle_or_between_the_two() {
        assert!((median(vec![3.0, 1.0, 2.0]) - 2.0).abs() < f64::EPSILON);
        assert!((median(vec![4.0, 1.0, 2.0, 3.0]) - 2.5).abs() < f64::EPSILON);
        assert!(median(Vec::new()).is_nan());
    }
}
