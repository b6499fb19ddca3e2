//! The writes that move money, each as a program would make it: with an id of its own, stored before the first call, and
//! with everything that the client said kept for the judge.

use anyhow::{Context as _, Result, bail};
use cryptopay_core::call::options::Options;
use cryptopay_core::call::pending::Record;
use cryptopay_core::code::Code;
use cryptopay_core::drive::Time;
use cryptopay_sandbox::Sandbox;
use serde_json::{Map, Value, json};

use crate::caller::{Caller, Found, Log, Resolved, Told, id_of};

const ADDRESS: &str = "2N9wPGx67zdSeAbXi15qHgoZ9Hb9Uxhd2uQ";
/// How many invoices are tried for one refund: while nobody listens, which takes a few real ms, minutes pass on this clock.
const INVOICES: usize = 50;
/// How long is waited before the next, at most.
const NEXT_INVOICE_MS: u64 = 30_000;

/// The kinds of writes.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Kind {
    /// A withdrawal with `force_commit`.
    Payout,
    /// A withdrawal and its commit.
    PayoutInTwo,
    /// An exchange transfer with `force_commit`.
    Transfer,
    /// An exchange transfer and its commit.
    TransferInTwo,
    /// The refund of an invoice that was overpaid.
    Refund,
}

/// One write and its story.
#[derive(Debug)]
pub(crate) struct Write {
    pub(crate) kind: Kind,
    pub(crate) custom_id: String,
    /// The path of its POST, where its id stands in it.
    pub(crate) path: Option<String>,
    /// What the client said; `None`: it never came to it.
    pub(crate) told: Option<Told>,
    /// Whether that was about a quote, which moves nothing.
    pub(crate) only_quoted: bool,
    pub(crate) resolved: Option<Resolved>,
    /// How often a program asked for it under its id.
    pub(crate) calls: usize,
    /// The ids of the objects that it was said to be.
    pub(crate) named: Vec<String>,
    pub(crate) log: Log,
}

impl Kind {
    /// Every way in which money is moved.
    pub(crate) const FLOWS: [&str; 4] = ["create_force_commit", "create_commit", "transfer", "refund"];

    /// The way in which it moves money, as the ledgers call it.
    pub(crate) fn flow(self) -> &'static str {
        match self {
            Self::Payout => "create_force_commit",
            Self::PayoutInTwo => "create_commit",
            Self::Transfer | Self::TransferInTwo => "transfer",
            Self::Refund => "refund",
        }
    }

    /// The `reference_type` of its movements.
    fn reason(self) -> &'static str {
        match self {
            Self::Payout | Self::PayoutInTwo => "CoinWithdrawal",
            Self::Transfer | Self::TransferInTwo => "ExchangeTransfer",
            Self::Refund => "InvoiceRefund",
        }
    }

    /// The create's operation.
    fn operation(self) -> &'static str {
        match self {
            Self::Payout | Self::PayoutInTwo => "coin_withdrawals.create",
            Self::Transfer | Self::TransferInTwo => "exchange_transfers.create",
            Self::Refund => "invoices.create_refund",
        }
    }

    /// The commit's operation and the parameter that takes the id.
    fn commit(self) -> Option<(&'static str, &'static str)> {
        match self {
            Self::PayoutInTwo => Some(("coin_withdrawals.commit", "coin_withdrawal_id")),
            Self::TransferInTwo => Some(("exchange_transfers.commit", "exchange_transfer_id")),
            Self::Payout | Self::Transfer | Self::Refund => None,
        }
    }
}

impl Write {
    pub(crate) fn new(kind: Kind, custom_id: String) -> Self {
        Self {
            kind,
            custom_id,
            path: None,
            told: None,
            only_quoted: false,
            resolved: None,
            calls: 0,
            named: Vec::new(),
            log: Log::default(),
        }
    }

    /// Under which its money is found in the ledger.
    pub(crate) fn key(&self) -> (&str, &str) {
        (self.kind.reason(), &self.custom_id)
    }

    /// Makes the write, and half of the times asks at once how it ended when the client does not know.
    pub(crate) async fn make(&mut self, caller: &Caller, sandbox: &Sandbox) -> Result<()> {
        let params = self.params(caller, sandbox).await?;
        self.calls = 1;
        let mut told =
            caller.call(&self.log, self.kind.operation(), params.clone(), &Options::default()).await;
        if let Some((operation, id)) = self.kind.commit() {
            self.only_quoted = true;
            if let Told::Success { data, .. } = &told
                && let Ok(Value::Object(quote)) = serde_json::from_str(data)
            {
                self.only_quoted = false;
                told = self.commit(caller, operation, id, quote).await;
            }
        }
        if self.kind == Kind::Payout && matches!(told, Told::Unknown(_)) {
            told = self.again(caller, params, told).await;
        }
        if let Told::Success { data, .. } = &told {
            self.named.extend(id_of(Some(data)));
        }
        self.told = Some(told);
        if caller.time.random.borrow_mut().once_in(2) {
            self.resolve(caller).await;
        }
        Ok(())
    }

    /// Makes it again under the same id, as the hint of an unknown payout says, one time in three: either it is made now, or
    /// it is there already. Another error says nothing about the first.
    async fn again(&mut self, caller: &Caller, params: Map<String, Value>, first: Told) -> Told {
        if !caller.time.random.borrow_mut().once_in(3) {
            return first;
        }
        let wait_ms = caller.time.random.borrow_mut().between(0, 30_000);
        caller.time.sleep(wait_ms).await;
        self.calls += 1;
        match caller.call(&self.log, self.kind.operation(), params, &Options::default()).await {
            Told::Refused(Code::DuplicateCustomId) => Told::Exists,
            Told::Refused(_) => first,
            told => told,
        }
    }

