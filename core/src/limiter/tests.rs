//! The limiter's rules one by one; `simulation` puts them together against a model of the API.

mod simulation;

use std::collections::BTreeSet;

use super::*;
use crate::config::RATE_LIMIT;
use crate::random::Random;

const FAR: u64 = u64::MAX;
const TIMEOUT: u64 = 15_000;

fn ask(priority: Priority) -> Ask<'static> {
    Ask {
        ticket: None,
        priority,
        two: false,
        commit_of: None,
        deadline: FAR,
        attempt_timeout_ms: TIMEOUT,
        random: 0,
    }
}

fn go(turn: Turn) -> Place {
    match turn {
        Turn::Go(place) => place,
        other => panic!("should go, not {other:?}"),
    }
}

fn wait(turn: Turn) -> (u64, Ticket) {
    match turn {
        Turn::Wait { ms, ticket } => (ms, ticket),
        other => panic!("should wait, not {other:?}"),
    }
}

fn again(ticket: Ticket, priority: Priority) -> Ask<'static> {
    Ask { ticket: Some(ticket), ..ask(priority) }
}

/// A limiter of `size` places, all of them answered at tick 0.
fn full(size: u32) -> Limiter {
    let mut limiter = Limiter::new(size);
    for _ in 0..size {
        let place = go(limiter.ask(0, &ask(Priority::Read)));
        limiter.answered(place, 0, Reply::Passed);
    }
    limiter
}

#[test]
fn l1_a_place_is_free_61_s_after_its_answer_and_not_before() {
    let mut limiter = Limiter::new(2);
    let place = go(limiter.ask(1_000, &ask(Priority::Read)));
    assert_eq!(limiter.places_left(1_000), 1);
    limiter.answered(place, 3_000, Reply::Lost);
    go(limiter.ask(3_000, &ask(Priority::Read)));
    let (ms, ticket) = wait(limiter.ask(4_000, &ask(Priority::Read)));
    assert_eq!(4_000 + ms, 64_000);
    assert_eq!((limiter.places_left(63_999), limiter.places_left(64_000)), (0, 1));
    go(limiter.ask(64_000, &again(ticket, Priority::Read)));
}

#[test]
fn l1_the_default_is_195_places() {
    assert_eq!(Limiter::new(RATE_LIMIT).places_left(0), 195);
    assert_eq!(Limiter::new(0).places_left(0), 1);
}

#[test]
fn l1_a_call_that_vanishes_after_its_send_gives_its_place_back() {
    let mut limiter = Limiter::new(2);
    go(limiter.ask(0, &Ask { two: true, ..ask(Priority::Urgent) }));
    assert_eq!(limiter.places_left(TIMEOUT + 61_000 - 1), 0);
    assert_eq!(limiter.places_left(TIMEOUT + 61_000), 2);
}

#[test]
fn l1_an_answer_ends_the_attempt_that_it_answers() {
    let mut limiter = Limiter::new(2);
    go(limiter.ask(0, &Ask { attempt_timeout_ms: 1_000, ..ask(Priority::Read) }));
    let answered = go(limiter.ask(0, &ask(Priority::Read)));
    limiter.answered(answered, 0, Reply::Passed);
    assert_eq!((limiter.places_left(61_000), limiter.places_left(62_000)), (1, 2));
}

#[test]
fn l2_the_place_is_kept_for_its_object_alone_until_30_s_after_the_answer() {
    let mut limiter = Limiter::new(2);
    let create = go(limiter.ask(0, &Ask { two: true, ..ask(Priority::Urgent) }));
    limiter.answered(create, 1_000, Reply::Passed);
    limiter.held(create, "a");
    wait(limiter.ask(1_000, &Ask { commit_of: Some("b"), ..ask(Priority::Urgent) }));
    assert_eq!((limiter.places_left(30_999), limiter.places_left(31_000)), (0, 1));
    let mut in_time = limiter.clone();
    let commit = Ask { commit_of: Some("a"), ..ask(Priority::Urgent) };
    go(in_time.ask(30_999, &commit));
    wait(in_time.ask(30_999, &commit));
    go(limiter.ask(31_000, &ask(Priority::Page)));
    wait(limiter.ask(31_000, &commit));
}

