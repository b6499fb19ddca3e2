//! Where an id in an answer leads: which operations take it, by the paths alone. `/api/invoices` answers the id that
//! `/api/invoices/{invoice_id}/refunds` takes; a tool walks along, and so does the test that drives the sandbox.

use cryptopay_core::api::OPERATIONS;
use cryptopay_core::operation::{Answer, Operation};

use super::node::{Node, object};

/// The links of an operation's success; none if nothing takes its ids.
pub(super) fn from(operation: &Operation) -> Option<Node> {
    let id = match operation.answer {
        Answer::Object => "$response.body#/data",
        Answer::Page | Answer::Rows => "$response.body#/data/0",
        Answer::Map => return None,
    };
    let links: Vec<(String, Node)> = OPERATIONS
        .iter()
        .filter_map(|target| {
            let behind = target.path.strip_prefix(operation.path)?;
            let (own, taken) = own(behind)?;
            operation.answer_model.field(own)?;
            let above = operation
                .path_fields
                .iter()
                .map(|field| (field.name.to_owned(), format!("$request.path.{}", field.name).into()));
            let parameters =
                above.chain([(taken.to_owned(), format!("{id}/{own}").into())]).collect::<Node>();
            let link = object! { "operationId" => target.name, "parameters" => parameters };
            Some((target.name.to_owned(), link))
        })
        .collect();
    (!links.is_empty()).then(|| links.into_iter().collect())
}

/// The field of an object that the rest of a path asks for, and the parameter that takes it: `/{invoice_id}/refunds` takes `id`
/// as `invoice_id`, `/custom_id/{custom_id}` takes `custom_id`.
fn own(behind: &str) -> Option<(&'static str, &str)> {
    if behind == "/custom_id/{custom_id}" {
        return Some(("custom_id", "custom_id"));
    }
    let (name, rest) = behind.strip_prefix("/{")?.split_once('}')?;
    (!rest.contains('{')).then_some(("id", name))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_path_says_which_field_leads_into_it() {
        assert_eq!(own("/{invoice_id}/refunds"), Some(("id", "invoice_id")));
        assert_eq!(own("/custom_id/{custom_id}"), Some(("custom_id", "custom_id")));
        for behind in ["", "/network_fees", "/{invoice_id}/recalculations/{recalculation_id}/commit", "s"] {
            assert_eq!(own(behind), None, "{behind}");
        }
    }

    #[test]
    fn every_create_leads_somewhere() {
        let creates = OPERATIONS.iter().filter(|operation| operation.name.ends_with(".create"));
        for create in creates {
            assert!(from(create).is_some(), "{}", create.name);
        }
    }
}
