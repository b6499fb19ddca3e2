//! Keys computed with a Python implementation of the module's recipe (json, decimal, hashlib).

use super::*;

fn swap(body: &str, from: &str, to: &str) -> String {
    assert!(body.contains(from), "{from}");
    dedupe_key(body.replace(from, to).as_bytes())
}

#[rustfmt::skip]
const KNOWN: [(&str, &str); 7] = [
        (r#"{"type":"Invoice","event":"status_changed","data":{"id":"a-1","status":"completed","status_context":null,"price_amount":"10.0","pay_amount":12.50,"paid_amount":"012.5","fee":null,"transactions":[{"txid":"bb","risk":{"score":6.2}},{"txid":"AA","risk":null},{"txid":null}],"hosted_page_url":"https://x"}}"#, "9ee43e3e2553c495e8f7606f5563c40c26a5b1116c8eaed3e0c837ae7b8d5d79"),
        (r#"{"type":"ChannelPayment","event":"created","data":{"id":"p-\u00e9","txid":"0x93","status":"pending","paid_amount":1e-3,"received_amount":"0.0","fee":"-0"}}"#, "69ffa48cc9c025d7a4b9cbf75464d80885bdfc2f112adac16102dde8b79d8bc6"),
        (r#"{"type":"CoinWithdrawal","event":"status_changed","data":{"id":"w","txid":null,"status":"sent","charged_amount":"20.0","received_amount":"24.266207","network_fee":"0.000045","fee":"0.0"}}"#, "049e100944425532b3f8cc42de3262b544aabfe6ed671fef4fdd4d2ef1c1107e"),
        (r#"{"type":"Subscription","event":"paid","data":{"id":"s","status":"active","amount":"100.43","current_period_starts_at":"2023-06-20T23:00:00+00:00","current_period_ends_at":"2023-07-20T23:00:00+00:00","cancelled_at":null}}"#, "139cc24b25dd8b466a521a1c4d2dbb67583f354b8e6b76cce6aa14076f750914"),
        (r#"{"type":"Lottery","event":"won","data":{"id":"x"}}"#, "267de1b9f523950a7dfa1094bd84393477219218a5b6023e45c1dfb413a1afc5"),
        (r#"{"type":"Invoice","event":"status_changed","data":{"id":7}}"#, "776a0b00fa8c03a7c796d11aaf7258b0d04a828b2fd05ec4cbf6410242974da9"),
        (r#"not json"#, "7ccfa1fbf3940e6f0c0375d87c0f9235a50514e14cb427bdfaf5077987b26ccf"),
];

#[test]
fn another_implementation_of_the_recipe_gets_the_same_keys() {
    for (body, key) in KNOWN {
        assert_eq!(dedupe_key(body.as_bytes()), key, "{body}");
    }
}

#[rustfmt::skip]
const RECORDED: [(&str, &str); 19] = [
        ("java_channel_payment_completed", "173dc55081eb13310c450cc5ae8d2a97c3106f307b7e02e891f7790b275a31ca"),
        ("java_channel_payment_created", "cca278fdaa3dca014ba71b74d09e93a71945cb372ca8fef8dacb6a2d6b4e49b9"),
        ("java_coin_withdrawal_created", "56076cba472443ad4c236d167722c482cbcc3ed1b36439990c999761a9a1ae33"),
        ("java_coin_withdrawal_status_changed", "e4ca9b7708b2293ebe9603138cc341b36022b504f06adcc3f75ba22696333ff3"),
        ("java_invoice_status_changed", "f94a588db8780517ce860f59c8497e3433c87921faad7d0da87864a936c47b15"),
        ("java_invoice_transaction_created", "79ec370b60ef01549f1641313b88eefd1bb9c94cf60b4dcbbc88888cff8534a9"),
        ("java_readme_invoice", "9b1b0ac1c355d7a357b096a8bbc64803a6082c41e41755de124615b447d94348"),
        ("node_spec_invoice", "bdafcc92088d891c7055afe7066c73d7c3d09b0da11c8b3997abc8f4b5388cd5"),
        ("php_invoice_no_envelope", "e6b7d7ef6a3f8336b96b94cbd8f4fcf943ec7d6e7efaeb9743e43b10b7b12e25"),
        ("php_truncated_json", "55c1f814486bd90d5cadb0d90d25b57db0a765931e9c783756896bfe51dc7832"),
        ("ruby_channel_payment_completed", "fc8f67c223be2245bf36eaa14ad65bfc1dbf311024bbf2ae0212fbab759e640f"),
        ("ruby_coin_withdrawal_status_changed", "e26a012186debb84626bed95c3177aadf9a15020211e33318720ac3c63622ca8"),
        ("ruby_invoice_status_changed", "cff95f6b63053e3b397a3f262b212ea13aba40b47bf712e2c700efe5f36c38e1"),
        ("ruby_readme_invoice", "cff95f6b63053e3b397a3f262b212ea13aba40b47bf712e2c700efe5f36c38e1"),
        ("synthetic_channel_payment_created", "2bd89bab7b6d79a10b711ad9e7c67ad523e47503e19b215319ec6805e1016c20"),
        ("synthetic_coin_withdrawal_created_2025", "a66579cc1acf22d5c2e4c4ad2c230c390374978235f0a12cb39f186e22df70fc"),
        ("synthetic_invoice_transaction_created_2025", "e6843129c1fe6533e4e691c18cfd527366240e12606448a4745b8775ead38d33"),
        ("synthetic_subscription_cancelled", "b21966afa9b4d43b394b7e0d9c756a87f6c0f4ed441ed71280e384ad0e73145d"),
        ("synthetic_subscription_paid", "9eb052bfc1fb97809d75b27db845001b8de163e5f3885763e4ee4d8ec980c7d3"),
];

#[test]
fn recorded_callbacks_have_the_same_keys_in_another_implementation() {
    let Some(folder) = std::env::var_os("CRYPTOPAY_RECORDINGS") else { return };
    for (name, key) in RECORDED {
        let path = std::path::Path::new(&folder).join(format!("callbacks/{name}.json"));
        let file: serde_json::Value = serde_json::from_slice(&std::fs::read(path).unwrap()).unwrap();
        assert_eq!(dedupe_key(file["body"].as_str().unwrap().as_bytes()), key, "{name}");
    }
}

#[test]
fn an_event_told_again_with_another_risk_url_order_or_zeros_has_the_same_key() {
    let (body, key) = KNOWN[0];
    for (from, to) in [
        ("6.2", "1.1"),
        ("https://x", "https://y"),
        ("\"10.0\"", "10"),
        ("012.5", "12.500"),
        (r#"{"txid":"bb","risk":{"score":6.2}},{"txid":"AA","risk":null}"#, r#"{"txid":"AA"},{"txid":"bb"}"#),
        ("\"status_context\":null,", ""),
    ] {
        assert_eq!(swap(body, from, to), key, "{from}");
    }
}

#[test]
fn another_event_has_another_key() {
    let (body, key) = KNOWN[0];
    for (from, to) in [
        ("status_changed", "refunded"),
        ("a-1", "a-2"),
        ("completed", "unresolved"),
        ("\"status_context\":null", "\"status_context\":\"\""),
        ("\"10.0\"", "\"10.01\""),
        ("\"bb\"", "\"bc\""),
    ] {
        assert_ne!(swap(body, from, to), key, "{from}");
    }
}

#[test]
fn every_paid_period_of_a_subscription_has_its_own_key() {
    let (body, key) = KNOWN[3];
    assert_ne!(swap(body, "2023-06-20", "2023-07-20"), key);
    assert_ne!(swap(body, "\"cancelled_at\":null", "\"cancelled_at\":\"2023-07-21T00:00:00+00:00\""), key);
}

#[test]
fn an_unknown_event_is_told_apart_by_its_raw_body() {
    let (body, key) = KNOWN[4];
    assert_ne!(swap(body, "won", "won "), key);
    assert_ne!(swap(body, ",\"data", ", \"data"), key);
}
