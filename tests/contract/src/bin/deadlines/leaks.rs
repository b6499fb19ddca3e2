//! What this process holds: sockets, threads and memory as the system counts them, tasks as the runtime does.

use std::fmt;
use std::fs;
use std::time::{Duration, Instant};

use anyhow::{Context, Result};

/// What was held at one moment.
#[derive(Clone, Copy, Debug)]
pub(crate) struct Held {
    pub(crate) sockets: usize,
    pub(crate) threads: usize,
    pub(crate) tasks: usize,
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
            tasks: tokio::runtime::Handle::current().metrics().num_alive_tasks(),
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

    /// What is held beyond what was held before.
    pub(crate) fn more_than(&self, before: &Self) -> Option<String> {
        let held = [
            ("sockets", self.sockets, before.sockets),
            ("threads", self.threads, before.threads),
            ("tasks", self.tasks, before.tasks),
        ];
        let (name, now, then) = held.into_iter().find(|(_, now, then)| now > then)?;
        Some(format!("{} {name} are left", now - then))
    }
}

impl fmt::Display for Held {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let Self { sockets, threads, tasks, memory_kb } = self;
        write!(f, "{sockets} sockets, {threads} threads, {tasks} tasks, {memory_kb} kB")
    }
}
