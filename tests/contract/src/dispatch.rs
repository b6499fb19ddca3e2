//! From an operation's name and flat parameters to the typed method, for tests only. Each operation is one line; what is
//! left of the parameters when a line has taken its own cannot be said in the typed API and is an error of the story.

use crate::virtual_time::VirtualTime;
use anyhow::{Context, Result, bail};
use cryptopay_core::api::accounts::AccountTransactionListParams;
use cryptopay_core::api::channels::{
    ChannelListParams, ChannelParams, ChannelPaymentListParams, ChannelUpdateParams,
};
use cryptopay_core::api::coin_withdrawals::{
    Beneficiary, BeneficiaryAddress, CoinWithdrawalListParams, CoinWithdrawalParams, NetworkFeeListParams,
};
use cryptopay_core::api::customers::{CustomerListParams, CustomerParams, CustomerUpdateParams};
use cryptopay_core::api::exchange_transfers::ExchangeTransferParams;
use cryptopay_core::api::invoices::{
    InvoiceListParams, InvoiceParams, InvoiceRecalculationParams, InvoiceRefundParams,
};
use cryptopay_core::api::subscriptions::{SubscriptionListParams, SubscriptionParams};
use cryptopay_core::api::transactions::TransactionListParams;
use cryptopay_core::error::ApiError;
use cryptopay_core::face::{Answer, CallOptions, Cryptopay, Pages};
use cryptopay_core::outcome::Outcome;
use cryptopay_core::transport::ReqwestFetch;
use cryptopay_core::value::{Update, Uuid};
use serde::Serialize;
use serde::de::DeserializeOwned;
use serde_json::{Map, Value};
use std::sync::Arc;

/// The client of the stories.
pub type Client = Cryptopay<ReqwestFetch, VirtualTime>;
/// Puts an answer into a commit's options.
pub type AsQuote = Arc<dyn Fn(CallOptions) -> CallOptions + Send + Sync>;

/// What a typed method handed back.
#[derive(Clone)]
pub struct Came {
    /// The model, written back.
    pub value: Value,
    /// How the call went; none for the rows of a list.
    pub outcome: Option<Outcome>,
    /// The answer as the quote of a commit.
    pub quote: Option<AsQuote>,
}

trait Params: Sized {
    fn take(given: &mut Map<String, Value>) -> Result<Self>;
}

macro_rules! params {
    ($($name:ident { $($field:ident)* } $(, update { $($change:ident)* })? $(, inside { $($inner:ident)* })?;)*) => {$(
        impl Params for $name {
            fn take(given: &mut Map<String, Value>) -> Result<Self> {
                Ok(Self {
                    $($field: plain(given, stringify!($field))?,)*
                    $($($change: update(given, stringify!($change))?,)*)?
                    $($($inner: inside(given, stringify!($inner))?,)*)?
                })
            }
        }
    )*};
}