#[test]
fn l2_a_create_that_made_nothing_gives_its_second_place_back() {
    let mut limiter = Limiter::new(2);
    let create = go(limiter.ask(0, &Ask { two: true, ..ask(Priority::Urgent) }));
    limiter.answered(create, 100, Reply::Passed);
    let (ms, ticket) = wait(limiter.ask(100, &ask(Priority::Read)));
    assert!(ms <= 10_000, "a held place may come back at any time");
    limiter.release_hold(create);
    go(limiter.ask(100 + ms, &again(ticket, Priority::Read)));
}

#[test]
fn l2_a_create_that_needs_two_places_is_not_overtaken_by_smaller_calls() {
    let mut limiter = full(2);
    let first = go(limiter.ask(61_000, &ask(Priority::Read)));
    limiter.answered(first, 61_000, Reply::Passed);
    let (_, ticket) = wait(limiter.ask(61_000, &Ask { two: true, ..ask(Priority::Write) }));
    wait(limiter.ask(61_000, &ask(Priority::Read)));
    assert_eq!(limiter.places_left(61_000), 1);
    go(limiter.ask(122_000, &Ask { two: true, ..again(ticket, Priority::Write) }));
}

#[test]
fn l3_the_class_decides_then_the_arrival() {
    // Five places that become free a second apart: a waiting call's wake time tells its rank.
    let mut limiter = Limiter::new(5);
    for answered_at in [0, 1_000, 2_000, 3_000, 4_000] {
        let place = go(limiter.ask(answered_at, &ask(Priority::Read)));
        limiter.answered(place, answered_at, Reply::Passed);
    }
    let classes = [Priority::Page, Priority::Read, Priority::Write, Priority::Urgent, Priority::Read];
    let tickets = classes.map(|class| (wait(limiter.ask(60_000, &ask(class))).1, class));
    let wakes = tickets.map(|(ticket, class)| 60_500 + wait(limiter.ask(60_500, &again(ticket, class))).0);
    assert_eq!(wakes, [65_000, 63_000, 62_000, 61_000, 64_000]);
}

#[test]
fn l3_the_kth_in_the_queue_is_told_when_the_kth_place_is_free() {
    let mut limiter = Limiter::new(3);
    for answered_at in [0, 1_000, 2_000] {
        let place = go(limiter.ask(answered_at, &ask(Priority::Read)));
        limiter.answered(place, answered_at, Reply::Passed);
    }
    let now = 59_000;
    let wakes: Vec<u64> = (0..3).map(|_| now + wait(limiter.ask(now, &ask(Priority::Read))).0).collect();
    assert_eq!(wakes, [61_000, 62_000, 63_000]);
    // The next round begins a minute later: named in full where the deadline does not reach.
    let late = Ask { deadline: 121_999, ..ask(Priority::Read) };
    assert_eq!(limiter.ask(now, &late), Turn::Never { free_at: 122_000 });
}

#[test]
fn l3_a_wait_that_cannot_end_before_the_deadline_is_refused_at_once() {
    let mut limiter = full(1);
    let short = Ask { deadline: 60_999, ..ask(Priority::Urgent) };
    assert_eq!(limiter.ask(5_000, &short), Turn::Never { free_at: 61_000 });
    assert_eq!(wait(limiter.ask(5_000, &Ask { deadline: 61_000, ..short })).0, 56_000);
    assert_eq!(Limiter::new(RATE_LIMIT).ask(9, &Ask { deadline: 8, ..short }), Turn::Never { free_at: 10 });
}

