//! What one row of the operations table says: how an operation is sent, what it answers, and how the core finds out
//! what became of it when the answer is lost. The rows themselves stand in `api/`, one file a resource,
//! in the words of `operations!` (`operation/table.rs`).

mod table;

#[cfg(feature = "typed")]
pub(crate) use table::rewrite;
pub(crate) use table::{operations, row_parts};

use crate::http::Method;
use crate::schema::{Field, Model};

/// One operation of the API: a row of the table. Rows are `static` and point at each other by reference.
#[derive(Debug)]
#[non_exhaustive]
pub struct Operation {
    /// Resource and method, `invoices.create`; the same in every language.
    pub name: &'static str,
    /// The HTTP method.
    pub method: Method,
    /// The path with its parameters in braces, `/api/invoices/{invoice_id}`.
    pub path: &'static str,
    /// The parameters of the path, in their order.
    pub path_fields: &'static [Field],
    /// The query, for reads that take one.
    pub query: Option<&'static Model>,
    /// The body, for writes that take one.
    pub body: Option<&'static Model>,
    /// The status of a normal success, as recorded.
    pub status: u16,
    /// What `data` holds in a success.
    pub answer: Answer,
    /// How a lost answer is dealt with.
    pub safety: Safety,
    /// How it is dealt with when `force_commit` is true; `None`: the same way.
    pub forced: Option<Safety>,
    /// What the operation does, for documentation in every language.
    #[cfg(feature = "describe")]
    pub doc: &'static str,
    /// The model inside `data`, for the printers.
    #[cfg(feature = "describe")]
    pub answer_model: &'static Model,
}

impl Operation {
    /// Whether the parameter `force_commit` decides if the operation takes effect at once or makes a quote.
    #[must_use]
    pub fn forced_by_parameter(&self) -> bool {
        self.takes("force_commit")
    }

    /// Whether the body has a field of this name.
    #[must_use]
    pub fn takes(&self, name: &str) -> bool {
        self.body.is_some_and(|model| model.fields.iter().any(|field| field.name == name))
    }
}

/// Reads the text of `data` into a Rust model and writes it back.
#[cfg(feature = "typed")]
pub type Rewrite = fn(&str) -> Result<String, serde_json::Error>;

/// The shape of `data` in a success.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Answer {
    /// One object.
    Object,
    /// One page of rows, with `meta.has_more`; continued with `starting_after`.
    Page,
    /// All rows at once, without `meta`.
    Rows,
    /// An object from keys to objects (rates).
    Map,
}

/// The safety class of an operation: what may be done once an answer is lost (the table of rules W).
#[derive(Clone, Copy, Debug)]
pub enum Safety {
    /// Changes nothing: repeat.
    Read,
    /// Moves nothing until its commit: repeat.
    Quote,
    /// The same again has the same effect: repeat; a refusal after doubt is settled by reading.
    Idempotent(Look),
    /// Unique by `custom_id`: read it back; not there: send again, once.
    ByCustomId(Look),
    /// Read back by `custom_id`, but never sent again, because uniqueness is not proven.
    ByCustomIdOnce(Look),
    /// Unique by the id that the caller chose.
    ByOwnId(Look),
    /// The second step of a create: read the state, commit again only within 25 s.
    Commit(Look),
    /// Found only through the ledger; never sent again.
    ByLedger(Look),
    /// Found only through a list of its kind; never sent again.
    ByListing(Look),
    /// Cannot be found: never sent again.
    Never,
}

impl Safety {
    /// The reads that find out how a write ended, where there are any.
    #[must_use]
    pub const fn look(&self) -> Option<&Look> {
        match self {
            Self::Read | Self::Quote | Self::Never => None,
            Self::Idempotent(look)
            | Self::ByCustomId(look)
            | Self::ByCustomIdOnce(look)
            | Self::ByOwnId(look)
            | Self::Commit(look)
            | Self::ByLedger(look)
            | Self::ByListing(look) => Some(look),
        }
    }

