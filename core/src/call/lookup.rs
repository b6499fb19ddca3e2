//! Finding out by reading how a write ended. A look is a round of one or more reads; `lookup/reads.rs` says
//! which comes next, `lookup/rows.rs` what rows tell, and this file what the answers of a round add up to. Whether another round
//! follows is the table's business.

mod reads;
mod rows;

use self::reads::id_read_by;
use super::decide::Told;
use super::same::{Found, differing, equal_amounts, unverified};
use crate::date::parse_rfc3339;
use crate::operation::{Look, Operation};
use crate::url::is_unreserved;
use core::ops::Range;
use serde_json::{Map, Value};

/// W6: how much older than the first send an object may look and still be ours, in ms. For a record whose host had not seen the
/// server's clock it is [`crate::clock::REFUSED_MS`].
pub(crate) const AGE_TOLERANCE_MS: u64 = 5_000;
/// W7: until then a quote is committed, in ms; the API's own limit is 30 s.
pub(crate) const QUOTE_MS: u64 = 25_000;
/// W7: after this a quote that was not committed never will be, in ms: whoever else has it may commit it until its 30 s are over,
/// and what is read may be a few seconds old.
const LAPSED_MS: u64 = 40_000;
/// W5: how far apart two looks that find nothing must be, in ms.
pub(crate) const APART_MS: u64 = 2_000;
/// W8: after this a signed request can no longer be accepted, in ms; the API's own limit is 10 to 15 minutes.
pub(crate) const SETTLED_MS: u64 = 20 * 60_000;

/// What the looks of one call have learnt.
#[derive(Clone, Debug, Default)]
pub(crate) struct Lookup {
    /// The ids that existed before the first send.
    pub(crate) seen: Vec<String>,
    /// The id of an object that was found, ours or not.
    pub(crate) existing_id: Option<String>,
    /// The fields in which it differs.
    pub(crate) differing: Vec<String>,
    /// The fields that could not be compared.
    pub(crate) unverified: Vec<String>,
    /// Whether it was read in a state from which no commit leads: nobody has committed it.
    pub(crate) uncommitted: bool,
    /// Whether it is a quote that was not committed in time.
    pub(crate) lapsed: bool,
    /// Where the object stands in the last body; `None` for a quote, which the caller has.
    pub(crate) data: Option<Range<usize>>,
    /// When a commit's quote lapses, learnt from the object itself.
    pub(crate) quote_left_ms: Option<u64>,
    /// How long it takes until the quote that was read has lapsed for everybody, in ms.
    pub(crate) lapses_in_ms: u64,
    /// When the object of a commit was created, ms since 1970: its row is no older.
    created: Option<u64>,
    missed_at: Option<u64>,
    rejected: Vec<String>,
    /// Whether something new was met that could be what the write left, though it is not as asked for.
    unclear: bool,
    /// The ids of rows that were met, and whose objects have not been read.
    unread: Vec<String>,
    /// Server time at the first answer of the round: what it did not show may have come since.
    shown_at: Option<u64>,
    round: Round,
}

/// Where a round of looks stands.
#[derive(Clone, Debug, Default)]
enum Round {
    /// The look's first read.
    #[default]
    First,
    /// A page of the ledger.
    Rows { after: Option<String>, candidates: Vec<String> },
    /// The objects behind new rows, one by one; `ours` are those that fit.
    Behind { candidates: Vec<String>, ours: Vec<String> },
    /// The object itself, which ends every recovery.
    Itself { id: String },
}

/// What a look must know of its call.
pub(crate) struct Asked<'c> {
    pub(crate) operation: &'static Operation,
    pub(crate) look: &'static Look,
    pub(crate) params: &'c Map<String, Value>,
    pub(crate) custom_id: Option<&'c str>,
    /// The quote of a commit.
    pub(crate) quote: Option<&'c Map<String, Value>>,
    /// Whether the write was to be final at once.
    pub(crate) forced: bool,
    pub(crate) doubt: bool,
    /// Whether a 409 said that something stands there.
    pub(crate) taken: bool,
    /// W8: when the write was last signed, server time; only while resolving.
    pub(crate) resolving_since: Option<u64>,
    /// How much older than the first send a row may look and still be ours, in ms.
    pub(crate) tolerance: u64,
    /// When the doubt arose, and now: ms on the monotonic clock.
    pub(crate) doubt_at: u64,
    pub(crate) now: u64,
    /// Server time now, from the `Date` of the response at hand, and at the first send; ms since 1970.
    pub(crate) server_now: Option<u64>,
    pub(crate) first_send: Option<u64>,
    /// The first send if the monotonic clock stood still meanwhile, as it does while a machine is asleep; never later.
    pub(crate) earliest_send: Option<u64>,
}

