//! The rows of all operations: what must be true of each, whatever the API it describes.

use std::collections::BTreeSet;

use super::{OPERATIONS, find};
use crate::http::Method;
use crate::operation::{Answer, Safety};
use crate::schema::{Kind, Model};

#[test]
fn the_table_has_the_39_operations_each_once() {
    let names: BTreeSet<_> = OPERATIONS.iter().map(|row| row.name).collect();
    let routes: BTreeSet<_> = OPERATIONS.iter().map(|row| (row.method.as_str(), row.path)).collect();
    assert_eq!((OPERATIONS.len(), names.len(), routes.len()), (39, 39, 39));
    assert_eq!(OPERATIONS.first().map(|row| row.name), Some("accounts.list"));
    assert_eq!(OPERATIONS.last().map(|row| row.name), Some("transactions.list"));
    assert!(OPERATIONS.iter().all(|row| find(row.name).is_some_and(|found| core::ptr::eq(found, *row))));
    assert!(find("risks.score").is_none());
}

#[test]
fn a_path_names_exactly_its_parameters() {
    for row in OPERATIONS {
        let braces: Vec<_> = row.path.split('{').skip(1).filter_map(|rest| rest.split('}').next()).collect();
        let fields: Vec<_> = row.path_fields.iter().map(|field| field.name).collect();
        assert_eq!(braces, fields, "{}", row.name);
    }
}

// The classes of the table under W in `docs/rules.md`.
#[test]
fn every_operation_has_its_class() {
    for (name, class, forced) in [
        ("channels.create", "by_custom_id", None),
        ("channels.update", "idempotent", None),
        ("coin_withdrawals.create", "by_custom_id", None),
        ("coin_withdrawals.commit", "commit", None),
        ("customers.create", "by_own_id", None),
        ("customers.update", "idempotent", None),
        ("exchange_transfers.create", "quote", Some("by_ledger")),
        ("exchange_transfers.commit", "commit", None),
        ("invoices.create", "by_custom_id", None),
        ("invoices.create_recalculation", "quote", Some("never")),
        ("invoices.commit_recalculation", "commit", None),
        ("invoices.create_refund", "by_listing", None),
        ("subscriptions.create", "by_custom_id_once", None),
        ("subscriptions.cancel", "idempotent", None),
    ] {
        let row = find(name).unwrap();
        assert_eq!((row.safety.as_str(), row.forced.as_ref().map(Safety::as_str)), (class, forced), "{name}");
    }
    for row in OPERATIONS {
        assert_eq!(row.method == Method::Get, matches!(row.safety, Safety::Read), "{}", row.name);
    }
    assert_eq!(OPERATIONS.iter().filter(|row| row.method != Method::Get).count(), 14);
}

#[test]
fn a_page_can_be_continued_except_accounts_which_take_no_cursor() {
    for row in OPERATIONS.iter().filter(|row| row.answer == Answer::Page) {
        let cursor = row.query.and_then(|model| model.field("starting_after"));
        assert_eq!(cursor.is_some(), row.name != "accounts.list", "{}", row.name);
    }
}

#[test]
fn compared_fields_are_parameters_of_the_write() {
    use crate::operation::Look;
    for row in OPERATIONS {
        for look in [row.safety.look(), row.forced.as_ref().and_then(Safety::look)].into_iter().flatten() {
            let same = match look {
                Look::ByCustomId { same, .. }
                | Look::ById { same, .. }
                | Look::Ledger { same, .. }
                | Look::NewIn { same, .. } => *same,
                Look::State { .. } | Look::LedgerRow { .. } | Look::Quote { .. } => &[],
            };
            for rule in same.iter().filter(|rule| rule.must_be.is_none()) {
                assert!(row.body.unwrap().field(rule.field).is_some(), "{} {}", row.name, rule.field);
            }
        }
    }
}

#[test]
fn exclusive_groups_name_fields_and_a_keyword_loses_its_prefix() {
    fn visit(model: &Model) {
        for name in model.one_of.iter().flat_map(|group| group.iter()) {
            assert!(model.field(name).is_some(), "{}.{name}", model.name);
        }
        model.fields.iter().filter_map(|field| field.kind.model()).for_each(visit);
    }
    OPERATIONS.iter().filter_map(|row| row.body).for_each(visit);
    let create = find("coin_withdrawals.create").unwrap().body.unwrap();
    let Kind::Object(beneficiary) = create.field("beneficiary").unwrap().kind else {
        panic!("not an object")
    };
    assert!(beneficiary.field("type").is_some());
}