#[test]
fn l3_a_waiting_call_holds_no_place_and_its_ticket_lapses_after_250_ms() {
    let mut limiter = full(1);
    let (ms, _) = wait(limiter.ask(60_000, &ask(Priority::Urgent)));
    assert_eq!(ms, 1_000);
    assert_eq!(limiter.places_left(61_250), 1);
    let (_, second) = wait(limiter.ask(61_250, &ask(Priority::Read)));
    go(limiter.ask(61_251, &again(second, Priority::Read)));
}

#[test]
fn l3_a_forgotten_ticket_makes_room_at_once() {
    let mut limiter = full(1);
    let (_, ticket) = wait(limiter.ask(60_000, &ask(Priority::Urgent)));
    limiter.forget(ticket);
    go(limiter.ask(61_000, &ask(Priority::Page)));
}

#[test]
fn l3_a_call_that_comes_back_late_keeps_its_age() {
    let mut limiter = full(1);
    let (_, late) = wait(limiter.ask(0, &ask(Priority::Read)));
    let place = go(limiter.ask(61_300, &ask(Priority::Read)));
    limiter.answered(place, 61_300, Reply::Passed);
    let (_, young) = wait(limiter.ask(61_300, &ask(Priority::Read)));
    wait(limiter.ask(61_400, &again(late, Priority::Read)));
    wait(limiter.ask(122_300, &again(young, Priority::Read)));
    go(limiter.ask(122_300, &again(late, Priority::Read)));
}

#[test]
fn l3_a_ticket_rises_one_class_per_10_s_but_never_into_the_first() {
    let ranks =
        |priority: Priority| [0, 9_999, 10_000, 20_000, 30_000, FAR].map(|waited| priority.aged(waited));
    assert_eq!(ranks(Priority::Page), [3, 3, 2, 1, 1, 1]);
    assert_eq!(ranks(Priority::Read), [2, 2, 1, 1, 1, 1]);
    assert_eq!(ranks(Priority::Write), [1; 6]);
    assert_eq!(ranks(Priority::Urgent), [0; 6]);
}

#[test]
fn l3_an_aged_page_goes_before_a_new_write_and_after_a_new_commit() {
    let mut limiter = full(1);
    let (_, page) = wait(limiter.ask(40_000, &ask(Priority::Page)));
    let (_, write) = wait(limiter.ask(60_500, &ask(Priority::Write)));
    let (_, commit) = wait(limiter.ask(60_500, &ask(Priority::Urgent)));
    wait(limiter.ask(60_500, &again(page, Priority::Page)));
    wait(limiter.ask(61_000, &again(write, Priority::Write)));
    wait(limiter.ask(61_000, &again(page, Priority::Page)));
    let mut without_commit = limiter.clone();
    without_commit.forget(commit);
    wait(without_commit.ask(61_000, &again(write, Priority::Write)));
    go(without_commit.ask(61_000, &again(page, Priority::Page)));
    go(limiter.ask(61_000, &again(commit, Priority::Urgent)));
}

#[test]
fn l4_pauses_double_from_2_s_to_61_s_and_a_success_ends_them() {
    let mut limiter = Limiter::new(RATE_LIMIT);
    let mut now = 1_000;
    for pause in [2_000, 4_000, 8_000, 16_000, 32_000, 61_000, 61_000] {
        let place = go(limiter.ask(now, &ask(Priority::Read)));
        limiter.answered(place, now + 50, Reply::Refused { retry_after_ms: None });
        assert_eq!(limiter.frozen_ms(now + 50), pause);
        let (ms, ticket) = wait(limiter.ask(now + 50, &ask(Priority::Read)));
        assert_eq!(ms, pause);
        limiter.forget(ticket);
        now += 50 + pause;
    }
    let probe = go(limiter.ask(now, &ask(Priority::Read)));
    limiter.answered(probe, now + 50, Reply::Passed);
    let place = go(limiter.ask(now + 50, &ask(Priority::Read)));
    limiter.answered(place, now + 60, Reply::Refused { retry_after_ms: None });
    assert_eq!(limiter.frozen_ms(now + 60), 2_000);
}

