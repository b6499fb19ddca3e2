//! Keys computed with `tests/golden/reference.py` (json, decimal, hashlib).

use super::*;

fn swap(body: &str, from: &str, to: &str) -> String {
    assert!(body.contains(from), "{from}");
    dedupe_key(body.replace(from, to).as_bytes())
}

#[rustfmt::skip]
const KNOWN: [(&str, &str); 7] = [
        (r#"{"type":"Invoice","event":"status_changed","data":{"id":"a-1","status":"completed","status_context":null,"price_amount":"10.0","pay_amount":12.50,"paid_amount":"012.5","fee":null,"transactions":[{"txid":"bb","risk":{"score":6.2}},{"txid":"AA","risk":null},{"txid":null}],"hosted_page_url":"https://x"}}"#, "fed937f1c0a82e4be593d810f050ef93829416ecc9a7fe27cdc034ab5e6aecb4"),
        (r#"{"type":"ChannelPayment","event":"created","data":{"id":"p-\u00e9","txid":"0x93","status":"pending","paid_amount":1e-3,"received_amount":"0.0","fee":"-0"}}"#, "5bd501d5658761f15e1b7c39aa5d4e99faf7cbe1ac4aa988dfc6aa4cfc6c1011"),
        (r#"{"type":"CoinWithdrawal","event":"status_changed","data":{"id":"w","txid":null,"status":"sent","charged_amount":"20.0","received_amount":"24.266207","network_fee":"0.000045","fee":"0.0"}}"#, "9078b8402c5a5e3ea7ce0277976ecfc307cb59e7611c958c5b0cbfba32bd9f5b"),
        (r#"{"type":"Subscription","event":"paid","data":{"id":"s","status":"active","amount":"100.43","current_period_starts_at":"2023-06-20T23:00:00+00:00","current_period_ends_at":"2023-07-20T23:00:00+00:00","cancelled_at":null}}"#, "67cd8970a71d96fb5fafeb5d3bf8bc449f3ac7285d954e39ace22d2eeff0cbec"),
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
        ("java_channel_payment_completed", "c3f67a767c695228079b822f7968a11024e233dd82f648381095dc7251d91694"),
        ("java_channel_payment_created", "0f5b333eff2c78b9be7a12168db813a7a08992f7d01d198a160a92e92a89bba8"),
        ("java_coin_withdrawal_created", "8bbfbf705748bef5ecbaa6cad7531a729f8df2033ff289ace01c35d96a5b9a79"),
        ("java_coin_withdrawal_status_changed", "5e3833c411af73064742596122a4d66617607fc5df26816d830bfe6949f02a00"),
        ("java_invoice_status_changed", "27b8ae4f89aeed03c7a20ff37241d0b0819bf7f54b25702849137c41609a9d0f"),
        ("java_invoice_transaction_created", "06a94280c07f1ffd965a891a8815c43ce12b179d32b6f99a43239658ea1bc282"),
        ("java_readme_invoice", "e4c8a674803bfee7eb6276145a56bebb8986d7af92d72f6186bd2b917df71cbe"),
        ("node_spec_invoice", "66d9334e5e1ecb7e68ef141093f633786084aec07ecb382c059e9a1948a9bbbf"),
        ("php_invoice_no_envelope", "e6b7d7ef6a3f8336b96b94cbd8f4fcf943ec7d6e7efaeb9743e43b10b7b12e25"),
        ("php_truncated_json", "55c1f814486bd90d5cadb0d90d25b57db0a765931e9c783756896bfe51dc7832"),
        ("ruby_channel_payment_completed", "aaea01fde224a7435e3c4a57c1f10ce9887ac9d7620445e0d702a0a1b8c7b530"),
        ("ruby_coin_withdrawal_status_changed", "f402fa64de8e8e22d722fafa1b6b72a49dc131daf1a8e86827ac4ae195871ff1"),
        ("ruby_invoice_status_changed", "f467b7f9026cfefd525642079fb730c9e68b99384a75b23e825b2563e89d5123"),
        ("ruby_readme_invoice", "f467b7f9026cfefd525642079fb730c9e68b99384a75b23e825b2563e89d5123"),
        ("synthetic_channel_payment_created", "81c45588b9391358011d54fb1d716ea5dfa41be6168a1e7711a44f5c95eb0561"),
        ("synthetic_coin_withdrawal_created_2025", "44c06874957fa0d1653b59f314cfa822c839c58769d021587f53fd97eed1fc76"),
        ("synthetic_invoice_transaction_created_2025", "97b007094f1ac2ed7cc05e3abb1a5752f6f2e15c7b0f8e6c30457fd4f500abbf"),
        ("synthetic_subscription_cancelled", "3c7deec47a54881d6a85f668081ad275b64f892faf739af2fe2647270284e6b9"),
        ("synthetic_subscription_paid", "a986d463f2eeb1075f6126ec76f6b32960b5601e5db18044a5af13166d3de0bd"),
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
        ("\"status_context\":null", "\"status_context\":\"overpaid\""),
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
