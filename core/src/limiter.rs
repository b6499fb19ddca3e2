//! stub
#![allow(missing_docs)]
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Priority {
    Urgent,
    Write,
    Read,
    Page,
}
impl Priority {
    pub const fn as_str(self) -> &'static str {
        match self {
            Self::Urgent => "urgent",
            Self::Write => "write",
            Self::Read => "read",
            Self::Page => "page",
        }
    }
}
#[derive(Debug)]
pub struct Place(u64);
#[derive(Debug)]
pub struct Ticket(u64);
pub struct Ask<'a> {
    pub ticket: Option<Ticket>,
    pub priority: Priority,
    pub two: bool,
    pub commit_of: Option<&'a str>,
    pub deadline: u64,
    pub timeout_ms: u64,
    pub random: u64,
}
pub enum Turn {
    Go(Place),
    Wait { ms: u64, ticket: Ticket },
    Never { free_at: u64 },
}
#[derive(Debug)]
pub struct Limiter;
impl Limiter {
    pub fn new(_l: Option<u32>) -> Self {
        Self
    }
    pub fn ask(&mut self, _n: u64, _a: Ask<'_>) -> Turn {
        Turn::Go(Place(0))
    }
    pub fn answered(&mut self, _p: Place, _n: u64, _q: Option<&str>) {}
    pub fn refused(&mut self, _n: u64, _r: Option<u64>) {}
    pub fn succeeded(&mut self, _n: u64) {}
    pub fn forget(&mut self, _t: Ticket) {}
    pub fn places_left(&self, _n: u64) -> Option<u32> {
        None
    }
    pub fn frozen_ms(&self, _n: u64) -> u64 {
        0
    }
    pub fn held(&mut self, _p: &Place, _id: &str, _n: u64) {}
}