#[test]
fn l4_many_429s_of_one_moment_are_one_pause() {
    let mut limiter = Limiter::new(RATE_LIMIT);
    let places: Vec<Place> = (0..100).map(|_| go(limiter.ask(0, &ask(Priority::Read)))).collect();
    for (n, place) in (0..).zip(places) {
        limiter.answered(place, 100 + n, Reply::Refused { retry_after_ms: None });
    }
    assert_eq!(limiter.frozen_ms(100), 2_000 - 99);
    assert_eq!(limiter.frozen_ms(2_099), 1);
    assert_eq!(limiter.frozen_ms(2_100), 0);
}

#[test]
fn l4_an_old_success_does_not_open_what_a_429_has_closed() {
    let mut limiter = Limiter::new(RATE_LIMIT);
    let slow = go(limiter.ask(0, &ask(Priority::Read)));
    let place = go(limiter.ask(0, &ask(Priority::Read)));
    limiter.answered(place, 100, Reply::Refused { retry_after_ms: None });
    limiter.answered(slow, 200, Reply::Passed);
    assert_eq!(limiter.frozen_ms(200), 1_900);
}

#[test]
fn l4_no_answer_closes_a_client_for_longer_than_ten_minutes() {
    let mut limiter = Limiter::new(RATE_LIMIT);
    let place = go(limiter.ask(0, &ask(Priority::Read)));
    limiter.answered(place, 0, Reply::Refused { retry_after_ms: Some(u64::MAX) });
    assert_eq!(limiter.frozen_ms(0), 600_000);
    assert_eq!(limiter.frozen_ms(600_000), 0);
}

#[test]
fn l4_retry_after_is_the_pause_where_the_server_names_one() {
    let mut limiter = Limiter::new(RATE_LIMIT);
    let place = go(limiter.ask(0, &ask(Priority::Read)));
    limiter.answered(place, 0, Reply::Refused { retry_after_ms: Some(30_000) });
    assert_eq!(limiter.frozen_ms(0), 30_000);
    let short = Ask { deadline: 29_999, ..ask(Priority::Urgent) };
    assert_eq!(limiter.ask(0, &short), Turn::Never { free_at: 30_000 });
    go(limiter.ask(30_000, &ask(Priority::Read)));
}

#[test]
fn l4_one_call_probes_and_the_others_follow_its_success_within_a_second() {
    let mut limiter = Limiter::new(RATE_LIMIT);
    let mut random = Random::new([6; 16]);
    let place = go(limiter.ask(0, &ask(Priority::Read)));
    limiter.answered(place, 0, Reply::Refused { retry_after_ms: None });
    let mut pending: BTreeSet<(u64, u64)> = BTreeSet::new();
    let mut tickets = Vec::new();
    for n in 0..100 {
        let (ms, ticket) = wait(limiter.ask(10, &Ask { random: random.draw(), ..ask(Priority::Read) }));
        pending.insert((10 + ms, n));
        tickets.push(ticket);
    }
    let (mut probe, mut sends) = (None, Vec::new());
    let passed_at = 3_500;
    while let Some((now, n)) = pending.pop_first() {
        if let (true, Some(place)) = (now >= passed_at, probe.take_if(|_| now >= passed_at)) {
            limiter.answered(place, passed_at, Reply::Passed);
        }
        let ticket = Some(tickets[usize::try_from(n).unwrap()]);
        match limiter.ask(now, &Ask { ticket, random: random.draw(), ..ask(Priority::Read) }) {
            Turn::Go(place) => {
                if sends.is_empty() {
                    probe = Some(place);
                }
                sends.push(now);
            }
            Turn::Wait { ms, .. } => {
                pending.insert((now + ms, n));
            }
            Turn::Never { .. } => panic!("no deadline was set"),
        }
    }
    assert_eq!(sends.len(), 100);
    assert_eq!(sends[0], 2_000, "the first in the queue probes when the pause ends");
    assert!(sends[1..].iter().all(|at| (passed_at..=passed_at + 1_001).contains(at)), "{sends:?}");
    let crowd = |from: u64| sends[1..].iter().filter(|at| (from..from + 100).contains(at)).count();
    assert!((3_500..4_500).all(|from| crowd(from) <= 30), "spread over the second: {sends:?}");
}