impl Lookup {
    /// Starts a new round. A row that the last one met, and whose object it could not read, is not forgotten.
    pub(crate) fn begin(&mut self) {
        match core::mem::take(&mut self.round) {
            Round::First => {}
            Round::Rows { candidates, .. } => self.unread.extend(candidates),
            Round::Behind { candidates, ours } => self.unread.extend(candidates.into_iter().chain(ours)),
            Round::Itself { id } => self.unread.push(id),
        }
        self.shown_at = None;
        self.uncommitted = false;
        self.lapses_in_ms = 0;
    }

    /// Forgets that nothing was found, because the write is sent again.
    pub(crate) fn forget_misses(&mut self) {
        self.missed_at = None;
    }

    /// What a 404 `not_found` of a look says.
    pub(crate) fn missing(&mut self, asked: &Asked<'_>) -> Told {
        self.answered(asked);
        match &mut self.round {
            Round::Behind { candidates, .. } => {
                self.unread.extend(candidates.pop());
                return self.behind_next(asked);
            }
            // A row has proven it: what cannot be read of it yet is no proof of the contrary.
            Round::Itself { .. } => return Told::NotYet,
            // A page that is not there proves nothing of its rows (P1).
            Round::Rows { .. } => return Told::Refused,
            Round::First => {}
        }
        match asked.look {
            Look::LedgerRow { .. } | Look::Ledger { .. } => Told::Refused,
            Look::State { .. } | Look::Quote { .. } => self.without(asked, self.absent(asked)),
            // It was to be changed, and is not there: that says nothing about the change.
            Look::ById { .. } if !is_create(asked) => Told::Refused,
            _ => {
                let own = asked.custom_id.or_else(|| asked.params.get("id")?.as_str());
                let speaking = own.is_none_or(unreserved);
                if self.missed_twice(asked) && speaking { self.absent(asked) } else { Told::NotYet }
            }
        }
    }

    /// Whether a look before this one, long enough ago, found nothing either (W5).
    fn missed_twice(&mut self, asked: &Asked<'_>) -> bool {
        let first = *self.missed_at.get_or_insert(asked.now);
        asked.now >= first.saturating_add(APART_MS)
    }

    /// Nobody has committed it, says its state.
    fn uncommitted(&mut self, asked: &Asked<'_>) -> Told {
        let told = self.without(asked, self.absent(asked));
        self.uncommitted = told != Told::NotYet;
        told
    }

    /// What a look without a trace of a commit tells. After a 409, which says the contrary, there have to be two of them (W2), and
    /// after a row none counts.
    fn without(&mut self, asked: &Asked<'_>, told: Told) -> Told {
        let doubtful = self.doubtful() || (asked.taken && !self.missed_twice(asked));
        if doubtful { Told::NotYet } else { told }
    }

    /// Whether a trace was met that finding nothing does not disprove.
    fn doubtful(&self) -> bool {
        self.unclear || !self.unread.is_empty()
    }

    /// Notes when the round began.
    fn answered(&mut self, asked: &Asked<'_>) {
        if matches!(self.round, Round::First) {
            self.shown_at = asked.server_now;
        }
    }

    /// Nothing is there: at once for a running call; in `resolve` only once no signed request can still arrive.
    fn absent(&self, asked: &Asked<'_>) -> Told {
        match (asked.resolving_since, self.shown_at) {
            (None, _) => Told::Absent,
            (Some(signed), Some(shown)) if shown >= signed.saturating_add(SETTLED_MS) => Told::Absent,
            (Some(_), _) => Told::NotYet,
        }
    }

    /// What a look's success says. `data` is the text of its `data`, which begins at `at` in the body.
    pub(crate) fn found(&mut self, asked: &Asked<'_>, data: &str, at: usize, has_more: Option<bool>) -> Told {
        let whole = Some(at..at.saturating_add(data.len()));
        self.answered(asked);
        match core::mem::take(&mut self.round) {
            Round::First => match asked.look {
                Look::NewIn { same, .. } => self.new_row(asked, same, data, at),
                Look::Ledger { .. } | Look::LedgerRow { .. } => {
                    self.page(asked, data, has_more, Vec::new(), None)
                }
                look => {
                    let Some(found) = Found::parse(data) else { return Told::Refused };
                    self.data = whole;
                    self.object(asked, look, &found)
                }
            },
            Round::Rows { after, candidates } => {
                self.page(asked, data, has_more, candidates, after.as_deref())
            }
            Round::Behind { mut candidates, mut ours } => {
                let Some(found) = Found::parse(data) else { return Told::Refused };
                let Some(id) = candidates.pop() else { return Told::Refused };
                if let Look::Ledger { same, .. } = asked.look {
                    if found.text("id").is_some_and(|named| is_another(&named, &id, false)) {
                        self.unread.push(id);
                        self.round = Round::Behind { candidates, ours };
                        return self.behind_next(asked);
                    }
                    self.unread.retain(|unread| *unread != id);
                    let named = found.text("custom_id").as_deref() == asked.custom_id;
                    let differing = differing(asked.operation, same, asked.params, &found);
                    if named && differing.is_empty() {
                        if candidates.is_empty() && ours.is_empty() {
                            self.data = whole;
                            self.existing_id = Some(id);
                            return Told::Same;
                        }
                        ours.push(id);
                    } else {
                        if named {
                            self.unclear = true;
                            self.differing = differing;
                        } else if found.text("custom_id").is_none() && differing.is_empty() {
                            // As asked for, and nobody's: the API may not echo whose it is.
                            self.unclear = true;
                        }
                        self.rejected.push(id);
                    }
                }
                self.round = Round::Behind { candidates, ours };
                self.behind_next(asked)
            }
            Round::Itself { id } => {
                let named = Found::parse(data).and_then(|found| found.text("id"));
                if named.is_some_and(|named| is_another(&named, &id, false)) {
                    // A row has proven it, but this is not what it names.
                    self.round = Round::Itself { id };
                    return Told::NotYet;
                }
                self.data = whole;
                self.existing_id = Some(id);
                Told::Same
            }
        }
    }

