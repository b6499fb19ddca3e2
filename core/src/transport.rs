//! The default way to the network in Rust: reqwest over rustls, and tokio's timer. The only files of the core that may
//! act. Another HTTP client needs only [`crate::drive::Fetch`], another runtime only [`crate::drive::Time`].

mod reqwest;
mod tokio_time;

pub use reqwest::{NoTransport, ReqwestFetch};
pub use tokio_time::TokioTime;
