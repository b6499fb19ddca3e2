//! What comes next after one exchange: the whole recovery logic as one table. Everything that a decision needs is
//! in its four arguments, so every combination can be tested, and is. Waiting, limits and reading live elsewhere.

/// A row's class in the table: what may be done once a send is in doubt (rules W).
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum InDoubt {
    /// Reads and quotes: nothing can have happened, so repeat.
    Repeat,
    /// Idempotent writes: repeat, and settle a refusal by reading.
    Settle,
    /// Creates that can be found by an id of the caller.
    Find,
    /// The second step of a two-step create.
    Commit,
    /// Writes that can only be found among new rows; never sent again in doubt.
    Scan,
    /// Writes that cannot be found; never sent again in doubt.
    GiveUp,
}

/// What an exchange was for.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Phase {
    /// What exists is read once before the first send (`Scan`).
    Before,
    /// The operation itself.
    Send,
    /// Finding out how it ended.
    Look,
}

/// One exchange, reduced to what a decision needs.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Told {
    /// Success with what was asked for.
    Done,
    /// 202 or 204 without the expected object.
    Accepted,
    /// A definite no: 4xx except those below.
    Refused,
    /// 409.
    Taken,
    /// Never left, or turned away at the door: not sent, 429, 401 with a wrong clock.
    Untouched,
    /// May have been applied (W2); for a read: failed, worth repeating.
    Unclear,
    /// A look found the object as asked for.
    Same,
    /// A look found an object that differs.
    Other,
    /// A look found the object of a commit in a state that says neither yes nor no (W7).
    Strange,
    /// A look found an object older than the first send (W6).
    Foreign,
    /// A look found a quote that has lapsed: nothing moved (W7).
    Lapsed,
    /// A look found nothing, which does not prove anything yet.
    NotYet,
    /// A look found nothing, and that counts (W5).
    Absent,
    /// A look needs one more request: the next page, the object behind a ledger row.
    More,
}

/// What is known about the call so far. Never false again once true, save `taken`.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct Facts {
    /// A send of this call may have been applied.
    pub doubt: bool,
    /// The server answered 202: taken, not finished.
    pub accepted: bool,
    /// The server said 409: to a create, that something stands under this id, which finding nothing there contradicts
    /// (W5); to a commit, that an earlier one may have been applied.
    pub taken: bool,
    /// The write must not be sent again, whatever a look says.
    pub no_more_sends: bool,
    /// The call only finds out how an earlier one ended (W8).
    pub resolving: bool,
}

/// How a call ends.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Ending {
    /// The answer to the send itself.
    Answered,
    /// Success, not finished (K3).
    Accepted,
    /// Success, proven by a look.
    Recovered,
    /// A definite error: nothing was applied by this call.
    Refused,
    /// Another object stands under the same id.
    Mismatch,
    /// Resolve only: it never happened.
    NotApplied,
    /// It may have been applied.
    Unknown,
}

/// What to do next.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Next {
    /// This phase again, or for the first time, after a wait and if the limits allow it; else [`stop`].
    Again(Phase),
    /// This phase without a wait.
    Now(Phase),
    /// The end.
    End(Ending),
}