    /// Asks how the write ended, if that is not known yet.
    pub(crate) async fn resolve(&mut self, caller: &Caller) {
        if let Some(record) = self.to_resolve() {
            let found = caller.resolve(&self.log, record).await;
            self.found(found);
        }
    }

    /// Keeps what `resolve` said, here or in another process.
    pub(crate) fn found(&mut self, found: Found) {
        self.resolved = Some(found.resolved);
        self.named.extend(found.id);
    }

    /// The record of a write whose end is not known yet.
    pub(crate) fn to_resolve(&self) -> Option<&Record> {
        self.record().filter(|_| matches!(self.resolved, None | Some(Resolved::Unknown)))
    }

    pub(crate) fn record(&self) -> Option<&Record> {
        match &self.told {
            Some(Told::Unknown(Some(record))) => Some(record),
            _ => None,
        }
    }

    async fn params(&mut self, caller: &Caller, sandbox: &Sandbox) -> Result<Map<String, Value>> {
        let (form, small) = {
            let mut random = caller.time.random.borrow_mut();
            (random.between(0, 2), random.between(1_000, 9_999))
        };
        let forced = !matches!(self.kind, Kind::PayoutInTwo | Kind::TransferInTwo);
        let (name, amount) = match (self.kind, form) {
            (Kind::Refund, _) => return self.overpaid(caller, sandbox).await,
            (Kind::Payout | Kind::PayoutInTwo, 0) => ("received_amount", format!("0.0{small}")),
            (Kind::Payout | Kind::PayoutInTwo, 1) => {
                ("charged_amount_to_send", format!("1{}.5", small % 100))
            }
            (Kind::Transfer | Kind::TransferInTwo, 0) => ("received_amount", format!("0.0{small}")),
            _ => ("charged_amount", format!("{small}.5")),
        };
        let mut params = json!({
            "charged_currency": "EUR", "received_currency": "BTC", "force_commit": forced, "custom_id": self.custom_id,
        });
        let members = params.as_object_mut().context("parameters are an object")?;
        members.insert(name.into(), amount.into());
        if matches!(self.kind, Kind::Payout | Kind::PayoutInTwo) {
            members.insert("address".into(), ADDRESS.into());
        }
        Ok(members.clone())
    }

    /// An invoice that was paid too much, which is what can be refunded. One that the weather kept from being made is made
    /// under another id: a refund that is left out in silence would be one that nobody judges.
    async fn overpaid(&mut self, caller: &Caller, sandbox: &Sandbox) -> Result<Map<String, Value>> {
        let wanted = self.custom_id.clone();
        for attempt in 0..INVOICES {
            if attempt > 0 {
                let wait_ms = caller.time.random.borrow_mut().between(0, NEXT_INVOICE_MS);
                caller.time.sleep(wait_ms).await;
            }
            self.custom_id = format!("{wanted}.{attempt}");
            let invoice = texts([
                ("price_amount", "25.00"),
                ("price_currency", "EUR"),
                ("pay_currency", "BTC"),
                ("custom_id", &self.custom_id),
            ]);
            let told = caller.call(&self.log, "invoices.create", invoice, &Options::default()).await;
            let Told::Success { data, .. } = told else { continue };
            let id = id_of(Some(&data)).context("an invoice has an id")?;
            let paid = sandbox.pay(&json!({"invoice_id": id, "amount": "0.5"})).await;
            let status = paid.as_ref().ok().and_then(|paid| paid.pointer("/invoice/status"));
            caller.note(&self.log, format!("overpaid: {paid:?}"));
            // One that was made late is paid late, which is as good.
            if status.and_then(Value::as_str) != Some("unresolved") {
                continue;
            }
            self.path = Some(format!("/api/invoices/{id}/refunds"));
            return Ok(texts([("invoice_id", &id), ("address", ADDRESS)]));
        }
        let lines: Vec<String> =
            self.log.lines().into_iter().map(|(at, line)| format!("{at} ms {line}")).collect();
        bail!("no invoice could be overpaid for {wanted} in {INVOICES} attempts:\n{}", lines.join("\n"))
    }

    /// Commits at once, soon, or too late, with the quote or with its id alone.
    async fn commit(
        &self,
        caller: &Caller,
        operation: &str,
        id: &str,
        mut quote: Map<String, Value>,
    ) -> Told {
        let received_ms = caller.time.now().unix_ms;
        let (wait_ms, with_quote) = {
            let mut random = caller.time.random.borrow_mut();
            let wait_ms = match random.between(0, 9) {
                0..4 => 0,
                4..9 => random.between(100, 24_000),
                _ => random.between(24_000, 40_000),
            };
            (wait_ms, random.once_in(2))
        };
        caller.time.sleep(wait_ms).await;
        let Some(Value::String(quoted)) = quote.get("id").cloned() else {
            return Told::Refused(Code::InvalidResponse);
        };
        quote.insert("received_ms".into(), received_ms.into());
        let options = Options { quote: with_quote.then_some(quote), ..Options::default() };
        let params = Map::from_iter([(id.to_owned(), Value::from(quoted))]);
        caller.call(&self.log, operation, params, &options).await
    }
}

fn texts<const N: usize>(members: [(&str, &str); N]) -> Map<String, Value> {
    members.map(|(name, value)| (name.to_owned(), value.into())).into_iter().collect()
}
