//! The sandbox's own list of operations: method, path and name.
//!
//! It is written down apart from the client's table on purpose, as a second witness; a contract test compares the
//! two. Which parameters an operation takes is the world's business.

/// One operation of the API.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Route {
    /// Its name in the API's own words, `invoices.create`.
    pub operation: &'static str,
    /// `GET`, `POST` or `PATCH`.
    pub method: &'static str,
    /// The path with its parameters in braces, `/api/invoices/{invoice_id}`.
    pub path: &'static str,
}

const fn route(operation: &'static str, method: &'static str, path: &'static str) -> Route {
    Route { operation, method, path }
}

/// Every operation; where a fixed path and one with a parameter fit, the fixed one stands first.
pub const ROUTES: [Route; 39] = [
    route("accounts.list", "GET", "/api/accounts"),
    route("accounts.list_transactions", "GET", "/api/accounts/{account_id}/transactions"),
    route("channels.create", "POST", "/api/channels"),
    route("channels.list", "GET", "/api/channels"),
    route("channels.retrieve", "GET", "/api/channels/{channel_id}"),
    route("channels.retrieve_by_custom_id", "GET", "/api/channels/custom_id/{custom_id}"),
    route("channels.update", "PATCH", "/api/channels/{channel_id}"),
    route("channels.list_payments", "GET", "/api/channels/{channel_id}/payments"),
    route("channels.retrieve_payment", "GET", "/api/channels/{channel_id}/payments/{channel_payment_id}"),
    route("coin_withdrawals.create", "POST", "/api/coin_withdrawals"),
    route("coin_withdrawals.commit", "POST", "/api/coin_withdrawals/{coin_withdrawal_id}/commit"),
    route("coin_withdrawals.list", "GET", "/api/coin_withdrawals"),
    route("coin_withdrawals.list_network_fees", "GET", "/api/coin_withdrawals/network_fees"),
    route("coin_withdrawals.retrieve", "GET", "/api/coin_withdrawals/{coin_withdrawal_id}"),
    route("coin_withdrawals.retrieve_by_custom_id", "GET", "/api/coin_withdrawals/custom_id/{custom_id}"),
    route("coins.list", "GET", "/api/coins"),
    route("customers.create", "POST", "/api/customers"),
    route("customers.list", "GET", "/api/customers"),
    route("customers.retrieve", "GET", "/api/customers/{customer_id}"),
    route("customers.update", "PATCH", "/api/customers/{customer_id}"),
    route("exchange_transfers.create", "POST", "/api/exchange_transfers"),
    route("exchange_transfers.commit", "POST", "/api/exchange_transfers/{exchange_transfer_id}/commit"),
    route("exchange_transfers.retrieve", "GET", "/api/exchange_transfers/{exchange_transfer_id}"),
    route("invoices.create", "POST", "/api/invoices"),
    route("invoices.list", "GET", "/api/invoices"),
    route("invoices.retrieve", "GET", "/api/invoices/{invoice_id}"),
    route("invoices.retrieve_by_custom_id", "GET", "/api/invoices/custom_id/{custom_id}"),
    route("invoices.create_recalculation", "POST", "/api/invoices/{invoice_id}/recalculations"),
    route(
        "invoices.commit_recalculation",
        "POST",
        "/api/invoices/{invoice_id}/recalculations/{recalculation_id}/commit",
    ),
    route("invoices.create_refund", "POST", "/api/invoices/{invoice_id}/refunds"),
    route("invoices.list_refunds", "GET", "/api/invoices/{invoice_id}/refunds"),
    route("rates.all", "GET", "/api/rates"),
    route("rates.retrieve", "GET", "/api/rates/{base_currency}/{quote_currency}"),
    route("subscriptions.create", "POST", "/api/subscriptions"),
    route("subscriptions.list", "GET", "/api/subscriptions"),
    route("subscriptions.retrieve", "GET", "/api/subscriptions/{subscription_id}"),
    route("subscriptions.retrieve_by_custom_id", "GET", "/api/subscriptions/custom_id/{custom_id}"),
    route("subscriptions.cancel", "POST", "/api/subscriptions/{subscription_id}/cancel"),
    route("transactions.list", "GET", "/api/transactions"),
];

impl Route {
    /// Whether the operation only reads.
    pub(crate) fn is_read(&self) -> bool {
        self.method == "GET"
    }

    /// The decoded path parameters if `path` (as sent, without the query) is one of this route.
    fn parameters(&self, path: &str) -> Option<Vec<(&'static str, String)>> {
        let mut parameters = Vec::new();
        let (mut wanted, mut sent) = (self.path.split('/'), path.split('/'));
        loop {
            match (wanted.next(), sent.next()) {
                (None, None) => return Some(parameters),
                (Some(wanted), Some(sent)) => {
                    match wanted.strip_prefix('{').and_then(|w| w.strip_suffix('}')) {
                        Some(_) if sent.is_empty() => return None,
                        Some(name) => parameters.push((name, percent_decoded(sent)?)),
                        None if wanted == sent => {}
                        None => return None,
                    }
                }
                _ => return None,
            }
        }
    }
}

/// The route of a request and its decoded path parameters; `None` for what is no operation of the API.
pub(crate) fn find(method: &str, path: &str) -> Option<(&'static Route, Vec<(&'static str, String)>)> {
    ROUTES
        .iter()
        .filter(|route| route.method == method)
        .find_map(|route| route.parameters(path).map(|parameters| (route, parameters)))
}

/// Whether an operation of this name exists.
pub(crate) fn exists(operation: &str) -> bool {
    ROUTES.iter().any(|route| route.operation == operation)
}

/// The text behind `%XX` escapes; `None` if an escape is cut short or the bytes are not UTF-8. `+` stays `+`.
pub(crate) fn percent_decoded(text: &str) -> Option<String> {
    if !text.contains('%') {
        return Some(text.to_owned());
    }
    let mut bytes = Vec::with_capacity(text.len());
    let mut rest = text.bytes();
    while let Some(byte) = rest.next() {
        bytes.push(match byte {
            b'%' => {
                let high = char::from(rest.next()?).to_digit(16)?;
                let low = char::from(rest.next()?).to_digit(16)?;
                u8::try_from(high * 16 + low).ok()?
            }
            other => other,
        });
    }
    String::from_utf8(bytes).ok()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn every_route_finds_itself_and_names_are_unique() {
        for route in &ROUTES {
            let sent: String = route.path.replace('{', "x").replace('}', "");
            assert_eq!(find(route.method, &sent).unwrap().0.operation, route.operation);
            assert_eq!(ROUTES.iter().filter(|other| other.operation == route.operation).count(), 1);
        }
    }

    #[test]
    fn path_parameters_are_decoded_but_a_plus_stays() {
        let (route, parameters) = find("GET", "/api/invoices/custom_id/ORDER%20%2F42+1").unwrap();
        assert_eq!(route.operation, "invoices.retrieve_by_custom_id");
        assert_eq!(parameters, [("custom_id", "ORDER /42+1".to_owned())]);
    }

    #[test]
    fn what_is_no_operation_finds_nothing() {
        for (method, path) in [
            ("GET", "/api/invoices/"),
            ("GET", "/api//invoices"),
            ("DELETE", "/api/invoices"),
            ("POST", "/api/invoices/1"),
            ("GET", "/api/rates/BTCUSD"),
            ("GET", "/api/invoices/%zz"),
            ("GET", "/api/invoices/%f"),
            ("GET", "/api/invoices/%ff"),
            ("GET", ""),
        ] {
            assert_eq!(find(method, path), None, "{method} {path}");
        }
    }
}