/// The table.
#[must_use]
pub fn next(row: InDoubt, phase: Phase, told: Told, facts: Facts) -> Next {
    use Next::{Again, End, Now};
    use Told as T;
    match (phase, told) {
        (_, T::More) => Now(phase),

        (Phase::Before, T::Done) => Now(Phase::Send),
        (Phase::Before, T::Untouched | T::Unclear) => Again(Phase::Before),
        (Phase::Before, _) => End(stop(facts)),

        (Phase::Send, T::Done) => End(Ending::Answered),
        (Phase::Send, T::Untouched) => send_again(row, facts),
        (Phase::Send, T::Unclear) => match row {
            InDoubt::Repeat | InDoubt::Settle => send_again(row, facts),
            InDoubt::Find | InDoubt::Commit | InDoubt::Scan => Again(Phase::Look),
            InDoubt::GiveUp => End(stop(facts)),
        },
        (Phase::Send, T::Accepted) => {
            if reads(row) {
                Now(Phase::Look)
            } else {
                End(stop(facts))
            }
        }
        (Phase::Send, T::Taken) => match row {
            InDoubt::Find | InDoubt::Commit => Now(Phase::Look),
            _ => refused(row, facts),
        },
        (Phase::Send, _) => refused(row, facts),

        (Phase::Look, T::Same) if row == InDoubt::Find && !facts.doubt => End(Ending::Refused),
        (Phase::Look, T::Same) => End(Ending::Recovered),
        // Whoever resolves is shown the object (W8).
        (Phase::Look, T::Other | T::Strange) if facts.resolving => End(Ending::Mismatch),
        (Phase::Look, T::Strange) => End(Ending::Unknown),
        (Phase::Look, T::Other) => match row {
            InDoubt::Find if facts.doubt => End(Ending::Mismatch),
            // A state that a commit that was accepted does not lead to.
            InDoubt::Commit if facts.accepted => End(Ending::Unknown),
            // It was read, and is another's: what the 409 said holds.
            _ => End(stop(Facts { taken: false, ..facts })),
        },
        (Phase::Look, T::Lapsed) if facts.resolving => End(Ending::NotApplied),
        // An older object says nothing about a later send, not to somebody who only has its record.
        (Phase::Look, T::Foreign) if facts.resolving => End(stop(facts)),
        (Phase::Look, T::Foreign | T::Lapsed) => End(Ending::Refused),
        (Phase::Look, T::NotYet | T::Absent) if facts.accepted => End(Ending::Accepted),
        (Phase::Look, T::NotYet) => Again(Phase::Look),
        (Phase::Look, T::Absent) if facts.resolving => End(Ending::NotApplied),
        // It cannot be read and yet is said to be there: read again, as long as the limits allow.
        (Phase::Look, T::Absent) if facts.taken && row == InDoubt::Find => Again(Phase::Look),
        (Phase::Look, T::Absent) => match row {
            InDoubt::Find | InDoubt::Commit if !facts.no_more_sends => Again(Phase::Send),
            _ => End(stop(facts)),
        },
        (Phase::Look, T::Unclear | T::Untouched) => Again(Phase::Look),
        // The look itself was refused. What a 409 said of a create holds: it was not this call that made the object. Of a commit
        // it leaves open whether an earlier one was applied.
        (Phase::Look, _) => End(stop(Facts { taken: facts.taken && row == InDoubt::Commit, ..facts })),
    }
}

/// How a call ends when its limits are used up.
#[must_use]
pub const fn stop(facts: Facts) -> Ending {
    if facts.accepted {
        Ending::Accepted
    } else if facts.doubt || facts.taken {
        Ending::Unknown
    } else {
        Ending::Refused
    }
}

/// Whether a row can be read back at all.
const fn reads(row: InDoubt) -> bool {
    !matches!(row, InDoubt::Repeat | InDoubt::GiveUp)
}

/// Another send, unless doubt or a fact forbids it: then a look, where there is one.
const fn send_again(row: InDoubt, facts: Facts) -> Next {
    let forbidden = facts.no_more_sends
        || facts.resolving
        || (facts.doubt && matches!(row, InDoubt::Scan | InDoubt::GiveUp));
    match (forbidden, reads(row)) {
        (false, _) => Next::Again(Phase::Send),
        (true, true) => Next::Again(Phase::Look),
        (true, false) => Next::End(stop(facts)),
    }
}

/// A definite no answers only its own attempt: in doubt it leads to a look.
const fn refused(row: InDoubt, facts: Facts) -> Next {
    if facts.doubt && reads(row) { Next::Now(Phase::Look) } else { Next::End(stop(facts)) }
}

#[cfg(test)]
mod tests {
    use super::*;

    const ROWS: [InDoubt; 6] =
        [InDoubt::Repeat, InDoubt::Settle, InDoubt::Find, InDoubt::Commit, InDoubt::Scan, InDoubt::GiveUp];
    const PHASES: [Phase; 3] = [Phase::Before, Phase::Send, Phase::Look];
    const TOLD: [Told; 14] = [
        Told::Done,
        Told::Accepted,
        Told::Refused,
        Told::Taken,
        Told::Untouched,
        Told::Unclear,
        Told::Same,
        Told::Other,
        Told::Strange,
        Told::Foreign,
        Told::Lapsed,
        Told::NotYet,
        Told::Absent,
        Told::More,
    ];

    /// Every combination with what the table says of it.
    fn all() -> impl Iterator<Item = (InDoubt, Phase, Told, Facts, Next)> {
        let facts = (0..32).map(|bits| Facts {
            doubt: bits & 1 > 0,
            accepted: bits & 2 > 0,
            no_more_sends: bits & 4 > 0,
            resolving: bits & 8 > 0,
            taken: bits & 16 > 0,
        });
        facts.flat_map(|facts| {
            ROWS.into_iter().flat_map(move |row| {
                PHASES.into_iter().flat_map(move |phase| {
                    TOLD.into_iter().map(move |told| (row, phase, told, facts, next(row, phase, told, facts)))
                })
            })
        })
    }

