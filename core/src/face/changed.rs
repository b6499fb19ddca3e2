//! Conditional reads in the typed client: an object that has not changed since the version that the caller has does not
//! come again, so there is no model to hand back.

use super::Answer;
use crate::code::Code;
use crate::error::ApiError;

/// What a read with [`CallOptions::if_none_match`](super::CallOptions::if_none_match) or
/// [`CallOptions::if_modified_since`](super::CallOptions::if_modified_since) came to.
///
/// ```no_run
/// # async fn example<F: cryptopay_core::drive::Fetch, T: cryptopay_core::drive::Time>(
/// #     client: cryptopay_core::face::Cryptopay<F, T>, id: cryptopay_core::value::Uuid,
/// # ) -> Result<(), cryptopay_core::error::ApiError> {
/// use cryptopay_core::face::{CallOptions, Changed};
///
/// let invoice = client.invoices().retrieve(id).await?;
/// let known = invoice.outcome().etag.clone().unwrap_or_default();
/// match client.with(CallOptions::new().if_none_match(known)).invoices().retrieve(id).await.changed()? {
///     Some(now) => println!("now {:?}", now.status),
///     None => println!("still {:?}", invoice.status),
/// }
/// # Ok(())
/// # }
/// ```
pub trait Changed<A>: sealed::Sealed {
    /// The answer; `None` for a 304, *not modified*.
    ///
    /// # Errors
    /// Every other error, as it is.
    fn changed(self) -> Result<Option<Answer<A>>, ApiError>;
}

impl<A> Changed<A> for Result<Answer<A>, ApiError> {
    fn changed(self) -> Result<Option<Answer<A>>, ApiError> {
        match self {
            // Only a request with a condition gets this code for this status; without one a 304 is `unexpected_status` (K3).
            Err(error) if error.code == Code::InvalidResponse && error.status == Some(304) => Ok(None),
            ended => ended.map(Some),
        }
    }
}

mod sealed {
    pub trait Sealed {}
    impl<A> Sealed for Result<super::Answer<A>, super::ApiError> {}
}
