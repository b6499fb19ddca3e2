//! Prints the API as an OpenAPI 3.1 document: every operation with its parameters and answers, the statuses, the signature,
//! and the callbacks. Its reader is a person or a tool that has never heard of this client, so it tells of the API alone;
//! only `x-safety` says what this client does when an answer is lost. What the models look like is `openapi/schemas.rs`.

mod links;
mod node;
mod schemas;

use cryptopay_core::api::{CALLBACKS, OPERATIONS, RESOURCES};
use cryptopay_core::callback::{SIGNATURE_HEADER, event::EVENTS};
use cryptopay_core::http::Method;
use cryptopay_core::operation::{Answer, Operation};
use cryptopay_core::status::{Class, DOCUMENTED, Meaning};
use cryptopay_core::{environment::Environment, schema::Field};

use node::{Node, object};
use schemas::{kind, prose, reference};

const ABOUT: &str = "\
The Cryptopay business API, as the independent client `cryptopay-client` knows it: compiled from public documentation, \
clients and recorded exchanges, not published by Cryptopay.

Every request is signed. The string to sign is five lines, without a line break at the end: the method; the MD5 of the body in \
lower-case hex (empty without a body); the `Content-Type`, which is `application/json` with and without a body; the `Date` \
header, byte for byte; path and query as they are sent. `Authorization` is `HMAC <api key>:<signature>`, the signature being \
the HMAC-SHA1 of that text under the API secret in standard base64. A `Date` that is more than 10 to 15 minutes off is refused.

An API key may send 200 requests in a minute. Amounts are exact decimals in text, never binary floats. Enumerations grow, and \
objects get new fields: a reader takes both.";

/// The files of the document.
pub(crate) fn files() -> Vec<(&'static str, String)> {
    vec![("core/openapi.json", document().text() + "\n")]
}

fn document() -> Node {
    object! {
        "openapi" => "3.1.0",
        "info" => object! {
            "title" => "Cryptopay business API",
            "version" => env!("CARGO_PKG_VERSION"),
            "summary" => "Invoices, channels, payouts, exchanges and subscriptions in cryptocurrencies.",
            "description" => ABOUT,
            "license" => object! { "name" => "MIT OR Apache-2.0", "identifier" => "MIT OR Apache-2.0" },
        },
        "x-printed-by" => "cargo xtask generate openapi; not to be edited by hand",
        "servers" => [
            server(&Environment::Sandbox, "Testnets, no real money."),
            server(&Environment::Production, "Mainnets, real money."),
        ],
        "security" => [object! { "signature" => no_scopes(), "date" => no_scopes() }],
        "tags" => RESOURCES.iter().map(|resource| {
            object! { "name" => resource.name, "description" => prose(resource.doc) }
        }).collect::<Node>(),
        "paths" => paths(),
        "webhooks" => webhooks(),
        "components" => object! {
            "securitySchemes" => security_schemes(),
            "headers" => object! {
                "Date" => object! {
                    "description" => "The server's clock: what a refused `Date` is compared with.",
                    "schema" => object! { "type" => "string" },
                },
            },
            "responses" => responses(),
            "schemas" => schemas::all(),
        },
    }
}

fn server(environment: &Environment, description: &str) -> Node {
    object! { "url" => environment.base_url(), "description" => description }
}

fn no_scopes() -> Node {
    Node::List(Vec::new())
}

/// Both headers are needed; OpenAPI has no scheme for a signature, so that each is a key in a header.
fn security_schemes() -> Node {
    let header = |name: &str, description: &str| {
        object! { "type" => "apiKey", "in" => "header", "name" => name, "description" => description }
    };
    object! {
        "signature" => header("Authorization", "`HMAC <api key>:<signature>`; how to sign is in the document's description."),
        "date" => header("Date", "The time that was signed, such as `Tue, 15 Nov 1994 08:12:31 GMT`. Pages in browsers cannot send it."),
    }
}

fn paths() -> Node {
    let mut paths: Vec<(String, Node)> = Vec::new();
    for operation in OPERATIONS {
        let method = operation.method.as_str().to_ascii_lowercase();
        match paths.iter_mut().find(|(path, _)| path == operation.path) {
            Some((_, item)) => *item = item.clone().with(method, self::operation(operation)),
            None => {
                paths.push((operation.path.to_owned(), object! { &method => self::operation(operation) }))
            }
        }
    }
    Node::Object(paths)
}

fn operation(operation: &Operation) -> Node {
    let resource = operation.name.split('.').next().unwrap_or_default();
    let doc = prose(operation.doc);
    let (summary, more) = doc.split_once(". ").map_or((doc.as_str(), None), |(first, _)| (first, Some(&doc)));
    let in_path = operation.path_fields.iter().map(|field| parameter("path", field));
    let in_query =
        operation.query.iter().flat_map(|model| model.fields).map(|field| parameter("query", field));
    let parameters: Vec<Node> = in_path.chain(in_query).collect();
    object! { "tags" => [resource], "summary" => summary.trim_end_matches('.') }
        .with_some("description", more.map(|text| text.as_str().into()))
        .with("operationId", operation.name)
        .with_some("parameters", (!parameters.is_empty()).then(|| parameters.into()))
        .with_some("requestBody", request_body(operation))
        .with("responses", answers(operation))
        .with("x-safety", operation.safety.as_str())
        .with_some("x-safety-with-force-commit", operation.forced.map(|forced| forced.as_str().into()))
}