    fn sends(next: Next) -> bool {
        matches!(next, Next::Again(Phase::Send) | Next::Now(Phase::Send))
    }

    #[test]
    fn no_definite_refusal_follows_doubt_except_one_proven_by_an_object_that_was_read() {
        for (row, phase, told, facts, next) in all().filter(|(_, _, _, facts, _)| facts.doubt) {
            if next == Next::End(Ending::Refused) {
                assert_eq!(phase, Phase::Look, "{row:?} {told:?} {facts:?}");
                assert!(matches!(told, Told::Foreign | Told::Lapsed), "{row:?} {told:?} {facts:?}");
            }
        }
    }

    #[test]
    fn rows_that_cannot_be_proven_unsent_are_never_sent_again_in_doubt() {
        for (row, phase, told, facts, next) in
            all().filter(|(_, phase, _, facts, _)| facts.doubt && *phase != Phase::Before)
        {
            if matches!(row, InDoubt::Scan | InDoubt::GiveUp) && told != Told::More {
                assert!(!sends(next), "{row:?} {phase:?} {told:?} {facts:?}");
            }
        }
    }

    #[test]
    fn nothing_is_sent_once_no_more_sends_is_known() {
        for (row, phase, told, facts, next) in
            all().filter(|(_, phase, _, facts, _)| facts.no_more_sends && *phase != Phase::Before)
        {
            if told != Told::More {
                assert!(!sends(next), "{row:?} {phase:?} {told:?} {facts:?}");
            }
        }
    }

    #[test]
    fn a_write_in_doubt_is_sent_again_only_by_rows_whose_repeat_is_harmless_or_after_a_proof_of_absence() {
        for (row, phase, told, _, next) in
            all().filter(|(_, phase, _, facts, _)| facts.doubt && *phase != Phase::Before)
        {
            if sends(next) && told != Told::More {
                match row {
                    InDoubt::Repeat | InDoubt::Settle => assert_eq!(phase, Phase::Send),
                    InDoubt::Find | InDoubt::Commit => {
                        assert!(
                            (phase, told) == (Phase::Look, Told::Absent)
                                || (phase, told) == (Phase::Send, Told::Untouched)
                        );
                    }
                    InDoubt::Scan | InDoubt::GiveUp => panic!("{row:?} sends in doubt"),
                }
            }
        }
    }

    #[test]
    fn resolving_never_sends_and_only_it_ends_as_not_applied() {
        for (row, phase, told, facts, next) in all() {
            if next == Next::End(Ending::NotApplied) {
                assert!(facts.resolving, "{row:?} {phase:?} {told:?}");
            }
            if facts.resolving && phase != Phase::Before && told != Told::More {
                assert!(!sends(next));
            }
        }
    }

    #[test]
    fn an_object_found_without_doubt_is_a_duplicate_of_a_create_but_the_proof_of_a_commit() {
        let calm = Facts::default();
        assert_eq!(next(InDoubt::Find, Phase::Look, Told::Same, calm), Next::End(Ending::Refused));
        assert_eq!(next(InDoubt::Commit, Phase::Look, Told::Same, calm), Next::End(Ending::Recovered));
    }

    #[test]
    fn an_accepted_write_that_a_look_does_not_find_stays_accepted() {
        let facts = Facts { doubt: true, accepted: true, ..Facts::default() };
        for told in [Told::NotYet, Told::Absent] {
            assert_eq!(next(InDoubt::Find, Phase::Look, told, facts), Next::End(Ending::Accepted));
        }
    }

