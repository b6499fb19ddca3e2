//! How a figure is made: batches of the same work, each timed as a whole, a warm-up before them, the lower quartile of them:
//! other work on the machine makes many batches slow and none too fast.

use std::hint::black_box;
use std::time::Instant;

use anyhow::{Context as _, Result};

/// How many batches are thrown away first: caches, the allocator and the processor's clock settle.
const WARM_UP: u32 = 8;
/// How many batches count.
const COUNTED: u32 = 41;

/// The time of one piece of work in µs. Each batch does `count` pieces; their inputs are made before its time begins.
///
/// # Errors
/// The first error of a piece of work.
pub(crate) fn microseconds<I, O>(
    count: u32,
    mut prepare: impl FnMut() -> I,
    mut work: impl FnMut(I) -> Result<O>,
) -> Result<f64> {
    let mut figures = Vec::new();
    for batch in 0..WARM_UP + COUNTED {
        let inputs: Vec<I> = (0..count).map(|_| prepare()).collect();
        let began = Instant::now();
        for input in inputs {
            black_box(work(black_box(input))?);
        }
        let took = began.elapsed();
        if batch >= WARM_UP {
            figures.push(took.as_secs_f64() * 1e6 / f64::from(count));
        }
    }
    figures.sort_by(f64::total_cmp);
    figures.get(figures.len() / 4).copied().context("no batch was counted")
}