    /// The word of the table under W in `docs/rules.md`.
    #[must_use]
    pub const fn as_str(&self) -> &'static str {
        match self {
            Self::Read => "read",
            Self::Quote => "quote",
            Self::Idempotent(_) => "idempotent",
            Self::ByCustomId(_) => "by_custom_id",
            Self::ByCustomIdOnce(_) => "by_custom_id_once",
            Self::ByOwnId(_) => "by_own_id",
            Self::Commit(_) => "commit",
            Self::ByLedger(_) => "by_ledger",
            Self::ByListing(_) => "by_listing",
            Self::Never => "never",
        }
    }
}

/// How to read back what a write did. `same` lists the fields that prove that a found object is the one asked for.
#[derive(Clone, Copy, Debug)]
pub enum Look {
    /// One read by the call's `custom_id`.
    ByCustomId {
        /// The read; its only path parameter is `custom_id`.
        read: &'static Operation,
        /// Fields compared (W7).
        same: &'static [Compared],
    },
    /// One read by the id that the parameters name.
    ById {
        /// The read; takes the same path parameter as the write, or (customers) the parameter `id`.
        read: &'static Operation,
        /// Fields compared: only those that the caller set.
        same: &'static [Compared],
    },
    /// A withdrawal's commit: its status tells.
    State {
        /// The read by id.
        read: &'static Operation,
        /// Statuses that prove that the commit was applied.
        applied: &'static [&'static str],
        /// Statuses that allow to commit again.
        again: &'static [&'static str],
        /// The status that proves a commit only together with a row of the ledger.
        with_row: &'static str,
        /// The ledger.
        ledger: &'static Operation,
        /// The `reference_type` of such a row.
        reference_type: &'static str,
    },
    /// An exchange transfer's commit: only a ledger row with its id tells.
    LedgerRow {
        /// The ledger.
        ledger: &'static Operation,
        /// The `reference_type` of such a row.
        reference_type: &'static str,
        /// The read by id that ends the recovery.
        read: &'static Operation,
    },
    /// An exchange transfer that was forced: new rows of the ledger are read one by one.
    Ledger {
        /// The ledger.
        ledger: &'static Operation,
        /// The `reference_type` of such a row.
        reference_type: &'static str,
        /// The read by the row's `reference_id`.
        read: &'static Operation,
        /// Fields compared.
        same: &'static [Compared],
    },
    /// A recalculation's commit: the invoice is completed with the quote's amounts.
    Quote {
        /// The read of the invoice.
        read: &'static Operation,
        /// The status that proves the commit, with those amounts.
        applied: &'static str,
        /// Statuses that allow to commit again.
        again: &'static [&'static str],
        /// Fields that must equal the quote's.
        same: &'static [Compared],
    },
    /// A refund: exactly one new row in the invoice's refunds.
    NewIn {
        /// The list; takes the same path parameter as the write.
        list: &'static Operation,
        /// Fields compared.
        same: &'static [Compared],
    },
}

/// A field that is compared between what was asked for and what was found.
#[derive(Clone, Copy, Debug)]
#[non_exhaustive]
pub struct Compared {
    /// The name, the same in the request and in the object.
    pub field: &'static str,
    /// Compared only while the found object's `status` is this one.
    pub while_status: Option<&'static str>,
    /// The value that the object must have, where no parameter says it (a cancel: `status` is `cancelled`).
    pub must_be: Option<&'static str>,
}

/// The operations of one kind of object, as faces group them.
#[derive(Debug)]
#[non_exhaustive]
pub struct Resource {
    /// The word before the dot of their names, `invoices`.
    pub name: &'static str,
    /// Its rows, in the reference's order.
    pub operations: &'static [&'static Operation],
    /// For each of them: reads the text of `data` into the Rust model and writes it back, which shows whether anything
    /// is lost.
    #[cfg(feature = "typed")]
    pub rewrites: &'static [Rewrite],
    /// What the resource is, for documentation in every language.
    #[cfg(feature = "describe")]
    pub doc: &'static str,
}
