//! What the measurements work on: a key, one invoice and a page of 50, of the size and with the fields that the API
//! answers (a paid invoice has about 1.1 kB).

use cryptopay_core::date::format_imf;
use cryptopay_core::http::Response;

/// A key and a secret of the API's public samples.
pub(crate) const KEY: &str = "DjlHuWlApznJ7vrhPBL0fA";
/// See [`KEY`].
pub(crate) const SECRET: &str = "Oe8TBDzg4tatdq2cL9ojeEj3U3oWSCSC5fqOHAqaKVg";

/// The id of the invoice with this number.
pub(crate) fn id(number: u32) -> String {
    format!("5b0c1d6e-3f2a-4e87-9c4d-{number:012x}")
}

fn invoice(number: u32) -> String {
    let id = id(number);
    [
        r#"{"id":""#, &id, r#"","custom_id":"order-20231114-"#, &number.to_string(),
        r#"","customer_id":null,"subscription_id":null,"status":"completed","status_context":null,"#,
        r#""address":"2N9sLkPjJ4bWZzW7MPVkTmVGkrgeyqTLLcM","network":"bitcoin","#,
        r#""uri":"bitcoin:2N9sLkPjJ4bWZzW7MPVkTmVGkrgeyqTLLcM?amount=0.001895","#,
        r#""price_amount":"100.5","price_currency":"EUR","pay_amount":"0.001895","pay_currency":"BTC","#,
        r#""fee":"1.0","fee_currency":"EUR","paid_amount":"0.001895","#,
        r#""exchange":{"pair":"BTCEUR","rate":"53034.3008","fee":"0.0","fee_currency":"EUR"},"#,
        r#""transactions":[{"txid":"9c1f2b7d3e5a48c6b0d1e2f3a4b5c6d7e8f90a1b2c3d4e5f60718293a4b5c6d7","#,
        r#""risk":{"score":0.8,"level":"low","resource_name":"default","resource_category":"unknown"}}],"#,
        r#""name":"Two tickets","description":"Row 7, seats 11 and 12","metadata":{"cart":"8841","shop":"north"},"#,
        r#""success_redirect_url":"https://shop.example/paid","unsuccess_redirect_url":null,"#,
        r#""hosted_page_url":"https://hosted-business-sandbox.cryptopay.me/invoices/"#, &id,
        r#"","created_at":"2023-11-14T22:13:20+00:00","expires_at":"2023-11-14T22:23:20+00:00"}"#,
    ]
    .concat()
}

/// The body of a 200 with one invoice.
pub(crate) fn one() -> String {
    format!(r#"{{"data":{}}}"#, invoice(1))
}

/// The body of a 200 with a page of 50 invoices.
pub(crate) fn fifty() -> String {
    page(1..=50, true)
}

/// The body of a 200 with a page of these invoices.
pub(crate) fn page(numbers: impl Iterator<Item = u32>, more: bool) -> String {
    let invoices: Vec<String> = numbers.map(invoice).collect();
    format!(r#"{{"data":[{}],"meta":{{"total":307,"has_more":{more}}}}}"#, invoices.join(","))
}

/// A 200 with this body, dated (unix ms), with the headers that a transport hands on.
pub(crate) fn response(unix_ms: u64, body: &str) -> Response {
    let headers = [
        ("cf-ray", "69e041639bca0c65-AMS".to_owned()),
        ("content-type", "application/json; charset=utf-8".to_owned()),
        ("date", format_imf(unix_ms)),
    ];
    Response {
        status: 200,
        headers: headers.map(|(name, value)| (name.to_owned(), value)).into(),
        body: body.as_bytes().to_vec(),
    }
}
