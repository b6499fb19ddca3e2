//! stub
#![allow(missing_docs)]
use crate::operation::Operation;
use serde_json::{Map, Value};
#[derive(Clone, Debug, Default)] pub struct Prepared { pub path_and_query: String, pub body: Option<Vec<u8>> }
pub struct InvalidArgument { pub field: String, pub message: String }
pub fn prepare(_o: &'static Operation, _p: &Map<String, Value>) -> Result<Prepared, InvalidArgument> { Ok(Prepared::default()) }
