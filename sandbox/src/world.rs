//! The world behind the gate: every object, the money, the clockwork, the callbacks.
//!
//! It runs what is due, dispatches an operation to its resource and shows its insides to tests. What an operation
//! does is decided in `resources`, who may ask in `gate`.

use std::collections::HashMap;

use serde_json::{Value, json};

use crate::amount::plain;
use crate::answer::{Answer, Incoming};
use crate::callbacks::{Callbacks, Delivery};
use crate::clock::{Clock, Moment};
use crate::ledger::Ledger;
use crate::payments::{self, Payment, Target};
use crate::pricing::Rates;
use crate::quirks::Quirks;
use crate::refusal::Refusal;
use crate::resources::channel_payments::{self, ChannelPayment};
use crate::resources::channels::{self, Channel};
use crate::resources::coin_withdrawals::{self, Withdrawal};
use crate::resources::customers::{self, Customer};
use crate::resources::exchange_transfers::{self, Transfer};
use crate::resources::invoices::{self, Invoice};
use crate::resources::recalculations::{self, Recalculation};
use crate::resources::refunds::{self, Refund};
use crate::resources::subscriptions::{self, Subscription};
use crate::resources::{accounts, rates};
use crate::schedule::Schedule;
use crate::seed::Seed;
use crate::shelf::Shelf;

/// How long a quote can be committed.
pub(crate) const QUOTE_MS: u64 = 30_000;
/// A day.
pub(crate) const DAY_MS: u64 = 86_400_000;

/// Everything that the sandbox remembers.
#[derive(Debug)]
pub(crate) struct World {
    number: u64,
    pub(crate) seed: Seed,
    pub(crate) project_id: String,
    pub(crate) ledger: Ledger,
    pub(crate) schedule: Schedule,
    pub(crate) callbacks: Callbacks,
    /// Deposit addresses and what a payment to them pays.
    pub(crate) targets: HashMap<String, Target>,
    pub(crate) channels: Shelf<Channel>,
    pub(crate) channel_payments: Shelf<ChannelPayment>,
    pub(crate) customers: Shelf<Customer>,
    pub(crate) invoices: Shelf<Invoice>,
    pub(crate) recalculations: Shelf<Recalculation>,
    pub(crate) refunds: Shelf<Refund>,
    pub(crate) subscriptions: Shelf<Subscription>,
    pub(crate) transfers: Shelf<Transfer>,
    pub(crate) withdrawals: Shelf<Withdrawal>,
}

/// One operation under way.
pub(crate) struct Call<'a> {
    pub(crate) incoming: &'a Incoming,
    pub(crate) at: Moment,
    pub(crate) quirks: &'a Quirks,
}