#[test]
fn l4_the_first_in_the_queue_probes_not_whoever_comes_first() {
    let mut limiter = Limiter::new(RATE_LIMIT);
    let place = go(limiter.ask(0, &ask(Priority::Read)));
    limiter.answered(place, 0, Reply::Refused { retry_after_ms: None });
    let (_, commit) = wait(limiter.ask(10, &ask(Priority::Urgent)));
    wait(limiter.ask(2_000, &ask(Priority::Page)));
    go(limiter.ask(2_000, &again(commit, Priority::Urgent)));
}

#[test]
fn l4_a_lost_probe_is_followed_by_another() {
    let mut limiter = Limiter::new(RATE_LIMIT);
    let place = go(limiter.ask(0, &ask(Priority::Read)));
    limiter.answered(place, 0, Reply::Refused { retry_after_ms: None });
    let probe = go(limiter.ask(2_000, &ask(Priority::Read)));
    let (ms, ticket) = wait(limiter.ask(2_000, &ask(Priority::Read)));
    assert!(ms <= 1_000);
    limiter.answered(probe, 2_000 + ms, Reply::Lost);
    go(limiter.ask(2_000 + ms, &again(ticket, Priority::Read)));
    wait(limiter.ask(2_000 + ms, &ask(Priority::Urgent)));
    // That one's call vanishes: its attempt must be over after its timeout.
    wait(limiter.ask(2_000 + ms + TIMEOUT - 1, &ask(Priority::Write)));
    go(limiter.ask(2_000 + ms + TIMEOUT, &ask(Priority::Urgent)));
}

#[test]
fn l5_places_given_by_a_shared_store_are_counted_here_too() {
    let mut limiter = Limiter::new(2);
    let places = [0, 1, 2].map(|now| limiter.permitted(now, TIMEOUT));
    for (now, place) in (10..).zip(places) {
        limiter.answered(place, now, Reply::Passed);
    }
    assert_eq!(limiter.places_left(12), 0);
    // Three are occupied where two exist: the first that ends makes no room.
    assert_eq!(12 + wait(limiter.ask(12, &ask(Priority::Read))).0, 61_011);
}

#[test]
fn t1_a_tick_that_goes_back_counts_as_standing_still() {
    let mut limiter = full(1);
    let (_, ticket) = wait(limiter.ask(60_000, &ask(Priority::Read)));
    let (ms, _) = wait(limiter.ask(10, &again(ticket, Priority::Read)));
    assert_eq!(ms, 1_000, "counted from 60,000");
    assert_eq!(limiter.places_left(0), 0);
    go(limiter.ask(61_000, &again(ticket, Priority::Read)));
}

#[test]
fn the_limiter_is_total_at_the_end_of_time() {
    let mut limiter = Limiter::new(1);
    let last = Ask { two: true, attempt_timeout_ms: FAR, random: FAR, ..ask(Priority::Page) };
    let place = go(limiter.ask(FAR - 1, &last));
    limiter.answered(place, FAR, Reply::Refused { retry_after_ms: Some(FAR) });
    for commit_of in [None, Some("")] {
        let _ = limiter.ask(FAR, &Ask { commit_of, ..last });
    }
    limiter.held(place, "");
    limiter.release_hold(place);
    assert_eq!(limiter.frozen_ms(FAR), 0);
}

#[test]
fn without_a_limit_nothing_is_kept() {
    let mut limiter = Limiter::new(u32::MAX);
    for now in 0..1_000 {
        let Turn::Go(place) = limiter.ask(now, &ask(Priority::Read)) else { panic!("a call had to wait") };
        limiter.answered(place, now, Reply::Passed);
    }
    assert_eq!(limiter.places_left(1_000), u32::MAX);
}
