//! From flat JSON to the structs of the typed API. What is left when a struct has taken its own cannot be said in the typed
//! API and is an error of the story.

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
use cryptopay_core::value::Update;
use serde::de::DeserializeOwned;
use serde_json::{Map, Value};

/// Parameters that can be taken out of a JSON object.
pub(crate) trait Params: Sized {
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

pub(crate) fn taken(given: &mut Map<String, Value>, name: &str) -> Option<Value> {
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

pub(crate) fn nothing_left(given: &Map<String, Value>) -> Result<()> {
    match given.keys().next() {
        Some(name) => bail!("the typed method takes no {name}"),
        None => Ok(()),
    }
}
