//! Lists: page by page, row by row, or as a `Stream`. When a list ends and which rows are new says the pager (P1).

use core::pin::Pin;
use core::task::{Context, Poll};
use std::vec::IntoIter;

use futures_core::Stream;
use serde::de::DeserializeOwned;
use serde_json::{Map, Value};

use super::Cryptopay;
use crate::drive::{Fetch, Time};
use crate::error::ApiError;
use crate::operation::Operation;
use crate::outcome::Outcome;
use crate::pager::Pager;

/// One page of a list.
#[derive(Clone, Debug)]
pub struct Page<A> {
    /// The rows that no page before had.
    pub items: Vec<A>,
    /// Whether another page follows.
    pub more: bool,
    /// How the call went, with the page as it came.
    pub outcome: Outcome,
}

/// A list, not read yet. Each page is a call of its own, with its own deadline. After an error the list stays where it
/// was: asking again reads the same page.
#[derive(Debug)]
pub struct Pages<A, F, T> {
    client: Cryptopay<F, T>,
    operation: &'static Operation,
    /// The walk, or why it cannot begin.
    pager: Result<Pager, Option<ApiError>>,
    rows: IntoIter<A>,
}

impl<A, F, T> Pages<A, F, T> {
    pub(super) fn new(
        client: Cryptopay<F, T>,
        operation: &'static Operation,
        params: Result<Map<String, Value>, ApiError>,
    ) -> Self {
        let pager = params.map(|params| Pager::new(operation.name, params)).map_err(Some);
        Self { client, operation, pager, rows: Vec::new().into_iter() }
    }

    /// The id of the last row of the last page that was read: what `starting_after` resumes the list from.
    #[must_use]
    pub fn last_id(&self) -> Option<&str> {
        self.pager.as_ref().ok()?.last_id()
    }
}

impl<A: DeserializeOwned, F: Fetch, T: Time> Pages<A, F, T> {
    /// The next page; `None` after the last.
    ///
    /// # Errors
    /// The [`ApiError`] of the page's call, or `invalid_response` when the page cannot be trusted to lead on.
    pub async fn next_page(&mut self) -> Result<Option<Page<A>>, ApiError> {
        let pager = match &mut self.pager {
            Ok(pager) => pager,
            Err(refused) => return refused.take().map_or(Ok(None), Err),
        };
        let Some(params) = pager.next().cloned() else { return Ok(None) };
        let (call, outcome) = self.client.begun(self.operation.name, params, &self.client.options).await?;
        let Some(data) = outcome.data() else { return Err(call.unfit(None, "")) };
        let mut after = pager.clone();
        let rows = after.read(data, outcome.meta())?;
        let items = rows
            .rows
            .iter()
            .map(|row| serde_json::from_str(data.get(row.clone()).unwrap_or_default()))
            .collect::<Result<_, _>>()
            .map_err(|misfit: serde_json::Error| call.unfit(Some(&misfit.to_string()), ""))?;
        *pager = after;
        Ok(Some(Page { items, more: rows.more, outcome }))
    }

    /// The next row; `None` after the last.
    ///
    /// # Errors
    /// As [`Pages::next_page`].
    pub async fn next(&mut self) -> Result<Option<A>, ApiError> {
        loop {
            if let Some(row) = self.rows.next() {
                return Ok(Some(row));
            }
            match self.next_page().await? {
                Some(page) => self.rows = page.items.into_iter(),
                None => return Ok(None),
            }
        }
    }

    /// The rows as a stream. It ends after the last row or after the first error.
    pub fn into_stream(self) -> impl Stream<Item = Result<A, ApiError>> + Unpin + use<A, F, T> {
        let read = |mut pages: Self| async move {
            let row = pages.next().await.transpose()?;
            let on = row.is_ok().then_some(pages);
            Some((row, on))
        };
        let waiting = Some(Box::pin(read(self)));
        Unfold { read, waiting }
    }
}

/// A stream from a function that makes the future of the next item. The future is boxed with its own type, so that the
/// stream can be sent between threads whenever the transport's futures can.
struct Unfold<R, N> {
    read: R,
    waiting: Option<Pin<Box<N>>>,
}

impl<R: Unpin, N, S, I> Stream for Unfold<R, N>
where
    R: Fn(S) -> N,
    N: Future<Output = Option<(I, Option<S>)>>,
{
    type Item = I;

    fn poll_next(mut self: Pin<&mut Self>, context: &mut Context<'_>) -> Poll<Option<I>> {
        let Some(waiting) = &mut self.waiting else { return Poll::Ready(None) };
        let Poll::Ready(next) = waiting.as_mut().poll(context) else { return Poll::Pending };
        self.waiting = None;
        Poll::Ready(next.map(|(item, on)| {
            self.waiting = on.map(|state| Box::pin((self.read)(state)));
            item
        }))
    }
}
