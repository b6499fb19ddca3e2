//! Customers: whom invoices, channels and payouts are for, and the addresses that payments go back to.

use crate::operation::operations;
use crate::schema::model;

model! {
    /// A customer. The id is yours.
    answer Customer {
        /// Your id of the customer.
        id: String,
        /// The customer's currency.
        currency: String,
        /// Where payments at high risk are sent back to: one address a coin.
        addresses: Vec<CustomerAddress>,
    }
}

model! {
    /// An address of a customer.
    shared CustomerAddress {
        /// The address.
        address: String,
        /// The coin.
        currency: String,
        /// The network.
        network: String,
    }
}

model! {
    /// A customer to create.
    params CustomerParams {
        /// Your id of the customer.
        id: String,
        /// The customer's currency.
        currency: String,
        /// Where payments at high risk are sent back to: one address a coin. Without one they are put on hold.
        addresses: Option<Vec<CustomerAddress>>,
    }
}

model! {
    /// What to change in a customer.
    params CustomerUpdateParams {
        /// The customer's currency.
        currency: Update<String>,
        /// All addresses, the old ones too.
        addresses: Update<Vec<CustomerAddress>>,
    }
}

model! {
    /// Which customers to list.
    params CustomerListParams {
        /// The id of the last customer of the page before.
        starting_after: Option<String>,
    }
}

operations! {
    /// Whom invoices, channels and payouts are for.
    Customers = "customers";

    /// Creates a customer under your own id.
    create: POST "/api/customers" { CustomerParams } => 201 Object<Customer>, by_own_id(retrieve; currency, addresses);

    /// Lists customers.
    list: GET "/api/customers" query CustomerListParams => 200 Page<Customer>, read;

    /// Reads a customer.
    retrieve: GET "/api/customers/{customer_id}" [customer_id: String] => 200 Object<Customer>, read;

    /// Changes a customer.
    update: PATCH "/api/customers/{customer_id}" [customer_id: String] { CustomerUpdateParams } => 200 Object<Customer>,
        idempotent(retrieve; currency, addresses);
}
