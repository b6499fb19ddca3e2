//! Double entry: every movement takes from one party what it gives to another, so each currency sums to zero.
//!
//! Decides how movements are booked; when money moves is decided by the resources, and how the merchant is shown it by
//! the statement.

use std::collections::BTreeMap;

use rust_decimal::Decimal;
use serde_json::{Value, json};

use crate::amount;
use crate::clock::Moment;
use crate::coins;
use crate::refusal::{Detail, Refusal};
use crate::seed::Seed;
use crate::statement::{Fee, Figures, Statement};

/// Who holds money.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub(crate) enum Party {
    /// The merchant's account in a currency.
    Merchant,
    /// Payments that arrived and are not decided yet.
    Held,
    /// What was taken as fees.
    Fees,
    /// The other side of every exchange.
    Exchange,
    /// Miners.
    Network,
    /// Everyone else: customers and recipients.
    World,
}

impl Party {
    /// The name in `GET /_sandbox/ledger`.
    pub(crate) fn name(self) -> &'static str {
        match self {
            Self::Merchant => "merchant",
            Self::Held => "held",
            Self::Fees => "fees",
            Self::Exchange => "exchange",
            Self::Network => "network",
            Self::World => "world",
        }
    }
}

/// One half of a movement: an amount of one currency from one party to another.
#[derive(Clone, Copy, Debug)]
pub(crate) struct Posting {
    /// The currency.
    pub currency: &'static str,
    /// Who gives.
    pub from: Party,
    /// Who takes.
    pub to: Party,
    /// How much; never negative.
    pub amount: Decimal,
}

/// Why money moved.
#[derive(Clone, Debug, Default)]
pub(crate) struct Reference {
    /// `CoinWithdrawal`, `Invoice` …
    pub kind: &'static str,
    /// The object's id.
    pub id: String,
    /// The object's `custom_id`.
    pub custom_id: Option<String>,
    /// The object's customer.
    pub customer_id: Option<String>,
    /// The object's description.
    pub description: Option<String>,
}

#[derive(Debug)]
struct Entry {
    at_ms: u64,
    posting: Posting,
    kind: &'static str,
    id: String,
    custom_id: Option<String>,
}

