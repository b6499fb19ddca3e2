//! The limiter against a model of the API: virtual time, a server with its own sliding window of 200 requests in 60 s,
//! answers after 20 to 900 ms.

use std::cmp::Reverse;
use std::collections::{BinaryHeap, VecDeque};

use super::*;

#[derive(Clone, Copy, PartialEq, Eq, PartialOrd, Ord)]
enum Kind {
    Ask,
    Arrive,
    Answer,
}

#[derive(Clone)]
struct Caller {
    priority: Priority,
    two: bool,
    /// The create whose object this call commits.
    commits: Option<usize>,
    /// Whether its answer is followed by a commit.
    then_commit: bool,
    /// From this tick on it never comes back, and tells nobody.
    gone_at: u64,
    ticket: Option<Ticket>,
    place: Option<Place>,
    sent_at: Option<u64>,
    answered_at: Option<u64>,
    passed: bool,
}

fn caller(priority: Priority) -> Caller {
    Caller {
        priority,
        two: false,
        commits: None,
        then_commit: false,
        gone_at: FAR,
        ticket: None,
        place: None,
        sent_at: None,
        answered_at: None,
        passed: true,
    }
}

struct World {
    limiter: Limiter,
    random: Random,
    events: BinaryHeap<Reverse<(u64, u64, usize, Kind)>>,
    callers: Vec<Caller>,
    /// When the server let requests through, in the last minute.
    window: VecDeque<u64>,
    refusals: u64,
    asks: u64,
}

impl World {
    fn new(seed: u8) -> Self {
        Self {
            limiter: Limiter::new(RATE_LIMIT),
            random: Random::new([seed, 1, 2, 3, 5, 8, 13, 21, 34, 55, 89, 144, 233, 7, 7, 7]),
            events: BinaryHeap::new(),
            callers: Vec::new(),
            window: VecDeque::new(),
            refusals: 0,
            asks: 0,
        }
    }

    fn at(&mut self, tick: u64, id: usize, kind: Kind) {
        // The second field shuffles what happens at the same tick.
        let order = self.random.draw();
        self.events.push(Reverse((tick, order, id, kind)));
    }

    fn call(&mut self, tick: u64, caller: Caller) -> usize {
        self.callers.push(caller);
        let id = self.callers.len() - 1;
        self.at(tick, id, Kind::Ask);
        id
    }

    fn run(&mut self) {
        while let Some(Reverse((now, _, id, kind))) = self.events.pop() {
            match kind {
                Kind::Ask => self.ask(now, id),
                Kind::Arrive => self.arrive(now, id),
                Kind::Answer => self.answer(now, id),
            }
        }
    }

    fn ask(&mut self, now: u64, id: usize) {
        let caller = self.callers[id].clone();
        if caller.gone_at <= now {
            return;
        }
        self.asks += 1;
        let object = caller.commits.map(|create| format!("object-{create}"));
        let random = self.random.draw();
        let question = Ask {
            ticket: caller.ticket,
            two: caller.two,
            commit_of: object.as_deref(),
            random,
            ..ask(caller.priority)
        };
        match self.limiter.ask(now, &question) {
            Turn::Go(place) => {
                self.callers[id].place = Some(place);
                self.callers[id].sent_at = Some(now);
                let latency = 20 + self.random.below(881);
                let there = self.random.below(latency);
                self.at(now + there, id, Kind::Arrive);
                self.at(now + latency, id, Kind::Answer);
            }
            Turn::Wait { ms, ticket } => {
                assert!(ms >= 1);
                self.callers[id].ticket = Some(ticket);
                self.at(now + ms, id, Kind::Ask);
            }
            Turn::Never { .. } => panic!("no deadline was set"),
        }
    }

    fn arrive(&mut self, now: u64, id: usize) {
        while self.window.front().is_some_and(|first| first + 60_000 <= now) {
            self.window.pop_front();
        }
        if self.window.len() >= 200 {
            self.refusals += 1;
            self.callers[id].passed = false;
        } else {
            self.window.push_back(now);
        }
    }

    fn answer(&mut self, now: u64, id: usize) {
        let caller = self.callers[id].clone();
        let place = caller.place.unwrap();
        let reply = if caller.passed { Reply::Passed } else { Reply::Refused { retry_after_ms: None } };
        self.limiter.answered(place, now, reply);
        self.callers[id].answered_at = Some(now);
        if caller.then_commit {
            self.limiter.held(place, &format!("object-{id}"));
            let thinking = self.random.below(2_000);
            self.call(now + thinking, Caller { commits: Some(id), ..self::caller(Priority::Urgent) });
        }
    }

