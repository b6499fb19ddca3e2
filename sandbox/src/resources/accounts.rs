//! Accounts and their transactions: the merchant's view of the ledger.

use serde_json::json;

use crate::amount::plain;
use crate::answer::Answer;
use crate::pages::{Cursor, page};
use crate::refusal::Refusal;
use crate::world::{Call, World};

/// `GET /api/accounts`.
pub(crate) fn list(world: &mut World, call: &Call<'_>) -> Result<Answer, Refusal> {
    page(
        call.incoming,
        Cursor::Uuid,
        world.ledger.accounts().map(|(id, currency)| (id, (id, currency))),
        |(id, currency)| {
            json!({
                "id": id,
                "balance": plain(world.ledger.balance_at(currency, call.as_of())),
                "currency": currency,
                "project_id": world.project_id,
            })
        },
    )
}