type Operation = fn(&mut World, &Call<'_>) -> Result<Answer, Refusal>;

/// Every operation with the function that answers it.
const OPERATIONS: [(&str, Operation); 39] = [
    ("accounts.list", accounts::list),
    ("accounts.list_transactions", accounts::list_transactions),
    ("channels.create", channels::create),
    ("channels.list", channels::list),
    ("channels.list_payments", channel_payments::list),
    ("channels.retrieve", channels::retrieve),
    ("channels.retrieve_by_custom_id", channels::retrieve_by_custom_id),
    ("channels.retrieve_payment", channel_payments::retrieve),
    ("channels.update", channels::update),
    ("coin_withdrawals.commit", coin_withdrawals::commit),
    ("coin_withdrawals.create", coin_withdrawals::create),
    ("coin_withdrawals.list", coin_withdrawals::list),
    ("coin_withdrawals.list_network_fees", rates::network_fees),
    ("coin_withdrawals.retrieve", coin_withdrawals::retrieve),
    ("coin_withdrawals.retrieve_by_custom_id", coin_withdrawals::retrieve_by_custom_id),
    ("coins.list", rates::coins),
    ("customers.create", customers::create),
    ("customers.list", customers::list),
    ("customers.retrieve", customers::retrieve),
    ("customers.update", customers::update),
    ("exchange_transfers.commit", exchange_transfers::commit),
    ("exchange_transfers.create", exchange_transfers::create),
    ("exchange_transfers.retrieve", exchange_transfers::retrieve),
    ("invoices.commit_recalculation", recalculations::commit),
    ("invoices.create", invoices::create),
    ("invoices.create_recalculation", recalculations::create),
    ("invoices.create_refund", refunds::create),
    ("invoices.list", invoices::list),
    ("invoices.list_refunds", refunds::list),
    ("invoices.retrieve", invoices::retrieve),
    ("invoices.retrieve_by_custom_id", invoices::retrieve_by_custom_id),
    ("rates.all", rates::all),
    ("rates.retrieve", rates::retrieve),
    ("subscriptions.cancel", subscriptions::cancel),
    ("subscriptions.create", subscriptions::create),
    ("subscriptions.list", subscriptions::list),
    ("subscriptions.retrieve", subscriptions::retrieve),
    ("subscriptions.retrieve_by_custom_id", subscriptions::retrieve_by_custom_id),
    ("transactions.list", accounts::transactions),
];

impl World {
    /// A world as just started; everything random follows from `seed`. Callbacks are recorded but not sent until
    /// `set_callbacks`.
    pub(crate) fn new(seed: u64) -> Self {
        let mut random = Seed::new(seed);
        Self {
            number: seed,
            project_id: random.uuid(),
            ledger: Ledger::new(&mut random),
            seed: random,
            schedule: Schedule::default(),
            callbacks: Callbacks::default(),
            targets: HashMap::new(),
            channels: Shelf::default(),
            channel_payments: Shelf::default(),
            customers: Shelf::default(),
            invoices: Shelf::default(),
            recalculations: Shelf::default(),
            refunds: Shelf::default(),
            subscriptions: Shelf::default(),
            transfers: Shelf::default(),
            withdrawals: Shelf::default(),
        }
    }

    /// Where callbacks are sent (`None`: only recorded) and the secret that signs them.
    pub(crate) fn set_callbacks(&mut self, url: Option<&str>, secret: &str) {
        self.callbacks.set(url, secret);
    }

    /// Answers a request, after everything that is due by now has happened.
    ///
    /// # Errors
    /// What the API refuses, in its own envelope.
    pub(crate) fn answer(
        &mut self,
        incoming: &Incoming,
        clock: &Clock,
        quirks: &Quirks,
    ) -> Result<Answer, Refusal> {
        self.settle(clock);
        let call = Call { incoming, at: clock.moment(), quirks };
        let found = OPERATIONS.iter().find(|(name, _)| *name == incoming.operation);
        let (_, operation) = found.ok_or_else(Refusal::not_found)?;
        operation(self, &call)
    }

    /// A payment arrives from outside.
    ///
    /// # Errors
    /// 404 for an unknown target, 422 for an amount that cannot be.
    pub(crate) fn pay(&mut self, payment: &Payment, clock: &Clock) -> Result<Value, Refusal> {
        self.settle(clock);
        payments::pay(self, payment, clock.moment())
    }

    /// Runs everything that is due by now, in order, each at the moment at which it was due.
    pub(crate) fn settle(&mut self, clock: &Clock) {
        let now = clock.moment();
        while let Some((due_ms, job)) = self.schedule.take_due(now.now_ms) {
            payments::run(self, &job, now.back_to(due_ms));
        }
    }

    /// When something happens next by itself (a job or a delivery), in sandbox milliseconds.
    pub(crate) fn next_due_ms(&self) -> Option<u64> {
        self.schedule.next_due().into_iter().chain(self.callbacks.next_due()).min()
    }

    /// The callbacks to POST now; each is reported back with `delivered`.
    pub(crate) fn due_deliveries(&mut self, clock: &Clock) -> Vec<Delivery> {
        self.settle(clock);
        self.callbacks.take_due(clock.now_ms())
    }

    /// What came of a delivery: the status, or `None` for no answer within 10 s.
    pub(crate) fn delivered(&mut self, id: u64, status: Option<u16>, clock: &Clock) {
        self.callbacks.delivered(id, status, clock.now_ms());
    }

    /// Every movement of money, and short forms of the objects that moved it.
    pub(crate) fn ledger(&self) -> Value {
        let (balanced, accounts, entries) = self.ledger.to_json();
        let withdrawals = self.withdrawals.newest_first(None).map(|(id, one)| {
            json!({
                "id": id,
                "custom_id": one.wanted.custom_id,
                "status": one.status,
                "committed": one.committed,
                "refund_id": one.refund_id,
                "charged_amount": plain(one.charged),
                "charged_currency": one.wanted.charged.code,
            })
        });
        let transfers = self.transfers.newest_first(None).map(|(_, one)| {
            let mut short = one.to_json();
            if let Some(fields) = short.as_object_mut() {
                fields.insert("committed".to_owned(), json!(one.committed));
            }
            short
        });
        json!({
            "balanced": balanced,
            "accounts": accounts,
            "entries": entries,
            "withdrawals": withdrawals.collect::<Vec<_>>(),
            "transfers": transfers.collect::<Vec<_>>(),
            "refunds": self.refunds.newest_first(None).map(|(_, one)| one.to_json()).collect::<Vec<_>>(),
            "deposits": payments::deposits(self),
        })
    }

    /// Every callback with its deliveries.
    pub(crate) fn callbacks(&self) -> Value {
        self.callbacks.to_json()
    }

    pub(crate) fn rates(&self, at: Moment) -> Rates {
        Rates::at(self.number, at.now_ms)
    }
}

impl Call<'_> {
    /// For reads: the moment at which objects are seen.
    pub(crate) fn as_of(&self) -> Option<u64> {
        self.incoming.as_of_ms
    }

    /// The moment for which a read shows time-dependent things.
    pub(crate) fn seen_ms(&self) -> u64 {
        self.incoming.as_of_ms.unwrap_or(self.at.now_ms)
    }

    /// The refusal of a commit that comes too late.
    pub(crate) fn lapsed(&self) -> Refusal {
        match self.quirks.commit_lapsed {
            404 => Refusal::not_found(),
            status => Refusal::new(status, "quote_expired"),
        }
    }
}
