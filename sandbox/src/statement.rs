//! The transactions of the merchant's accounts, newest last, as the API lists them.
//!
//! A transaction may stand before its money moves: an invoice's is there as soon as the invoice, with the balance
//! unchanged, and becomes the movement when the invoice is settled. What moves money is decided by the ledger.

use std::collections::HashMap;

use rust_decimal::Decimal;

use crate::clock::Moment;
use crate::ledger::Reference;
use crate::seed::Seed;

/// A fee with its currency.
pub(crate) type Fee = Option<(Decimal, &'static str)>;

/// A transaction: one change of one of the merchant's accounts, made or expected.
#[derive(Clone, Debug)]
pub(crate) struct Row {
    /// Its own id.
    pub id: String,
    /// When it was booked, or first expected.
    pub at: Moment,
    /// The account's currency.
    pub currency: &'static str,
    /// Why.
    pub reference: Reference,
    last: Figures,
    place: usize,
}

/// The figures of a transaction, as they were at some moment.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) struct Figures {
    /// Signed; negative is a debit. What is expected has not moved yet.
    pub amount: Decimal,
    /// The account's balance after it.
    pub balance: Decimal,
    /// The fee inside it.
    pub fee: Fee,
}

/// An expected transaction that became a movement.
#[derive(Debug)]
struct Settled {
    at_ms: u64,
    place: usize,
    moved: Decimal,
    before: Figures,
}

/// Every transaction.
#[derive(Debug, Default)]
pub(crate) struct Statement {
    rows: Vec<Row>,
    /// Places in `rows` of what has not moved yet, by the id of the object.
    expected: HashMap<String, usize>,
    /// In the order in which it happened.
    settled: Vec<Settled>,
}

impl Statement {
    /// Adds a transaction whose money has not moved.
    pub(crate) fn expect(
        &mut self,
        seed: &mut Seed,
        at: Moment,
        reference: Reference,
        currency: &'static str,
        figures: Figures,
    ) {
        self.expected.insert(reference.id.clone(), self.rows.len());
        self.add(seed, at, reference, currency, figures);
    }

    /// A movement: it settles what was expected of this object in this account, or is a transaction of its own.
    pub(crate) fn moved(
        &mut self,
        seed: &mut Seed,
        at: Moment,
        reference: &Reference,
        currency: &'static str,
        figures: Figures,
    ) {
        if !self.settle(at, &reference.id, currency, &figures) {
            self.add(seed, at, reference.clone(), currency, figures);
        }
    }

    /// Transactions, newest first, as they were at a moment.
    pub(crate) fn rows(&self, as_of: Option<u64>) -> impl Iterator<Item = &Row> {
        self.rows.iter().rev().filter(move |row| as_of.is_none_or(|as_of| row.at.now_ms <= as_of))
    }

    /// The figures of a transaction at a moment. (Those of now are kept; what was settled since is taken back.)
    pub(crate) fn figures(&self, row: &Row, as_of: Option<u64>) -> Figures {
        let mut figures = row.last;
        let Some(as_of) = as_of else { return figures };
        for settled in self.settled.iter().rev().take_while(|settled| settled.at_ms > as_of) {
            let same_account = self.rows.get(settled.place).is_some_and(|one| one.currency == row.currency);
            if settled.place == row.place {
                (figures.amount, figures.fee) = (settled.before.amount, settled.before.fee);
            }
            if same_account && settled.place <= row.place {
                figures.balance -= settled.moved;
            }
        }
        figures
    }

    fn add(
        &mut self,
        seed: &mut Seed,
        at: Moment,
        reference: Reference,
        currency: &'static str,
        last: Figures,
    ) {
        let place = self.rows.len();
        self.rows.push(Row { id: seed.uuid(), at, currency, reference, last, place });
    }

    /// Makes the expected transaction of an object a movement, if there is one in this currency.
    fn settle(&mut self, at: Moment, id: &str, currency: &'static str, moved: &Figures) -> bool {
        let waiting = self.expected.get(id).and_then(|place| self.rows.get_mut(*place));
        let Some(row) = waiting.filter(|row| row.currency == currency) else { return false };
        let (place, before) = (row.place, row.last);
        (row.last.amount, row.last.fee) = (moved.amount, moved.fee);
        let after = self.rows.iter_mut().skip(place).filter(|row| row.currency == currency);
        after.for_each(|row| row.last.balance += moved.amount);
        self.expected.remove(id);
        self.settled.push(Settled { at_ms: at.now_ms, place, moved: moved.amount, before });
        true
    }
}