params! {
    AccountTransactionListParams { starting_after };
    ChannelParams { name description pay_currency network receiver_currency custom_id customer_id };
    ChannelUpdateParams {}, update { name description status customer_id };
    ChannelListParams { customer_id starting_after };
    ChannelPaymentListParams { starting_after };
    CoinWithdrawalParams {
        address charged_currency received_currency network charged_amount charged_amount_to_send received_amount amount
        amount_currency amount_includes_processing_fee amount_includes_network_fee custom_id customer_id network_fee_level
        force_commit travel_rule_compliant
    }, inside { beneficiary };
    Beneficiary { r#type name }, inside { address };
    BeneficiaryAddress { country city line_1 line_2 post_code };
    CoinWithdrawalListParams { customer_id starting_after };
    NetworkFeeListParams { all_networks };
    CustomerParams { id currency addresses };
    CustomerUpdateParams {}, update { currency addresses };
    CustomerListParams { starting_after };
    ExchangeTransferParams { charged_currency charged_amount received_currency received_amount custom_id force_commit };
    InvoiceParams {
        price_amount price_currency pay_currency network custom_id customer_id name description metadata
        success_redirect_url unsuccess_redirect_url payer_email
    };
    InvoiceListParams { customer_id starting_after subscription_id };
    InvoiceRecalculationParams { force_commit };
    InvoiceRefundParams { address };
    SubscriptionParams {
        name amount currency period period_quantity starts_at payer_email payer_name custom_id product_name
        product_description success_redirect_url unsuccess_redirect_url
    };
    SubscriptionListParams { starting_after };
    TransactionListParams { created_at_from created_at_to reference_type currency status risk_level starting_after };
}

fn taken(given: &mut Map<String, Value>, name: &str) -> Option<Value> {
    given.remove(name.strip_prefix("r#").unwrap_or(name))
}

fn plain<T: DeserializeOwned + Default>(given: &mut Map<String, Value>, name: &str) -> Result<T> {
    let value = taken(given, name);
    value.map_or_else(
        || Ok(T::default()),
        |value| serde_json::from_value(value).with_context(|| name.to_owned()),
    )
}

fn update<T: DeserializeOwned>(given: &mut Map<String, Value>, name: &str) -> Result<Update<T>> {
    Ok(match taken(given, name) {
        None => Update::Unchanged,
        Some(Value::Null) => Update::Null,
        Some(value) => Update::Value(serde_json::from_value(value).with_context(|| name.to_owned())?),
    })
}

fn inside<T: Params>(given: &mut Map<String, Value>, name: &str) -> Result<Option<T>> {
    match taken(given, name) {
        None => Ok(None),
        Some(Value::Object(mut members)) => {
            let read = T::take(&mut members)?;
            nothing_left(&members)?;
            Ok(Some(read))
        }
        Some(_) => bail!("{name} is no object"),
    }
}

fn nothing_left(given: &Map<String, Value>) -> Result<()> {
    match given.keys().next() {
        Some(name) => bail!("the typed method takes no {name}"),
        None => Ok(()),
    }
}

fn one<A: Serialize + Clone + Send + Sync + 'static>(
    came: Result<Answer<A>, ApiError>,
) -> Result<Result<Came, ApiError>> {
    Ok(match came {
        Ok(answer) => {
            let (value, outcome) = (serde_json::to_value(&*answer)?, Some(answer.outcome().clone()));
            Ok(Came { value, outcome, quote: Some(Arc::new(move |options| options.quote(&answer))) })
        }
        Err(error) => Err(error),
    })
}

/// The first page, or so many rows.
async fn rows<A: Serialize + DeserializeOwned>(
    mut pages: Pages<A, ReqwestFetch, VirtualTime>,
    take: Option<usize>,
) -> Result<Result<Came, ApiError>> {
    let (mut rows, mut outcome) = (Vec::new(), None);
    match take {
        None => match pages.next_page().await {
            Err(error) => return Ok(Err(error)),
            Ok(page) => {
                let page = page.context("a list without a page")?;
                outcome = Some(page.outcome);
                rows = page.items;
            }
        },
        Some(most) => {
            while rows.len() < most {
                match pages.next().await {
                    Err(error) => return Ok(Err(error)),
                    Ok(Some(row)) => rows.push(row),
                    Ok(None) => break,
                }
            }
        }
    }
    Ok(Ok(Came { value: serde_json::to_value(rows)?, outcome, quote: None }))
}

