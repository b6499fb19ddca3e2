//! From an operation's name and flat parameters to the typed method, for tests only: each operation is one line.

use crate::came::{Came, Client, one, rows};
use crate::params::{Params as _, nothing_left, taken};
use anyhow::{Context, Result, bail};
use cryptopay_core::api::accounts::AccountTransactionListParams;
use cryptopay_core::api::channels::{
    ChannelListParams, ChannelParams, ChannelPaymentListParams, ChannelUpdateParams,
};
use cryptopay_core::api::coin_withdrawals::{
    CoinWithdrawalListParams, CoinWithdrawalParams, NetworkFeeListParams,
};
use cryptopay_core::api::customers::{CustomerListParams, CustomerParams, CustomerUpdateParams};
use cryptopay_core::api::exchange_transfers::ExchangeTransferParams;
use cryptopay_core::api::invoices::{
    InvoiceListParams, InvoiceParams, InvoiceRecalculationParams, InvoiceRefundParams,
};
use cryptopay_core::api::subscriptions::{SubscriptionListParams, SubscriptionParams};
use cryptopay_core::api::transactions::TransactionListParams;
use cryptopay_core::error::ApiError;
use cryptopay_core::value::Uuid;
use serde_json::{Map, Value};

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
