//! Rates, coins and network fees: the tables that anyone with a key may read.
//!
//! The rows are in `coins`, the rates in `pricing`.

use crate::answer::Answer;
use crate::coins;
use crate::refusal::Refusal;
use crate::world::{Call, World};

/// `GET /api/rates`.
pub(crate) fn all(world: &mut World, call: &Call<'_>) -> Result<Answer, Refusal> {
    Ok(Answer::ok(world.rates(call.at).table()))
}

/// `GET /api/rates/{base_currency}/{quote_currency}`.
pub(crate) fn retrieve(world: &mut World, call: &Call<'_>) -> Result<Answer, Refusal> {
    let (base, quote) =
        (call.incoming.path_text("base_currency")?, call.incoming.path_text("quote_currency")?);
    let rate = world.rates(call.at).pair(base, quote).ok_or_else(Refusal::not_found)?;
    Ok(Answer::ok(rate.to_json()))
}

/// `GET /api/coins`.
pub(crate) fn coins(_world: &mut World, _call: &Call<'_>) -> Result<Answer, Refusal> {
    Ok(Answer::ok(coins::list()))
}

/// `GET /api/coin_withdrawals/network_fees`; PHP writes `true` as `1`.
pub(crate) fn network_fees(_world: &mut World, call: &Call<'_>) -> Result<Answer, Refusal> {
    let all = matches!(call.incoming.query_text("all_networks"), Some("true" | "1"));
    Ok(Answer::ok(coins::network_fees(all)))
}
