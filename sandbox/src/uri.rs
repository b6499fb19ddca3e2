//! Wallet URIs and hosted pages, in the forms that were recorded.
//!
//! Every network has its own form; tokens of BEP-20 and TRC-20 have none and get the bare address.

use rust_decimal::Decimal;

use crate::amount::plain;

const HOSTED: &str = "https://hosted-business-sandbox.cryptopay.me";

/// The page that a payer sees; `kind` is `invoices` or `channels`.
pub(crate) fn hosted_page(kind: &str, id: &str) -> String {
    format!("{HOSTED}/{kind}/{id}")
}

/// The wallet URI of an address; with an amount for invoices, without for channels.
pub(crate) fn wallet(
    currency: &str,
    network: &str,
    address: &str,
    precision: u32,
    amount: Option<Decimal>,
) -> String {
    let (bare, tag) = address.split_once("?dt=").map_or((address, None), |(bare, tag)| (bare, Some(tag)));
    let mut query = Vec::new();
    let scheme = match (network, currency) {
        ("ethereum", "ETH") => {
            let value = amount.map(|amount| format!("?value={}", scientific(amount, 18))).unwrap_or_default();
            return format!("ethereum:{bare}@5{value}");
        }
        ("ethereum", _) => {
            let value = amount
                .map(|amount| format!("&uint256={}", scientific(amount, precision)))
                .unwrap_or_default();
            return format!(
                "ethereum:0x23a2e5f75cdfe03763d929379f5dc3f14f7045cd@5/transfer?address={bare}{value}"
            );
        }
        ("stellar", _) => {
            query.push(format!("destination={bare}"));
            query.extend(tag.map(|tag| format!("memo={tag}&memo_type=MEMO_ID")));
            query.extend(amount.map(|amount| format!("amount={}", plain(amount))));
            return format!("web+stellar:pay?{}", query.join("&"));
        }
        ("bnb_smart_chain" | "tron", _) => return address.to_owned(),
        ("cardano", _) => "web+cardano",
        ("bitcoin_cash", _) => "bitcoincash",
        (other, _) => other,
    };
    query.extend(amount.map(|amount| format!("amount={}", plain(amount))));
    query.extend(tag.map(|tag| format!("dt={tag}")));
    let query = if query.is_empty() { String::new() } else { format!("?{}", query.join("&")) };
    format!("{scheme}:{bare}{query}")
}

/// An amount in the smallest unit, as `0.<digits>e<exponent>`: `0.02850781` ETH is `0.2850781e17` wei.
fn scientific(amount: Decimal, decimals: u32) -> String {
    let amount = amount.normalize();
    let digits = amount.mantissa().unsigned_abs().to_string();
    let length = i64::try_from(digits.len()).unwrap_or(0);
    let exponent = length - i64::from(amount.scale()) + i64::from(decimals);
    format!("0.{}e{exponent}", digits.trim_end_matches('0'))
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::amount::read;

    #[test]
    fn uris_have_the_recorded_forms() {
        let form = |currency, network, address, precision, amount: &str| {
            wallet(currency, network, address, precision, read(amount))
        };
        assert_eq!(form("BTC", "bitcoin", "2NEg6", 8, "0.001895"), "bitcoin:2NEg6?amount=0.001895");
        assert_eq!(
            form("XRP", "ripple", "rpbZ?dt=1932", 6, "106.286982"),
            "ripple:rpbZ?amount=106.286982&dt=1932"
        );
        assert_eq!(form("ETH", "ethereum", "0x14", 8, "0.02850781"), "ethereum:0x14@5?value=0.2850781e17");
        // Recorded: 50 USDT as 0.5e2 on a test token with one unit a token, 1763.38 USDT as 0.176338e10.
        assert!(
            form("USDT", "ethereum", "0x33", 6, "1763.38")
                .ends_with("/transfer?address=0x33&uint256=0.176338e10")
        );
        assert_eq!(form("USDT", "tron", "Tabc", 6, "5"), "Tabc");
        assert_eq!(wallet("BTC", "bitcoin", "2NC4", 8, None), "bitcoin:2NC4");
    }
}
