//! Runs fuzz targets for as long as it is told.
#![forbid(unsafe_code)]

use clap::Parser;
use fuzz::{Mutator, TARGETS, Target, corpus};
use std::error::Error;
use std::fs::File;
use std::hash::{BuildHasher, Hasher, RandomState};
use std::io::{Seek, Write};
use std::panic::{AssertUnwindSafe, catch_unwind};
use std::path::{Path, PathBuf};
use std::process::ExitCode;
use std::time::{Duration, Instant};

/// An input that takes longer is a fault too: what is read here has a bounded size.
const LONGEST: Duration = Duration::from_secs(10);

/// Tries targets with inputs that are made from the corpus at random.
#[derive(Debug, Parser)]
struct Arguments {
    /// The targets; all of them where none is named.
    targets: Vec<String>,
    /// How long each is tried.
    #[arg(long, default_value_t = 10)]
    seconds: u64,
    /// What the inputs are drawn from; any number where none is given. It is printed.
    #[arg(long)]
    seed: Option<u64>,
    /// Where an input is kept that fails.
    #[arg(long, default_value_os_t = std::env::temp_dir())]
    keep: PathBuf,
}

#[expect(clippy::print_stdout, clippy::print_stderr, reason = "a command line tool")]
fn main() -> ExitCode {
    let arguments = Arguments::parse();
    let seed = arguments
        .seed
        .unwrap_or_else(|| RandomState::new().build_hasher().finish());
    println!("seed {seed}");
    match run(&arguments, seed) {
        Ok(()) => ExitCode::SUCCESS,
        Err(error) => {
            eprintln!("error: {error}");
            ExitCode::FAILURE
        }
    }
}

fn run(arguments: &Arguments, seed: u64) -> Result<(), Box<dyn Error>> {
    let is_named = |target: &&Target| {
        arguments.targets.is_empty() || arguments.targets.iter().any(|name| name == target.name)
    };
    let chosen: Vec<&Target> = TARGETS.iter().filter(is_named).collect();
    if chosen.len() < arguments.targets.len().max(1) {
        let names: Vec<&str> = TARGETS.iter().map(|target| target.name).collect();
        return Err(format!("there is no such target; there are {}", names.join(", ")).into());
    }
    let failed: Vec<&str> = chosen
        .into_iter()
        .filter_map(|target| match fuzzed(target, arguments, seed) {
            Ok(true) => None,
            Ok(false) => Some(Ok(target.name)),
            Err(error) => Some(Err(error)),
        })
        .collect::<Result<_, _>>()?;
    match failed.is_empty() {
        true => Ok(()),
        false => Err(format!("inputs were found that fail: {}", failed.join(", ")).into()),
    }
}

/// Tries one target; false where an input failed.
#[expect(clippy::print_stdout, reason = "a command line tool")]
#[expect(
    clippy::disallowed_methods,
    reason = "a budget of real time, and inputs that really take too long"
)]
fn fuzzed(target: &Target, arguments: &Arguments, seed: u64) -> std::io::Result<bool> {
    let inputs: Vec<Vec<u8>> = corpus(target.name)?.into_iter().map(|(_, input)| input).collect();
    let mut run = (target.prepare)();
    let mut mutator = Mutator::new(seed);
    let path = arguments.keep.join(format!("fuzz-{}-{seed}", target.name));
    // Written before it is tried: an input that overflows the stack ends the process.
    let mut file = File::create(&path)?;
    let (begun, mut tried) = (Instant::now(), 0_u64);
    let budget = Duration::from_secs(arguments.seconds);
    while begun.elapsed() < budget {
        let input = mutator.next(&inputs);
        write(&mut file, &input)?;
        tried += 1;
        let started = Instant::now();
        let failed = catch_unwind(AssertUnwindSafe(|| run(&input))).is_err();
        let took = started.elapsed();
        if failed || took > LONGEST {
            println!(
                "{}: input {tried} fails after {took:.1?}; it is in {}",
                target.name,
                path.display()
            );
            return Ok(false);
        }
    }
    println!("{}: {tried} inputs", target.name);
    remove(&path)?;
    Ok(true)
}

fn write(file: &mut File, input: &[u8]) -> std::io::Result<()> {
    file.rewind()?;
    file.set_len(0)?;
    file.write_all(input)
}

fn remove(path: &Path) -> std::io::Result<()> {
    std::fs::remove_file(path)
}
