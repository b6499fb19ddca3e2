//! The table: every operation of the API (reference §2) and every model (reference §3), one file a resource. Each is
//! stated once; the argument check, the safe writes, the Rust structs and methods, and the printers of the other
//! languages read the same statement. Adding an endpoint touches one of these files.

pub mod coin_withdrawals;
pub mod invoices;
pub mod parts;
pub mod transactions;

use crate::operation::{Operation, Resource};

/// The resources, in the reference's order.
pub static RESOURCES: [&Resource; 3] = [&coin_withdrawals::RESOURCE, &invoices::RESOURCE, &transactions::RESOURCE];

/// The operation with this name, `invoices.create`.
#[must_use]
pub fn find(name: &str) -> Option<&'static Operation> {
    OPERATIONS.iter().find(|operation| operation.name == name).copied()
}

/// Every operation, in the reference's order.
pub static OPERATIONS: [&Operation; 15] = {
    let mut rows = [&transactions::rows::list; 15];
    let mut free: &mut [&Operation] = &mut rows;
    let mut resources: &[&Resource] = &RESOURCES;
    while let Some((resource, rest)) = resources.split_first() {
        let (filled, after) = free.split_at_mut(resource.operations.len());
        filled.copy_from_slice(resource.operations);
        (free, resources) = (after, rest);
    }
    assert!(free.is_empty(), "the number of operations is not that of the resources' rows");
    rows
};
