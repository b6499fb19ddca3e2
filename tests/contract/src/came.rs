//! What a typed method handed back: the model written back, how the call went, and the answer as the quote of a commit.

use crate::virtual_time::VirtualTime;
use anyhow::{Context, Result};
use cryptopay_core::error::ApiError;
use cryptopay_core::face::{Answer, CallOptions, Changed as _, Cryptopay, Pages};
use cryptopay_core::outcome::Outcome;
use cryptopay_core::transport::ReqwestFetch;
use serde::Serialize;
use serde::de::DeserializeOwned;
use serde_json::Value;
use std::sync::Arc;

/// The client of the stories.
pub type Client = Cryptopay<ReqwestFetch, VirtualTime>;
/// Puts an answer into a commit's options.
pub type AsQuote = Arc<dyn Fn(CallOptions) -> CallOptions + Send + Sync>;

/// What a typed method handed back.
#[derive(Clone)]
pub struct Came {
    /// The model, written back.
    pub value: Value,
    /// How the call went; none for the rows of a list.
    pub outcome: Option<Outcome>,
    /// The answer as the quote of a commit.
    pub quote: Option<AsQuote>,
}

pub(crate) fn one<A: Serialize + Clone + Send + Sync + 'static>(
    came: Result<Answer<A>, ApiError>,
) -> Result<Result<Came, ApiError>> {
    let told = came.as_ref().err().map(|error| (error.status, error.request_id.clone(), error.trace.clone()));
    Ok(match came.changed() {
        Ok(Some(answer)) => {
            let (value, outcome) = (serde_json::to_value(&*answer)?, Some(answer.outcome().clone()));
            Ok(Came { value, outcome, quote: Some(Arc::new(move |options| options.quote(&answer))) })
        }
        Ok(None) => {
            let (status, request_id, trace) = told.context("no status")?;
            let mut outcome = Outcome::default();
            outcome.status = status.context("no status")?;
            (outcome.request_id, outcome.trace, outcome.not_modified) = (request_id, trace, true);
            Ok(Came { value: Value::Null, outcome: Some(outcome), quote: None })
        }
        Err(error) => Err(error),
    })
}

/// The first page, or so many rows.
pub(crate) async fn rows<A: Serialize + DeserializeOwned>(
    mut pages: Pages<A, ReqwestFetch, VirtualTime>,
    take: Option<usize>,
) -> Result<Result<Came, ApiError>> {
    let (mut rows, mut outcome) = (Vec::new(), None);
    match take {
        None => match pages.next_page().await {
            Err(error) => return Ok(Err(error)),
            Ok(page) => {
                let page = page.context("a list without a page")?;
                outcome = Some(page.outcome);
                rows = page.items;
            }
        },
        Some(most) => {
            while rows.len() < most {
                match pages.next().await {
                    Err(error) => return Ok(Err(error)),
                    Ok(Some(row)) => rows.push(row),
                    Ok(None) => break,
                }
            }
        }
    }
    Ok(Ok(Came { value: serde_json::to_value(rows)?, outcome, quote: None }))
}
