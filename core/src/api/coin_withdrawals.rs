//! Payouts: coins sent from an account to an address. Without `force_commit` a create is a quote that moves nothing until
//! its commit, within 30 s.

use crate::api::parts::{Exchange, Risk};
use crate::api::transactions;
use crate::operation::operations;
use crate::schema::{choice, model};
use crate::value::{Amount, Timestamp, Uuid};

choice! {
    /// Where a payout stands.
    CoinWithdrawalStatus {
        New = "new",
        Pending = "pending",
        OnHold = "on_hold",
        Processing = "processing",
        Sent = "sent",
        Completed = "completed",
        Failed = "failed",
        Cancelled = "cancelled",
    }
}

choice! {
    /// How fast the network is paid to be.
    NetworkFeeLevel { Fast = "fast", Average = "average", Slow = "slow" }
}

choice! {
    /// Who receives a payout.
    BeneficiaryType { NaturalPerson = "natural_person", LegalPerson = "legal_person" }
}

model! {
    /// A payout.
    answer CoinWithdrawal / CallbackCoinWithdrawal {
        /// The payout's id.
        id: Uuid,
        /// Yours, unique among your payouts.
        custom_id: Option<String>,
        /// The customer it was made for.
        customer_id: Option<String>,
        /// The address that receives the coins, with its tag where the network has one.
        address: String,
        /// The network it is sent over.
        network: Option<String>,
        /// The transaction on the network, once it was sent.
        txid: Option<String>,
        /// Where the payout stands.
        status: CoinWithdrawalStatus,
        /// What the account is debited, in `charged_currency`.
        charged_amount: Amount,
        /// The account's currency.
        charged_currency: String,
        /// What the recipient gets, in `received_currency`.
        received_amount: Amount,
        /// The coin that is sent.
        received_currency: String,
        /// The fee of the network, in `received_currency`.
        network_fee: Amount,
        /// How fast the network was paid to be.
        network_fee_level: NetworkFeeLevel,
        /// The processing fee, in `fee_currency`.
        fee: Amount,
        /// The currency of the processing fee.
        fee_currency: String,
        /// The exchange; absent when nothing was exchanged.
        exchange: Option<Exchange>,
        /// What is known about the recipient's address.
        risk: Option<Risk>,
        /// A text for people.
        description: Option<String>,
        /// When it was created.
        created_at: Timestamp,
    }
}

model! {
    /// A payout to make. The amount is said in exactly one of four ways.
    params CoinWithdrawalParams {
        /// The address that receives the coins. Ripple needs the recipient's tag behind it, `?dt=…`, and `?dt=0` only where there is
        /// none; Stellar, where the recipient has a memo, needs `?memoId=…` (`?dt=…` in Cryptopay's older guide).
        address: String,
        /// The currency of the account to debit.
        charged_currency: String,
        /// The coin to send.
        received_currency: String,
        /// The network to send over, for coins that live on several.
        network: Option<String>,
        /// First way: the total to debit, in `charged_currency`; fees are taken out of it.
        charged_amount: Nullable<Amount>,
        /// Second way: what to send, said in `charged_currency`; fees come on top.
        charged_amount_to_send: Nullable<Amount>,
        /// Third way: exactly what the recipient gets, in `received_currency`; fees come on top.
        received_amount: Nullable<Amount>,
        /// Fourth way: an amount in `amount_currency`, with what it includes.
        amount: Nullable<Amount>,
        /// The currency of `amount`.
        amount_currency: Nullable<String>,
        /// Whether `amount` includes the processing fee.
        amount_includes_processing_fee: Nullable<bool>,
        /// Whether `amount` includes the fee of the network.
        amount_includes_network_fee: Nullable<bool>,
        /// Yours, unique among your payouts: what makes a repeated create safe.
        custom_id: Option<String>,
        /// The customer it is made for.
        customer_id: Option<String>,
        /// How fast the network is to be paid to be; `average` when left out.
        network_fee_level: Option<NetworkFeeLevel>,
        /// Whether the payout is made at once, without a commit.
        force_commit: Option<bool>,
        /// Whether the beneficiary is given and checked by the travel rule.
        travel_rule_compliant: Option<bool>,
        /// Who receives the payout; only with `travel_rule_compliant`.
        beneficiary: Option<Beneficiary>,
    }
    one_of
        [charged_amount]
        [charged_amount_to_send]
        [received_amount]
        [amount amount_currency amount_includes_processing_fee amount_includes_network_fee]
}

model! {
    /// Who receives a payout, as the travel rule asks for it.
    params Beneficiary {
        /// A person or a company.
        r#type: BeneficiaryType,
        /// The full name, or the company's.
        name: String,
        /// The address, where it is asked for.
        address: Option<BeneficiaryAddress>,
    }
}

model! {
    /// Where a beneficiary lives.
    params BeneficiaryAddress {
        /// The country's two-letter code.
        country: String,
        /// The city.
        city: Option<String>,
        /// The first line.
        line_1: Option<String>,
        /// The second line.
        line_2: Option<String>,
        /// The post code.
        post_code: Option<String>,
    }
}

model! {
    /// Which payouts to list.
    params CoinWithdrawalListParams {
        /// Payouts made for this customer.
        customer_id: Option<String>,
        /// The id of the last payout of the page before.
        starting_after: Option<Uuid>,
    }
}

model! {
    /// What a network takes for a payout.
    answer NetworkFee {
        /// How fast the network is paid to be.
        level: NetworkFeeLevel,
        /// The fee, in `currency`.
        fee: Amount,
        /// The coin.
        currency: String,
        /// The network.
        network: String,
    }
}

model! {
    /// Which networks' fees to list.
    params NetworkFeeListParams {
        /// Every network of each coin instead of only its default one.
        all_networks: Option<bool>,
    }
}

operations! {
    /// Payouts: coins sent from an account to an address.
    CoinWithdrawals = "coin_withdrawals";

    /// Creates a payout. With `force_commit` the money moves at once; without it the answer is a quote that holds for
    /// 30 s and moves nothing until `commit`.
    create: POST "/api/coin_withdrawals" { CoinWithdrawalParams } => 201 Object<CoinWithdrawal>,
        by_custom_id(retrieve_by_custom_id; address, charged_currency, received_currency, network, charged_amount,
            received_amount, customer_id);

    /// Makes a payout that was created without `force_commit`: from now on the money moves.
    commit: POST "/api/coin_withdrawals/{coin_withdrawal_id}/commit" [coin_withdrawal_id: Uuid] => 200 Object<CoinWithdrawal>,
        commit_by_state(retrieve, applied [pending processing sent completed on_hold failed], again [new],
            cancelled with a CoinWithdrawal row of transactions::rows::list);

    /// Lists payouts, newest first.
    list: GET "/api/coin_withdrawals" query CoinWithdrawalListParams => 200 Page<CoinWithdrawal>, read;

    /// Reads a payout.
    retrieve: GET "/api/coin_withdrawals/{coin_withdrawal_id}" [coin_withdrawal_id: Uuid] => 200 Object<CoinWithdrawal>, read;

    /// Reads a payout by your own id.
    retrieve_by_custom_id: GET "/api/coin_withdrawals/custom_id/{custom_id}" [custom_id: String] => 200 Object<CoinWithdrawal>,
        read;

    /// Lists what the networks take, by default for one network of each coin.
    list_network_fees: GET "/api/coin_withdrawals/network_fees" query NetworkFeeListParams => 200 Rows<NetworkFee>, read;
}
