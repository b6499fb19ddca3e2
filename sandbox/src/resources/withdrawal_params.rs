//! What a payout asks for: the parameters, the ways to name its amount, its price and its minimum.
//!
//! Balance, uniqueness and everything that happens later are decided in `coin_withdrawals`.

use rust_decimal::Decimal;
use serde_json::{Map, Value};

use crate::coins::{Currency, Network};
use crate::params::Params;
use crate::pricing::{self, Conversion, Price, Rates, Terms};
use crate::refusal::{Detail, Refusal};

/// The smallest payout, in EUR (documented sample).
const SMALLEST_EUR: i64 = 5;

/// The parameters that the payout keeps.
#[derive(Clone, Debug)]
pub(crate) struct Wanted {
    pub(crate) address: String,
    pub(crate) charged: &'static Currency,
    pub(crate) received: &'static Currency,
    pub(crate) network: &'static Network,
    pub(crate) network_fee: Decimal,
    pub(crate) level: &'static str,
    pub(crate) custom_id: Option<String>,
    pub(crate) customer_id: Option<String>,
    /// The field that named the amount, for refusals.
    pub(crate) amount_field: &'static str,
}

/// Field, whether it is in the charged currency, whether the 1 % and the network fee are inside.
const AMOUNTS: [(&str, bool, bool, bool); 3] = [
    ("charged_amount", true, true, true),
    ("charged_amount_to_send", true, false, false),
    ("received_amount", false, false, false),
];

/// Reads and checks the body: the parameters, the terms, and `force_commit`.
pub(crate) fn read(body: &Map<String, Value>) -> Result<(Wanted, Terms, bool), Refusal> {
    let mut params = Params::new(body);
    let charged = params.currency("charged_currency");
    let (received, network) = params.coin("received_currency");
    let address = params.address("address", received.code);
    let level = params.choice("network_fee_level", &["fast", "average", "slow"]).unwrap_or("average");
    let (custom_id, customer_id) = (params.text("custom_id"), params.text("customer_id"));
    let force_commit = params.flag("force_commit");
    beneficiary(&mut params, body);
    let (amount_field, terms) = terms(&mut params, charged, received);
    params.finish()?;
    let network_fee = network.fee(level);
    let wanted = Wanted {
        address,
        charged,
        received,
        network,
        network_fee,
        level,
        custom_id,
        customer_id,
        amount_field,
    };
    Ok((wanted, terms, force_commit))
}

/// What it costs at the rates of the moment.
pub(crate) fn price(
    rates: &Rates,
    wanted: &Wanted,
    terms: &Terms,
) -> Result<(Price, Option<Conversion>), Refusal> {
    let conversion = rates.conversion(wanted.charged, wanted.received);
    let price = pricing::price(terms, wanted.charged, conversion.as_ref(), wanted.network_fee)?;
    let smallest = rates.out_of_euros(Decimal::from(SMALLEST_EUR), wanted.charged)?;
    if price.charged < smallest || price.received <= Decimal::ZERO {
        return Err(Detail::must_be_greater_than_or_equal(wanted.amount_field, smallest).into());
    }
    Ok((price, conversion))
}

fn terms(params: &mut Params<'_>, charged: &Currency, received: &Currency) -> (&'static str, Terms) {
    let quartet = params.given("amount");
    let named: Vec<_> = AMOUNTS.iter().filter(|(field, ..)| params.given(field)).collect();
    if named.len() + usize::from(quartet) != 1 {
        params.wrong(Detail::new("exactly_one_amount", "charged_amount", "exactly one amount must be given"));
    }
    if let Some((field, in_charged, includes_fee, includes_network_fee)) = named.first() {
        let currency = if *in_charged { charged } else { received };
        let amount = params.amount(field, Some(currency)).unwrap_or_default();
        return (
            field,
            Terms {
                amount,
                in_charged: *in_charged,
                includes_fee: *includes_fee,
                includes_network_fee: *includes_network_fee,
            },
        );
    }
    let currency = if quartet { params.required("amount_currency") } else { charged.code.to_owned() };
    if currency != charged.code && currency != received.code {
        params.wrong(Detail::must_be_included_in("amount_currency", &[charged.code, received.code]));
    }
    let in_charged = currency == charged.code;
    let amount =
        params.amount("amount", Some(if in_charged { charged } else { received })).unwrap_or_default();
    let includes_fee = params.flag("amount_includes_processing_fee");
    let includes_network_fee = params.flag("amount_includes_network_fee");
    ("amount", Terms { amount, in_charged, includes_fee, includes_network_fee })
}

/// The travel rule: under `travel_rule_compliant` the recipient must be named.
fn beneficiary(params: &mut Params<'_>, body: &Map<String, Value>) {
    if !params.flag("travel_rule_compliant") {
        return;
    }
    let Some(beneficiary) = body.get("beneficiary").and_then(Value::as_object) else {
        params.wrong(Detail::required("beneficiary"));
        return;
    };
    let field = |name: &str| beneficiary.get(name).and_then(Value::as_str).unwrap_or_default();
    let types = ["natural_person", "legal_person"];
    if !types.contains(&field("type")) {
        params.wrong(Detail::must_be_included_in("beneficiary.type", &types));
    }
    let name = field("name");
    let allowed = |one: char| one.is_ascii_alphanumeric() || one.is_ascii_whitespace() || one == '-';
    if name.is_empty() || name.len() > 100 || !name.chars().all(allowed) {
        params.wrong(Detail::new(
            "invalid_name",
            "beneficiary.name",
            "must be 1 to 100 letters, digits, spaces or hyphens",
        ));
    }
}
