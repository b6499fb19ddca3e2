//! What this process holds, as the system counts it: sockets, threads, memory.

use std::fmt;
use std::fs;
use std::time::{Duration, Instant};

use anyhow::{Context, Result};

/// What was held at one moment.
#[derive(Clone, Copy, Debug)]
pub(crate) struct Held {
    pub(crate) sockets: usize,
    pub(crate) threads: usize,
    pub(crate) memory_kb: u64,
}

impl Held {
    pub(crate) fn now() -> Result<Self> {
        let links = fs::read_dir("/proc/self/fd").context("this needs Linux's /proc")?;
        let sockets = links.filter_map(|link| fs::read_link(link.ok()?.path()).ok());
        let status = fs::read_to_string("/proc/self/status")?;
        let number = |name: &str| {
            let line = status.lines().find_map(|line| line.strip_prefix(name))?;
            line.split_whitespace().find_map(|word| word.parse::<u64>().ok())
        };
        Ok(Self {
            sockets: sockets.filter(|target| target.to_string_lossy().starts_with("socket:")).count(),
            threads: usize::try_from(number("Threads:").context("no number of threads")?)?,
            memory_kb: number("VmRSS:").context("no size of the memory")?,
        })
    }

    /// What is still held when nothing is given back any more, or after so long.
    pub(crate) async fn settled(before: &Self, patience: Duration) -> Result<Self> {
        let began = Instant::now();
        loop {
            let now = Self::now()?;
            if now.more_than(before).is_none() || began.elapsed() > patience {
                return Ok(now);
            }
            tokio::time::sleep(Duration::from_millis(50)).await;
        }
    }

    /// Which sockets and threads are held beyond those of before.
    pub(crate) fn more_than(&self, before: &Self) -> Option<String> {
        let more =
            |name, now: usize, then: usize| (now > then).then(|| format!("{} {name} are left", now - then));
        more("sockets", self.sockets, before.sockets)
            .or_else(|| more("threads", self.threads, before.threads))
    }
}

impl fmt::Display for Held {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{} sockets, {} threads, {} kB", self.sockets, self.threads, self.memory_kb)
    }
}
