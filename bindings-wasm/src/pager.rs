//! The walk through a list (P1), over the text of each page.

use cryptopay_core::{border, pager};
use wasm_bindgen::prelude::{JsValue, wasm_bindgen};

/// The walk through one list.
#[wasm_bindgen]
#[derive(Debug)]
pub struct Pager(pager::Pager);

#[wasm_bindgen]
impl Pager {
    /// Begins with the parameters of the list operation, a JSON object.
    ///
    /// # Errors
    /// When the parameters are not a JSON object.
    #[wasm_bindgen(constructor)]
    pub fn new(operation: &str, params: &str) -> Result<Self, JsValue> {
        border::object(params)
            .map(|params| Self(pager::Pager::new(operation, params)))
            .ok_or_else(|| "the parameters are not a JSON object".into())
    }

    /// The parameters of the next page in JSON; `None`: the list has ended.
    #[must_use]
    pub fn params(&self) -> Option<String> {
        self.0.next().map(border::object_text)
    }

    /// The id of the last row that was shown.
    #[must_use]
    pub fn last_id(&self) -> Option<String> {
        self.0.last_id().map(str::to_owned)
    }

    /// Takes in a page: the texts of its `data` and `meta`. Answers `{rows: [[start, end]…], more}` or `{error}`.
    pub fn read(&mut self, data: &str, meta: Option<String>) -> String {
        border::page(&self.0.read(data, meta.as_deref()))
    }
}
