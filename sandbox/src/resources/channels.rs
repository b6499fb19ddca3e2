//! Channels: permanent deposit addresses that can be switched off.
//!
//! What becomes of a payment to one is decided in `channel_payments`.

use serde_json::{Value, json};

use super::channel_payments;
use crate::answer::Answer;
use crate::coins::{Currency, Network};
use crate::pages::{Cursor, page};
use crate::params::Params;
use crate::payments::Target;
use crate::refusal::{Detail, Refusal};
use crate::uri;
use crate::world::{Call, World};

const STATUSES: [&str; 2] = ["enabled", "disabled"];

/// One channel.
#[derive(Clone, Debug)]
pub(crate) struct Channel {
    pub(crate) id: String,
    pub(crate) status: &'static str,
    pub(crate) name: String,
    pub(crate) description: Option<String>,
    pub(crate) pay: &'static Currency,
    pub(crate) receiver: &'static Currency,
    pub(crate) network: &'static Network,
    pub(crate) address: String,
    pub(crate) custom_id: Option<String>,
    pub(crate) customer_id: Option<String>,
}

/// `POST /api/channels`.
pub(crate) fn create(world: &mut World, call: &Call<'_>) -> Result<Answer, Refusal> {
    let mut params = Params::new(&call.incoming.body);
    let name = params.required("name");
    let (pay, network) = params.coin("pay_currency");
    let receiver = params.currency("receiver_currency");
    let (description, custom_id) = (params.text("description"), params.text("custom_id"));
    let customer_id = params.text("customer_id");
    params.finish()?;
    if let Some(custom_id) = &custom_id
        && world.channels.with_custom_id(custom_id, None).next().is_some()
    {
        return Err(Refusal::duplicate_custom_id());
    }
    let (id, address) = (world.seed.uuid(), world.seed.address(network.code));
    world.targets.insert(address.clone(), Target::Channel(id.clone()));
    let status = "enabled";
    let channel =
        Channel { id, status, name, description, pay, receiver, network, address, custom_id, customer_id };
    let answer = Answer::created(channel.to_json(&world.project_id));
    world.channels.add(&channel.id.clone(), channel.custom_id.clone().as_deref(), channel, call.at.now_ms);
    Ok(answer)
}

/// `GET /api/channels`.
pub(crate) fn list(world: &mut World, call: &Call<'_>) -> Result<Answer, Refusal> {
    let customer = call.incoming.query_text("customer_id");
    let rows = world.channels.newest_first(call.as_of());
    let rows = rows.filter(|(_, channel)| customer.is_none() || channel.customer_id.as_deref() == customer);
    page(call.incoming, Cursor::Uuid, rows, |channel| channel.to_json(&world.project_id))
}

/// `GET /api/channels/{channel_id}`.
pub(crate) fn retrieve(world: &mut World, call: &Call<'_>) -> Result<Answer, Refusal> {
    let id = call.incoming.path_uuid("channel_id")?;
    let channel = world.channels.seen(id, call.as_of()).ok_or_else(Refusal::not_found)?;
    Ok(Answer::ok(channel.to_json(&world.project_id)))
}

/// `GET /api/channels/custom_id/{custom_id}`.
pub(crate) fn retrieve_by_custom_id(world: &mut World, call: &Call<'_>) -> Result<Answer, Refusal> {
    let custom_id = call.incoming.path_text("custom_id")?;
    let found = world.channels.with_custom_id(custom_id, call.as_of()).next();
    Ok(Answer::ok(found.ok_or_else(Refusal::not_found)?.to_json(&world.project_id)))
}

/// `PATCH /api/channels/{channel_id}`; null clears description and customer, enabling releases held payments.
pub(crate) fn update(world: &mut World, call: &Call<'_>) -> Result<Answer, Refusal> {
    let id = call.incoming.path_uuid("channel_id")?;
    world.channels.get(id).ok_or_else(Refusal::not_found)?;
    let mut params = Params::new(&call.incoming.body);
    let (name, status) = (params.text("name"), params.choice("status", &STATUSES));
    let description = params.has("description").then(|| params.text("description"));
    let customer_id = params.has("customer_id").then(|| params.text("customer_id"));
    if params.has("name") && name.is_none() {
        params.wrong(Detail::required("name"));
    }
    params.finish()?;
    world.channels.change(id, call.at.now_ms, |channel| {
        channel.name = name.unwrap_or_else(|| channel.name.clone());
        channel.status = status.unwrap_or(channel.status);
        channel.description = description.unwrap_or_else(|| channel.description.clone());
        channel.customer_id = customer_id.unwrap_or_else(|| channel.customer_id.clone());
    });
    if status == Some("enabled") {
        channel_payments::release(world, id, call.at);
    }
    let channel = world.channels.get(id).ok_or_else(Refusal::not_found)?;
    Ok(Answer::ok(channel.to_json(&world.project_id)))
}

impl Channel {
    fn to_json(&self, project_id: &str) -> Value {
        json!({
            "id": self.id,
            "status": self.status,
            "name": self.name,
            "description": self.description,
            "receiver_currency": self.receiver.code,
            "pay_currency": self.pay.code,
            "address": self.address,
            "network": self.network.code,
            "project_id": project_id,
            "custom_id": self.custom_id,
            "customer_id": self.customer_id,
            "uri": uri::wallet(self.pay.code, self.network.code, &self.address, self.pay.precision, None),
            "hosted_page_url": uri::hosted_page("channels", &self.id),
        })
    }
}