    #[test]
    fn each_rule_of_safe_writes_has_its_row() {
        use Next::{Again, End, Now};
        use {Ending as E, InDoubt as R, Phase as P, Told as T};
        let calm = Facts::default();
        let doubt = Facts { doubt: true, ..calm };
        let taken = Facts { taken: true, ..calm };
        let both = Facts { taken: true, ..doubt };
        let last = Facts { no_more_sends: true, ..doubt };
        let record = Facts { resolving: true, ..last };
        let accepted = Facts { accepted: true, ..last };
        for (rule, row, phase, told, facts, expected) in [
            ("W2: a 4xx answers its own attempt", R::Find, P::Send, T::Refused, doubt, Now(P::Look)),
            ("W2: without doubt it is the end", R::Find, P::Send, T::Refused, calm, End(E::Refused)),
            ("W2: nothing to read, still unknown", R::GiveUp, P::Send, T::Refused, doubt, End(E::Unknown)),
            ("W2: a lost answer is looked for", R::Scan, P::Send, T::Unclear, doubt, Again(P::Look)),
            ("W2: or cannot be", R::GiveUp, P::Send, T::Unclear, doubt, End(E::Unknown)),
            ("W2: a repeat is harmless", R::Settle, P::Send, T::Unclear, doubt, Again(P::Send)),
            ("K3: a 202 is looked for", R::Find, P::Send, T::Accepted, doubt, Now(P::Look)),
            ("W5: proven absent, once more", R::Find, P::Look, T::Absent, doubt, Again(P::Send)),
            ("W5: not twice", R::Find, P::Look, T::Absent, last, End(E::Unknown)),
            ("W5: not yet", R::Find, P::Look, T::NotYet, doubt, Again(P::Look)),
            ("W5: a 409 contradicts it", R::Find, P::Look, T::Absent, both, Again(P::Look)),
            ("W5: a scan is never sent again", R::Scan, P::Look, T::Absent, doubt, End(E::Unknown)),
            ("W5: turned away in doubt", R::Scan, P::Send, T::Untouched, doubt, Again(P::Look)),
            ("W5: turned away, never in doubt", R::Scan, P::Send, T::Untouched, calm, Again(P::Send)),
            ("W6: a 409 is looked at", R::Commit, P::Send, T::Taken, calm, Now(P::Look)),
            ("W6: not by a row without an id", R::Scan, P::Send, T::Taken, calm, End(E::Refused)),
            ("W6: an older object", R::Find, P::Look, T::Foreign, doubt, End(E::Refused)),
            ("W6: a look that is refused", R::Find, P::Look, T::Refused, taken, End(E::Refused)),
            ("W2: a commit's look that is refused", R::Commit, P::Look, T::Refused, taken, End(E::Unknown)),
            ("W2: not committed, after a 409", R::Commit, P::Look, T::Absent, taken, Again(P::Send)),
            ("W2: cancelled, after a 409", R::Commit, P::Look, T::Other, taken, End(E::Refused)),
            ("W7: a status of tomorrow", R::Commit, P::Look, T::Strange, taken, End(E::Unknown)),
            ("W8: a status of tomorrow is shown", R::Commit, P::Look, T::Strange, record, End(E::Mismatch)),
            ("W6: a look that is refused, in doubt", R::Find, P::Look, T::Refused, both, End(E::Unknown)),
            ("W7: different", R::Find, P::Look, T::Other, doubt, End(E::Mismatch)),
            ("W7: different, but another's", R::Find, P::Look, T::Other, calm, End(E::Refused)),
            ("W6: different, after a 409", R::Find, P::Look, T::Other, taken, End(E::Refused)),
            ("W7: different, after doubt and a 409", R::Find, P::Look, T::Other, both, End(E::Mismatch)),
            ("W7: an unknown state of a commit", R::Commit, P::Look, T::Other, doubt, End(E::Unknown)),
            ("W7: a lapsed quote", R::Find, P::Look, T::Lapsed, doubt, End(E::Refused)),
            ("W8: a lapsed quote", R::Find, P::Look, T::Lapsed, record, End(E::NotApplied)),
            ("W8: an older object", R::Find, P::Look, T::Foreign, record, End(E::Unknown)),
            ("W8: nothing is there", R::Find, P::Look, T::Absent, record, End(E::NotApplied)),
            ("W8: a mismatch is shown", R::Scan, P::Look, T::Other, record, End(E::Mismatch)),
            ("W7: a state that no commit leads to", R::Commit, P::Look, T::Other, accepted, End(E::Unknown)),
            (
                "K3: what was accepted may not be there yet",
                R::Settle,
                P::Look,
                T::Other,
                accepted,
                End(E::Accepted),
            ),
            ("W8: never sends", R::Settle, P::Send, T::Untouched, record, Again(P::Look)),
        ] {
            assert_eq!(next(row, phase, told, facts), expected, "{rule}");
        }
        assert_eq!((stop(calm), stop(doubt), stop(taken)), (E::Refused, E::Unknown, E::Unknown));
    }
}