fn parameter(place: &str, field: &Field) -> Node {
    object! {
        "name" => field.name,
        "in" => place,
        "description" => prose(field.doc),
        "required" => field.required,
        "schema" => kind(&field.kind),
    }
}

fn request_body(operation: &Operation) -> Option<Node> {
    let model = operation.body?;
    let needed = !model.one_of.is_empty() || model.fields.iter().any(|field| field.required);
    Some(object! { "required" => needed, "content" => json(reference(model.name)) })
}

fn json(schema: Node) -> Node {
    object! { "application/json" => object! { "schema" => schema } }
}

/// The success of an operation and every status that the API's guide names for it.
fn answers(operation: &Operation) -> Node {
    let mut answers = Vec::new();
    for (status, reason, _) in &DOCUMENTED {
        let read = operation.method == Method::Get;
        let node = match status {
            status if *status == operation.status => success(operation, reason),
            200 | 201 => continue,
            202 | 204 if read => continue,
            304 if !read => continue,
            _ => object! { "$ref" => format!("#/components/responses/{}", pascal(reason)) },
        };
        answers.push((status.to_string(), node));
    }
    Node::Object(answers)
}

fn success(operation: &Operation, reason: &str) -> Node {
    let data = reference(operation.answer_model.name);
    let list = |of: Node| object! { "type" => "array", "items" => of };
    let (data, meta) = match operation.answer {
        Answer::Object => (data, None),
        Answer::Map => (object! { "type" => "object", "additionalProperties" => data }, None),
        Answer::Rows => (list(data), None),
        Answer::Page => (list(data), Some(reference("Pagination"))),
    };
    let required: Vec<&str> = std::iter::once("data").chain(meta.is_some().then_some("meta")).collect();
    let envelope = object! {
        "type" => "object",
        "properties" => object! { "data" => data }.with_some("meta", meta),
        "required" => required,
    };
    object! {
        "description" => reason,
        "headers" => object! { "Date" => object! { "$ref" => "#/components/headers/Date" } },
        "content" => json(envelope),
    }
    .with_some("links", links::from(operation))
}

/// The statuses that mean the same for every operation, each under its reason phrase.
fn responses() -> Node {
    let shared = DOCUMENTED.iter().filter(|(status, ..)| !matches!(status, 200 | 201));
    shared.map(|(status, reason, meaning)| (pascal(reason), response(*status, meaning))).collect()
}

fn response(status: u16, meaning: &Meaning) -> Node {
    let error = || json(reference("Error"));
    let content = match Class::of(status) {
        Class::ClientError => Some(error()),
        // A server in front of the API answers with pages.
        Class::ServerError => {
            Some(error().with("text/html", object! { "schema" => object! { "type" => "string" } }))
        }
        _ => None,
    };
    object! { "description" => format!("{}: {}.", capital(meaning.meaning), meaning.hint) }
        .with_some("content", content)
        .with_some("x-code", meaning.code.map(|code| code.as_str().into()))
        .with("x-retry", meaning.advice.as_str())
}

/// What the API sends to the callback URL.
fn webhooks() -> Node {
    CALLBACKS
        .iter()
        .map(|(name, model)| {
            let events = EVENTS.iter().find(|(known, _)| known == name).map_or(&[][..], |(_, events)| events);
            let body = object! {
                "type" => "object",
                "properties" => object! {
                    "type" => object! { "const" => *name },
                    "event" => schemas::open(events),
                    "data" => reference(model.name),
                },
                "required" => ["type", "event", "data"],
            };
            let signature = object! {
                "name" => SIGNATURE_HEADER,
                "in" => "header",
                "required" => true,
                "description" => "The HMAC-SHA256 of the body's bytes under the callback secret, in lower-case hex.",
                "schema" => object! { "type" => "string", "pattern" => "^[0-9a-fA-F]{64}$" },
            };
            let taken = object! { "description" => "Taken. Within 10 s; anything else is sent again, up to 20 times." };
            let post = object! {
                "summary" => format!("Tells of a change of an object of the kind {name}"),
                "description" => "Callbacks come more than once and in any order.",
                "operationId" => format!("callbacks.{name}"),
                "security" => no_scopes(),
                "parameters" => [signature],
                "requestBody" => object! { "required" => true, "content" => json(body) },
                "responses" => object! { "200" => taken },
            };
            ((*name).to_owned(), object! { "post" => post })
        })
        .collect()
}

fn pascal(phrase: &str) -> String {
    phrase.split(' ').map(capital).collect()
}

fn capital(word: &str) -> String {
    let mut letters = word.chars();
    letters.next().map(|first| first.to_ascii_uppercase().to_string() + letters.as_str()).unwrap_or_default()
}
