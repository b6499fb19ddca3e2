//! `operations!` states the operations of one resource, one row each, in the words of the rules' table. Rows are statics
//! that point at each other by reference, so a look that names a read which does not exist does not compile.

/// States a resource:
///
/// ```text
/// /// What it is.
/// Invoices = "invoices";
/// /// What the operation does.
/// create: POST "/api/invoices" { InvoiceParams } => 201 Object<Invoice>, by_custom_id(retrieve_by_custom_id; price_amount while new, price_currency);
/// list: GET "/api/invoices" query InvoiceListParams => 200 Page<Invoice>, read;
/// ```
///
/// After the path: `[invoice_id: Uuid, …]` its parameters, `{ Model }` the body, `query Model`. After the answer: the
/// safety class with what its look needs, and `forced class(…)` where `force_commit` changes it.
macro_rules! operations {
    ($(#[doc = $about:literal])* $face:ident = $resource:literal; $(
        $(#[doc = $doc:literal])*
        $name:ident: $method:ident $path:literal $([$($pf:ident: $pt:ty),+])? $({ $body:ident })? $(query $query:ident)?
            => $status:literal $shape:ident<$answer:ident>,
            $class:ident $(($($look:tt)+))? $(, forced $forced:ident $(($($forced_look:tt)+))?)?;
    )+) => {
        /// The rows of this resource, each under the name of its method.
        #[allow(non_upper_case_globals, reason = "a row has the name of its method, as looks and faces spell it")]
        pub mod rows {
            use super::*;
            use $crate::operation::{Answer, Operation, row_parts};

            $(
                $(#[doc = $doc])*
                pub static $name: Operation = Operation {
                    name: concat!($resource, ".", stringify!($name)),
                    method: row_parts!(@method $method),
                    path: $path,
                    path_fields: &[$($($crate::schema::Field {
                        name: stringify!($pf),
                        kind: <$pt as $crate::schema::Described>::KIND,
                        required: true,
                        nullable: false,
                        #[cfg(feature = "describe")]
                        doc: concat!("The `", stringify!($pf), "` in the path."),
                    }),+)?],
                    query: row_parts!(@model $($query)?),
                    body: row_parts!(@model $($body)?),
                    status: $status,
                    answer: Answer::$shape,
                    safety: row_parts!(@safety $class $($($look)+)?),
                    forced: row_parts!(@forced $($forced $($($forced_look)+)?)?),
                    #[cfg(feature = "describe")]
                    doc: concat!($($doc, "\n"),*),
                    #[cfg(feature = "describe")]
                    answer_model: $answer::MODEL,
                };
            )+
        }

        /// The resource with its rows.
        pub static RESOURCE: $crate::operation::Resource = $crate::operation::Resource {
            name: $resource,
            operations: OPERATIONS,
            #[cfg(feature = "describe")]
            doc: concat!($($about, "\n"),*),
        };

        pub(crate) const OPERATIONS: &[&$crate::operation::Operation] = &[$(&rows::$name),+];
    };
}

/// The parts of a row that are words of the table.
macro_rules! row_parts {
    (@method GET) => { $crate::http::Method::Get };
    (@method POST) => { $crate::http::Method::Post };
    (@method PATCH) => { $crate::http::Method::Patch };

    (@model) => { None };
    (@model $model:ident) => { Some($model::MODEL) };

    (@forced) => { None };
    (@forced $($safety:tt)+) => { Some(row_parts!(@safety $($safety)+)) };

    (@safety read) => { $crate::operation::Safety::Read };
    (@safety quote) => { $crate::operation::Safety::Quote };
    (@safety never) => { $crate::operation::Safety::Never };
    (@safety idempotent $($look:tt)+) => { $crate::operation::Safety::Idempotent(row_parts!(@by_id $($look)+)) };
    (@safety by_own_id $($look:tt)+) => { $crate::operation::Safety::ByOwnId(row_parts!(@by_id $($look)+)) };
    (@safety by_custom_id $($look:tt)+) => { $crate::operation::Safety::ByCustomId(row_parts!(@by_custom_id $($look)+)) };
    (@safety by_custom_id_once $($look:tt)+) => {
        $crate::operation::Safety::ByCustomIdOnce(row_parts!(@by_custom_id $($look)+))
    };
    (@safety commit_by_state $read:path, applied [$($applied:ident)+], again [$($again:ident)+],
        $with_row:ident with a $kind:ident row of $ledger:path
    ) => {
        $crate::operation::Safety::Commit($crate::operation::Look::State {
            read: &$read,
            applied: &[$(stringify!($applied)),+],
            again: &[$(stringify!($again)),+],
            with_row: stringify!($with_row),
            ledger: &$ledger,
            reference_type: stringify!($kind),
        })
    };
    (@safety commit_by_row $read:path, a $kind:ident row of $ledger:path) => {
        $crate::operation::Safety::Commit($crate::operation::Look::LedgerRow {
            ledger: &$ledger,
            reference_type: stringify!($kind),
            read: &$read,
        })
    };
    (@safety commit_by_quote $read:path; $($same:tt)+) => {
        $crate::operation::Safety::Commit($crate::operation::Look::Quote { read: &$read, same: row_parts!(@same $($same)+) })
    };
    (@safety by_ledger $read:path, new $kind:ident rows of $ledger:path; $($same:tt)+) => {
        $crate::operation::Safety::ByLedger($crate::operation::Look::Ledger {
            ledger: &$ledger,
            reference_type: stringify!($kind),
            read: &$read,
            same: row_parts!(@same $($same)+),
        })
    };
    (@safety by_listing $list:path; $($same:tt)+) => {
        $crate::operation::Safety::ByListing($crate::operation::Look::NewIn {
            list: &$list,
            same: row_parts!(@same $($same)+),
        })
    };

    (@by_id $read:path; $($same:tt)+) => {
        $crate::operation::Look::ById { read: &$read, same: row_parts!(@same $($same)+) }
    };
    (@by_custom_id $read:path; $($same:tt)+) => {
        $crate::operation::Look::ByCustomId { read: &$read, same: row_parts!(@same $($same)+) }
    };

    (@same $($field:ident $(while $status:ident)? $(= $value:ident)?),+) => {
        &[$($crate::operation::Compared {
            field: stringify!($field),
            while_status: row_parts!(@text $($status)?),
            must_be: row_parts!(@text $($value)?),
        }),+]
    };
    (@text) => { None };
    (@text $text:ident) => { Some(stringify!($text)) };
}

pub(crate) use {operations, row_parts};
