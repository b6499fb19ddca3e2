//! `operations!` states the operations of one resource, one row each, in the words of the table under W in `docs/rules.md`. Rows are statics
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
        $name:ident: $method:ident $path:literal $([$($pf:ident: $pt:ident),+])? $({ $body:ident })? $(query $query:ident)?
            => $status:literal $shape:ident<$answer:ident>,
            $class:ident $(($($look:tt)+))? $(, forced $forced:ident $(($($forced_look:tt)+))?)?;
    )+) => {
        /// The rows of this resource, each under the name of its method.
        #[allow(non_upper_case_globals, reason = "a row has the name of its method, as looks and faces spell it")]
        pub mod rows {
            use super::*;
            use $crate::operation::{Answer, Operation, row_parts};

            // Without `typed` and `describe` a row does not need its answer's model, but must name one that exists.
            $(const _: Option<$answer> = None;)+

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

        #[cfg(feature = "typed")]
        $(#[doc = $about])*
        ///
        /// Nothing is sent before a future is awaited; dropping it cancels.
        #[derive(Clone, Debug)]
        pub struct $face<F = $crate::face::DefaultFetch, T = $crate::face::DefaultTime>($crate::face::Cryptopay<F, T>);

        #[cfg(feature = "typed")]
        impl<F, T> $face<F, T> {
            pub(crate) fn of(client: $crate::face::Cryptopay<F, T>) -> Self {
                Self(client)
            }
        }

        #[cfg(feature = "typed")]
        impl<F: $crate::drive::Fetch, T: $crate::drive::Time> $face<F, T> {
            $($crate::operation::row_parts!(@face $shape $answer [$(#[doc = $doc])*] $name
                [$($($pf $pt)+)?] [$($body)? $($query)?]);)+
        }

        /// The resource with its rows.
        pub static RESOURCE: $crate::operation::Resource = $crate::operation::Resource {
            name: $resource,
            operations: OPERATIONS,
            #[cfg(feature = "typed")]
            rewrites: &[$($crate::operation::rewrite::<$crate::operation::row_parts!(@data $shape $answer)>),+],
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

    // The typed method of a row.
    (@face Page $answer:ident [$($doc:tt)*] $name:ident [$($pf:ident $pt:ident)*] [$($model:ident)?]) => {
        $($doc)*
        pub fn $name(
            &self,
            $($pf: $crate::operation::row_parts!(@argument $pt),)*
            $(params: &$model,)?
        ) -> $crate::face::Pages<$answer, F, T> {
            let path = [$((stringify!($pf), $pf.to_string())),*];
            let given = $crate::operation::row_parts!(@given $(params $model)?);
            self.0.pages(&rows::$name, $crate::face::flat(&rows::$name, &path, given))
        }
    };
    (@face $shape:ident $answer:ident [$($doc:tt)*] $name:ident [$($pf:ident $pt:ident)*] [$($model:ident)?]) => {
        $($doc)*
        ///
        /// # Errors
        /// The call's [`ApiError`](crate::error::ApiError).
        pub fn $name(
            &self,
            $($pf: $crate::operation::row_parts!(@argument $pt),)*
            $(params: &$model,)?
        ) -> impl Future<
            Output = Result<
                $crate::face::Answer<$crate::operation::row_parts!(@data $shape $answer)>,
                $crate::error::ApiError,
            >,
        > + use<F, T> {
            let path = [$((stringify!($pf), $pf.to_string())),*];
            let given = $crate::operation::row_parts!(@given $(params $model)?);
            self.0.answer(&rows::$name, $crate::face::flat(&rows::$name, &path, given))
        }
    };
    (@argument String) => { &str };
    (@argument $kind:ident) => { $kind };
    (@given) => { &() };
    (@given $params:ident $model:ident) => { $params };

    (@data Object $answer:ident) => { $answer };
    (@data Map $answer:ident) => { std::collections::BTreeMap<String, $answer> };
    (@data $list:ident $answer:ident) => { Vec<$answer> };

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
    (@safety commit_by_quote $read:path, applied $applied:ident, again [$($again:ident)+]; $($same:tt)+) => {
        $crate::operation::Safety::Commit($crate::operation::Look::Quote {
            read: &$read,
            applied: stringify!($applied),
            again: &[$(stringify!($again)),+],
            same: row_parts!(@same $($same)+),
        })
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

/// Reads `data` into its model and writes it back.
#[cfg(feature = "typed")]
pub(crate) fn rewrite<T: serde::de::DeserializeOwned + serde::Serialize>(
    data: &str,
) -> Result<String, serde_json::Error> {
    serde_json::to_string(&serde_json::from_str::<T>(data)?)
}

pub(crate) use {operations, row_parts};