    fn sends(&self) -> Vec<u64> {
        let mut sends: Vec<u64> = self.callers.iter().filter_map(|caller| caller.sent_at).collect();
        sends.sort_unstable();
        sends
    }

    /// Commits that were sent more than 30 s after their create's answer, and all commits.
    fn lapsed(&self) -> (usize, usize) {
        let commits: Vec<u64> = self
            .callers
            .iter()
            .filter_map(|commit| Some(commit.sent_at? - self.callers[commit.commits?].answered_at?))
            .collect();
        (commits.iter().filter(|after| **after > 30_000).count(), commits.len())
    }
}

#[test]
fn l1_a_thousand_calls_at_once_meet_no_429_and_use_nine_tenths_of_the_rate() {
    let mut world = World::new(2);
    for _ in 0..1_000 {
        world.call(0, caller(Priority::Read));
    }
    world.run();
    let sends = world.sends();
    assert_eq!(world.refusals, 0);
    assert_eq!(sends.len(), 1_000);
    // From the end of the burst through four whole minutes of the log: 780 sends.
    let rate = 780 * 60_000 / (sends[974] - sends[194]);
    assert!(rate >= 180, "{rate} a minute");
    assert!(world.asks < 25_000, "{} asks", world.asks);
}

#[test]
fn l1_calls_that_trickle_in_meet_no_429_either() {
    let mut world = World::new(9);
    for n in 0..1_200 {
        let class = [Priority::Write, Priority::Read, Priority::Page, Priority::Urgent][n % 4];
        world.call(u64::try_from(n).unwrap() * 150, caller(class));
    }
    world.run();
    assert_eq!((world.refusals, world.sends().len()), (0, 1_200));
}

#[test]
fn l1_a_hundred_calls_at_once_go_at_once() {
    let mut world = World::new(1);
    for _ in 0..100 {
        world.call(5, caller(Priority::Page));
    }
    world.run();
    assert_eq!(world.sends(), vec![5; 100]);
}

#[test]
fn l2_no_commit_of_a_thousand_pairs_lapses() {
    let mut world = World::new(2);
    for _ in 0..1_000 {
        world.call(0, Caller { two: true, then_commit: true, ..caller(Priority::Urgent) });
    }
    world.run();
    assert_eq!(world.refusals, 0);
    assert_eq!(world.lapsed(), (0, 1_000));
}

#[test]
fn l2_without_the_second_place_hundreds_would_lapse() {
    // The counterexample that shows that the test above can fail.
    let mut world = World::new(0);
    for _ in 0..1_000 {
        world.call(0, Caller { then_commit: true, ..caller(Priority::Write) });
    }
    world.run();
    let (lapsed, commits) = world.lapsed();
    assert!(commits == 1_000 && lapsed > 100, "{lapsed} of {commits}");
}

#[test]
fn l3_cancelled_calls_never_block_the_queue() {
    let mut world = World::new(3);
    for n in 0..1_000 {
        // Of those that wait, two of three vanish without a word.
        let gone_at = if n % 3 == 0 { FAR } else { 2_000 };
        world.call(n / 2, Caller { gone_at, ..caller(Priority::Read) });
    }
    // Calls that come when the first minute is over find the places of those that went.
    let newcomers: Vec<usize> = (0..50).map(|_| world.call(75_000, caller(Priority::Page))).collect();
    world.run();
    assert_eq!(world.refusals, 0);
    let stayed = world.callers.iter().filter(|caller| caller.gone_at == FAR);
    assert!(stayed.clone().all(|caller| caller.answered_at.is_some()));
    // 195 went at once; of the 805 that waited some 270 stayed: they fit into two rounds and a rest.
    let last = stayed.filter_map(|caller| caller.sent_at).max().unwrap();
    assert!(last <= 125_000 + 10_250, "the last went at {last}");
    let slowest = newcomers.iter().map(|id| world.callers[*id].sent_at.unwrap()).max().unwrap();
    assert!(slowest <= 125_000 + 10_250, "newcomers went by {slowest}");
}

#[test]
fn l3_a_free_place_is_used_though_everyone_ahead_has_vanished() {
    let mut world = World::new(4);
    for _ in 0..195 {
        world.call(0, caller(Priority::Read));
    }
    for _ in 0..600 {
        world.call(1, Caller { gone_at: 2, ..caller(Priority::Read) });
    }
    let last = world.call(2, caller(Priority::Page));
    world.run();
    let sent = world.callers[last].sent_at.unwrap();
    assert!((61_000..=62_000).contains(&sent), "went at {sent}");
}