macro_rules! calls {
    ($($face:ident { $($kind:ident $method:ident($($path:ident: $of:ident),*) $([$model:ident])?;)* })*) => {
        /// The operations that can be called by name.
        pub const OPERATIONS: &[&str] = &[$($(concat!(stringify!($face), ".", stringify!($method))),*),*];

        /// Calls the typed method of an operation; `take` says how many rows of a list.
        ///
        /// # Errors
        /// When the parameters cannot be said in the typed API. The call's own error comes inside.
        pub async fn dispatch(
            client: &Client,
            operation: &str,
            mut given: Map<String, Value>,
            take: Option<usize>,
        ) -> Result<Result<Came, ApiError>> {
            match operation {
                $($(concat!(stringify!($face), ".", stringify!($method)) => {
                    $(let $path = taken(&mut given, stringify!($path)).context(concat!("no ", stringify!($path)))?;)*
                    calls!(@$kind client given take $face $method [$($path $of)*] $([$model])?)
                })*)*
                _ => bail!("there is no operation {operation}"),
            }
        }
    };
    (@one $client:ident $given:ident $take:ident $face:ident $method:ident [$($path:ident $of:ident)*]) => {{
        nothing_left(&$given)?;
        one($client.$face().$method($(calls!(@path $of $path)),*).await)
    }};
    (@one $client:ident $given:ident $take:ident $face:ident $method:ident [$($path:ident $of:ident)*] [$model:ident]) => {{
        let params = $model::take(&mut $given)?;
        nothing_left(&$given)?;
        one($client.$face().$method($(calls!(@path $of $path),)* &params).await)
    }};
    (@page $client:ident $given:ident $take:ident $face:ident $method:ident []) => {{
        nothing_left(&$given)?;
        rows($client.$face().$method(), $take).await
    }};
    (@page $client:ident $given:ident $take:ident $face:ident $method:ident [$($path:ident $of:ident)*] [$model:ident]) => {{
        let params = $model::take(&mut $given)?;
        nothing_left(&$given)?;
        rows($client.$face().$method($(calls!(@path $of $path),)* &params), $take).await
    }};
    (@path text $path:ident) => { $path.as_str().context("is no text")? };
    (@path uuid $path:ident) => { $path.as_str().context("is no text")?.parse::<Uuid>()? };
}

calls! {
    accounts {
        page list();
        page list_transactions(account_id: uuid) [AccountTransactionListParams];
    }
    channels {
        one create() [ChannelParams];
        page list() [ChannelListParams];
        one retrieve(channel_id: uuid);
        one retrieve_by_custom_id(custom_id: text);
        one update(channel_id: uuid) [ChannelUpdateParams];
        page list_payments(channel_id: uuid) [ChannelPaymentListParams];
        one retrieve_payment(channel_id: uuid, channel_payment_id: uuid);
    }
    coin_withdrawals {
        one create() [CoinWithdrawalParams];
        one commit(coin_withdrawal_id: uuid);
        page list() [CoinWithdrawalListParams];
        one retrieve(coin_withdrawal_id: uuid);
        one retrieve_by_custom_id(custom_id: text);
        one list_network_fees() [NetworkFeeListParams];
    }
    coins {
        one list();
    }
    customers {
        one create() [CustomerParams];
        page list() [CustomerListParams];
        one retrieve(customer_id: text);
        one update(customer_id: text) [CustomerUpdateParams];
    }
    exchange_transfers {
        one create() [ExchangeTransferParams];
        one commit(exchange_transfer_id: uuid);
        one retrieve(exchange_transfer_id: uuid);
    }
    invoices {
        one create() [InvoiceParams];
        page list() [InvoiceListParams];
        one retrieve(invoice_id: uuid);
        one retrieve_by_custom_id(custom_id: text);
        one create_recalculation(invoice_id: uuid) [InvoiceRecalculationParams];
        one commit_recalculation(invoice_id: uuid, recalculation_id: uuid);
        one create_refund(invoice_id: uuid) [InvoiceRefundParams];
        one list_refunds(invoice_id: uuid);
    }
    rates {
        one all();
        one retrieve(base_currency: text, quote_currency: text);
    }
    subscriptions {
        one create() [SubscriptionParams];
        page list() [SubscriptionListParams];
        one retrieve(subscription_id: uuid);
        one retrieve_by_custom_id(custom_id: text);
        one cancel(subscription_id: uuid);
    }
    transactions {
        page list() [TransactionListParams];
    }
}