    /// One object, read by an id or a `custom_id`.
    fn object(&mut self, asked: &Asked<'_>, look: &Look, found: &Found<'_>) -> Told {
        let id = found.text("id");
        let (named, own) = match look {
            Look::ByCustomId { .. } => (found.text("custom_id"), asked.custom_id),
            look => (id.clone(), id_read_by(look, asked)),
        };
        if named.zip(own).is_some_and(|(named, own)| is_another(&named, own, is_create(asked))) {
            return Told::Refused;
        }
        let status = found.text("status").unwrap_or_default();
        let created = found.text("created_at").as_deref().and_then(parse_rfc3339);
        let age = created.and_then(|created| Some(asked.server_now?.saturating_sub(created)));
        match look {
            Look::ByCustomId { same, .. } | Look::ById { same, .. } => {
                self.existing_id = id;
                // Whoever resolves asks whether the object exists, whichever of their sends made it.
                let own_send = asked.doubt && asked.resolving_since.is_none();
                if let (Some(created), true, true) = (created, is_create(asked), own_send) {
                    // Without a server time the age proves nothing, and so neither does the object.
                    let (Some(_), Some(first)) = (asked.server_now, asked.first_send) else {
                        return Told::Refused;
                    };
                    let latest = created.saturating_add(AGE_TOLERANCE_MS);
                    if latest < first {
                        // Between the two it may be of this call: nobody knows how long the machine was asleep.
                        let older = asked.earliest_send.is_some_and(|earliest| latest < earliest);
                        return if older { Told::Foreign } else { Told::Refused };
                    }
                }
                self.differing = differing(asked.operation, same, asked.params, found);
                if asked.forced && status == "new" && is_create(asked) {
                    self.differing.push("force_commit".into());
                }
                self.unverified = unverified(asked.operation, same, asked.params);
                // Without doubt it is another's, whatever they do with it.
                let is_quote =
                    asked.doubt && asked.operation.forced_by_parameter() && !asked.forced && status == "new";
                let quote_age = age.filter(|_| is_quote).unwrap_or_default();
                self.lapsed = quote_age > LAPSED_MS;
                match self.differing.is_empty() {
                    false => Told::Other,
                    true if self.lapsed => Told::Lapsed,
                    // Too late for this call to commit it, too early to say that nobody does.
                    true if quote_age > QUOTE_MS => {
                        self.lapses_in_ms = LAPSED_MS.saturating_add(1).saturating_sub(quote_age);
                        Told::NotYet
                    }
                    true => Told::Same,
                }
            }
            Look::State { applied, again, with_row, .. } => {
                self.existing_id = id;
                self.created = created;
                self.quote_left_ms = age.map(|age| QUOTE_MS.saturating_sub(age));
                if applied.contains(&status.as_str()) {
                    Told::Same
                } else if again.contains(&status.as_str()) {
                    self.uncommitted(asked)
                } else if *with_row == status {
                    self.round = Round::Rows { after: None, candidates: Vec::new() };
                    Told::More
                } else {
                    Told::Strange
                }
            }
            Look::Quote { applied, again, same, .. } => {
                self.existing_id = id;
                self.data = None;
                if *applied == status {
                    let settled = asked.quote.is_some_and(|quote| equal_amounts(same, quote, found));
                    if settled { Told::Same } else { self.without(asked, self.absent(asked)) }
                } else if again.contains(&status.as_str()) {
                    self.uncommitted(asked)
                } else {
                    Told::Strange
                }
            }
            Look::LedgerRow { .. } | Look::Ledger { .. } | Look::NewIn { .. } => Told::Refused,
        }
    }
}

/// Whether an answer names something else than was asked for, so that it proves nothing. An id that the API made is the same in
/// capitals, one that a merchant chose is not.
fn is_another(named: &str, asked: &str, chosen: bool) -> bool {
    if chosen { named != asked } else { !named.eq_ignore_ascii_case(asked) }
}

fn is_create(asked: &Asked<'_>) -> bool {
    asked.operation.path_fields.is_empty()
}

/// W5: only for these characters is it proven that a path names what was stored.
fn unreserved(id: &str) -> bool {
    id.bytes().all(is_unreserved)
}