/// All money of the sandbox.
#[derive(Debug)]
pub(crate) struct Ledger {
    accounts: Vec<(String, &'static str)>,
    balances: BTreeMap<(&'static str, Party), Decimal>,
    entries: Vec<Entry>,
    statement: Statement,
}

impl Ledger {
    /// Accounts in every currency, funded by the world.
    pub(crate) fn new(seed: &mut Seed) -> Self {
        let accounts = coins::CURRENCIES.iter().map(|currency| (seed.uuid(), currency.code)).collect();
        let mut ledger = Self {
            accounts,
            balances: BTreeMap::new(),
            entries: Vec::new(),
            statement: Statement::default(),
        };
        for currency in coins::CURRENCIES {
            let amount = amount::read(currency.balance).unwrap_or_default();
            let posting =
                Posting { currency: currency.code, from: Party::World, to: Party::Merchant, amount };
            ledger.book(0, &Reference { kind: "Opening", ..Reference::default() }, posting);
        }
        ledger
    }

    /// Ids and currencies of the merchant's accounts.
    pub(crate) fn accounts(&self) -> impl Iterator<Item = (&str, &'static str)> {
        self.accounts.iter().map(|(id, currency)| (id.as_str(), *currency))
    }

    /// What a party holds.
    pub(crate) fn balance(&self, currency: &'static str, party: Party) -> Decimal {
        self.balances.get(&(currency, party)).copied().unwrap_or_default()
    }

    /// What the merchant's account held at a moment.
    pub(crate) fn balance_at(&self, currency: &'static str, as_of: Option<u64>) -> Decimal {
        let now = self.balance(currency, Party::Merchant);
        let Some(as_of) = as_of else { return now };
        let later = self.entries.iter().rev().take_while(|entry| entry.at_ms > as_of);
        later.filter(|entry| entry.posting.currency == currency).fold(now, |balance, entry| {
            match (entry.posting.from, entry.posting.to) {
                (Party::Merchant, Party::Merchant) => balance,
                (Party::Merchant, _) => balance + entry.posting.amount,
                (_, Party::Merchant) => balance - entry.posting.amount,
                _ => balance,
            }
        })
    }

    /// What the merchant is shown of it.
    pub(crate) fn statement(&self) -> &Statement {
        &self.statement
    }

    /// Adds a transaction whose money has not moved: the first movement of this object becomes it.
    pub(crate) fn expect(
        &mut self,
        seed: &mut Seed,
        at: Moment,
        reference: Reference,
        currency: &'static str,
        (amount, fee): (Decimal, Fee),
    ) {
        let balance = self.balance(currency, Party::Merchant);
        self.statement.expect(seed, at, reference, currency, Figures { amount, balance, fee });
    }

    /// Books a movement, all of it or none, and adds a transaction for each of the merchant's accounts it changes,
    /// or settles the one that was expected.
    ///
    /// # Errors
    /// 422 when an account of the merchant would fall below zero.
    pub(crate) fn post(
        &mut self,
        seed: &mut Seed,
        at: Moment,
        reference: &Reference,
        fee: Fee,
        postings: &[Posting],
    ) -> Result<(), Refusal> {
        let mut changes: Vec<(&'static str, Decimal)> = Vec::new();
        for posting in postings {
            let signed = match (posting.from, posting.to) {
                (Party::Merchant, _) => -posting.amount,
                (_, Party::Merchant) => posting.amount,
                _ => continue,
            };
            match changes.iter_mut().find(|(currency, _)| *currency == posting.currency) {
                Some((_, change)) => *change = amount::plus(*change, signed)?,
                None => changes.push((posting.currency, signed)),
            }
        }
        for (currency, change) in &changes {
            let held = self.balance(currency, Party::Merchant);
            if amount::plus(held, *change)? < Decimal::ZERO {
                return Err(Detail::must_be_less_than_or_equal("charged_amount", held).into());
            }
        }
        for posting in postings {
            self.book(at.now_ms, reference, *posting);
        }
        for (currency, amount) in changes {
            let balance = self.balance(currency, Party::Merchant);
            self.statement.moved(seed, at, reference, currency, Figures { amount, balance, fee });
        }
        debug_assert!(
            postings.iter().all(|posting| self.sum(posting.currency).is_zero()),
            "every currency must sum to zero"
        );
        Ok(())
    }

    /// Whether every currency sums to zero.
    pub(crate) fn is_balanced(&self) -> bool {
        coins::CURRENCIES.iter().all(|currency| self.sum(currency.code).is_zero())
    }

    fn sum(&self, currency: &'static str) -> Decimal {
        let parties = self.balances.range((currency, Party::Merchant)..=(currency, Party::World));
        parties.map(|(_, balance)| balance).sum()
    }

    /// `accounts` and `entries` of `GET /_sandbox/ledger`; balances are recomputed from the entries.
    pub(crate) fn to_json(&self) -> (bool, Value, Value) {
        let mut replayed: BTreeMap<(&'static str, Party), Decimal> = BTreeMap::new();
        for entry in &self.entries {
            let posting = &entry.posting;
            *replayed.entry((posting.currency, posting.from)).or_default() -= posting.amount;
            *replayed.entry((posting.currency, posting.to)).or_default() += posting.amount;
        }
        let balanced = self.is_balanced() && replayed == self.balances;
        let accounts = self
            .balances
            .iter()
            .map(|((currency, party), balance)| {
                json!({"currency": currency, "party": party.name(), "balance": amount::plain(*balance)})
            })
            .collect();
        let entries = self.entries.iter().enumerate().map(|(n, entry)| entry.to_json(n)).collect();
        (balanced, accounts, entries)
    }

    fn book(&mut self, at_ms: u64, reference: &Reference, posting: Posting) {
        if posting.amount.is_zero() {
            return;
        }
        *self.balances.entry((posting.currency, posting.from)).or_default() -= posting.amount;
        *self.balances.entry((posting.currency, posting.to)).or_default() += posting.amount;
        let (kind, id, custom_id) = (reference.kind, reference.id.clone(), reference.custom_id.clone());
        self.entries.push(Entry { at_ms, posting, kind, id, custom_id });
    }
}

impl Entry {
    fn to_json(&self, n: usize) -> Value {
        json!({
            "n": n,
            "at_ms": self.at_ms,
            "currency": self.posting.currency,
            "from": self.posting.from.name(),
            "to": self.posting.to.name(),
            "amount": amount::plain(self.posting.amount),
            "reference_type": self.kind,
            "reference_id": self.id,
            "custom_id": self.custom_id,
        })
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    const AT: Moment = Moment { now_ms: 5, wall_ms: 5 };

    fn posting(from: Party, to: Party, amount: i64) -> Posting {
        Posting { currency: "EUR", from, to, amount: Decimal::from(amount) }
    }

    #[test]
    fn random_movements_never_unbalance_a_currency() {
        let mut seed = Seed::new(42);
        let mut ledger = Ledger::new(&mut seed);
        let parties =
            [Party::Merchant, Party::Held, Party::Fees, Party::Exchange, Party::Network, Party::World];
        for _ in 0..2_000 {
            let currency = coins::CURRENCIES[usize::try_from(seed.below(16)).unwrap()].code;
            let from = parties[usize::try_from(seed.below(6)).unwrap()];
            let to = parties[usize::try_from(seed.below(6)).unwrap()];
            let amount = Decimal::new(i64::try_from(seed.below(1_000_000)).unwrap(), 8);
            let postings = [Posting { currency, from, to, amount }];
            let _ = ledger.post(&mut seed, AT, &Reference::default(), None, &postings);
            assert!(ledger.balance(currency, Party::Merchant) >= Decimal::ZERO);
        }
        assert!(ledger.to_json().0);
    }

    #[test]
    fn a_movement_that_the_account_cannot_pay_books_nothing() {
        let mut seed = Seed::new(1);
        let mut ledger = Ledger::new(&mut seed);
        let before = ledger.entries.len();
        let postings =
            [posting(Party::World, Party::Held, 1), posting(Party::Merchant, Party::World, 100_000_001)];
        let refusal = ledger.post(&mut seed, AT, &Reference::default(), None, &postings).unwrap_err();
        assert_eq!(refusal.details[0].args["value"], "100000000.0");
        assert_eq!(ledger.entries.len(), before);
    }

    #[test]
    fn the_halves_of_one_account_become_one_transaction() {
        let mut seed = Seed::new(1);
        let mut ledger = Ledger::new(&mut seed);
        let postings =
            [posting(Party::Merchant, Party::Exchange, 99), posting(Party::Merchant, Party::Fees, 1)];
        ledger.post(&mut seed, AT, &Reference::default(), None, &postings).unwrap();
        let row = ledger.statement().rows(None).next().unwrap();
        let figures = ledger.statement().figures(row, None);
        assert_eq!((figures.amount, figures.balance), (Decimal::from(-100), Decimal::from(99_999_900)));
        assert_eq!(ledger.balance_at("EUR", Some(4)), Decimal::from(100_000_000));
        assert_eq!(ledger.statement().rows(Some(4)).count(), 0);
    }

    #[test]
    fn an_expected_transaction_keeps_its_place_and_moves_the_balances_after_it() {
        let mut seed = Seed::new(1);
        let mut ledger = Ledger::new(&mut seed);
        let moment = |now_ms| Moment { now_ms, wall_ms: now_ms };
        let of = |id: &str| Reference { kind: "Invoice", id: id.to_owned(), ..Reference::default() };
        ledger.expect(&mut seed, moment(1), of("a"), "EUR", (Decimal::from(99), None));
        let paid = [posting(Party::Merchant, Party::World, 10)];
        ledger.post(&mut seed, moment(2), &of("b"), None, &paid).unwrap();
        let settled = [posting(Party::World, Party::Merchant, 88)];
        ledger.post(&mut seed, moment(3), &of("a"), Some((Decimal::ONE, "EUR")), &settled).unwrap();
        let shown = |as_of| -> Vec<(i64, i64, bool)> {
            let whole = |figure: Decimal| i64::try_from(figure).unwrap();
            let figures = ledger.statement().rows(as_of).map(|row| ledger.statement().figures(row, as_of));
            figures.map(|one| (whole(one.amount), whole(one.balance), one.fee.is_some())).collect()
        };
        assert_eq!(shown(Some(1)), [(99, 100_000_000, false)]);
        assert_eq!(shown(Some(2)), [(-10, 99_999_990, false), (99, 100_000_000, false)]);
        assert_eq!(shown(Some(3)), [(-10, 100_000_078, false), (88, 100_000_088, true)]);
        assert_eq!(shown(None), shown(Some(3)));
        let balances = [1, 2, 3].map(|as_of| ledger.balance_at("EUR", Some(as_of)));
        assert_eq!(balances, [100_000_000, 99_999_990, 100_000_078].map(Decimal::from));
    }

    #[test]
    fn an_object_that_is_settled_moves_money_again_in_a_transaction_of_its_own() {
        let mut seed = Seed::new(1);
        let mut ledger = Ledger::new(&mut seed);
        let of = Reference { kind: "Invoice", id: "a".to_owned(), ..Reference::default() };
        ledger.expect(&mut seed, AT, of.clone(), "EUR", (Decimal::from(99), None));
        for rows in [1, 2] {
            let postings = [posting(Party::World, Party::Merchant, 99)];
            ledger.post(&mut seed, AT, &of, None, &postings).unwrap();
            assert_eq!(ledger.statement().rows(None).count(), rows);
        }
    }
}
