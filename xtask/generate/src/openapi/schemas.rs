//! The schemas of the document: each model of the core's table, and the few shapes around them.

use cryptopay_core::api::{self, OPERATIONS};
use cryptopay_core::schema::{Field, Kind, Model};

use super::node::{Node, object};

/// Everything that stands under `components/schemas`.
pub(super) fn all() -> Node {
    let models = api::models();
    let mut all: Vec<(String, Node)> = vec![("Amount".to_owned(), amount())];
    for field in models.iter().flat_map(|model| model.fields) {
        if let Kind::Choice { name, values, .. } = innermost(&field.kind)
            && all.iter().all(|(known, _)| known != name)
        {
            all.push(((*name).to_owned(), open(values)));
        }
    }
    all.extend(models.iter().map(|model| (model.name.to_owned(), self::model(model))));
    all.push(("Pagination".to_owned(), pagination()));
    all.push(("Error".to_owned(), error()));
    all.into_iter().collect()
}

/// A reference to a schema of the document.
pub(super) fn reference(name: &str) -> Node {
    object! { "$ref" => format!("#/components/schemas/{name}") }
}

/// What a field holds.
pub(super) fn kind(of: &Kind) -> Node {
    let plain = |name: &str| object! { "type" => name };
    match of {
        Kind::Text => plain("string"),
        Kind::Uuid => plain("string").with("format", "uuid"),
        Kind::Time => plain("string").with("format", "date-time"),
        Kind::Bool => plain("boolean"),
        Kind::Integer => plain("integer"),
        Kind::Float => plain("number"),
        Kind::Amount => reference("Amount"),
        Kind::Choice { name, .. } => reference(name),
        Kind::Object(model) => reference(model.name),
        Kind::List(inner) => plain("array").with("items", kind(inner)),
        Kind::TextMap => plain("object").with("additionalProperties", plain("string")),
    }
}

/// One of these texts, or one that the API adds later: a closed list would break its readers on that day.
pub(super) fn open(values: &[&str]) -> Node {
    let known = object! { "type" => "string", "enum" => values.to_vec() };
    object! { "anyOf" => [known, object! { "type" => "string" }] }
}

/// A comment of the code as a text: its lines are one, its paragraphs stay apart.
pub(super) fn prose(doc: &str) -> String {
    let lines: Vec<&str> = doc.lines().map(str::trim).collect();
    let paragraphs: Vec<String> = lines.split(|line| line.is_empty()).map(|lines| lines.join(" ")).collect();
    paragraphs.join("\n\n").trim().to_owned()
}

fn model(model: &Model) -> Node {
    let asked = is_request(model);
    let grouped = |field: &&Field| model.one_of.iter().any(|group| group.contains(&field.name));
    let fields = model.fields.iter().filter(|field| !grouped(field));
    let properties: Node = fields.map(|field| (field.name.to_owned(), property(field, asked))).collect();
    let required: Vec<&str> =
        model.fields.iter().filter(|field| field.required).map(|field| field.name).collect();
    let ways: Vec<Node> = model.one_of.iter().map(|group| way(model, group)).collect();
    object! { "type" => "object", "description" => prose(model.doc), "properties" => properties }
        .with_some("required", (!required.is_empty()).then(|| required.into()))
        .with_some("oneOf", (!ways.is_empty()).then(|| ways.into()))
}

/// One of the ways that exclude each other: its own fields are there, those of the others are not.
fn way(model: &Model, group: &[&str]) -> Node {
    let others = model.one_of.iter().filter(|other| **other != group).copied().flatten();
    let others = others.map(|name| ((*name).to_owned(), object! { "type" => "null" }));
    let own = model.fields.iter().filter(|field| group.contains(&field.name));
    let own = own.map(|field| (field.name.to_owned(), described(kind(&field.kind), field)));
    object! { "properties" => own.chain(others).collect::<Node>(), "required" => group.to_vec() }
}

fn property(field: &Field, asked: bool) -> Node {
    // What an answer may leave out comes as null as well.
    let or_null = field.nullable || (!field.required && !asked);
    let of = kind(&field.kind);
    let of = if or_null {
        object! { "anyOf" => [of, object! { "type" => "null" }] }
    } else {
        of
    };
    described(of, field)
}

fn described(of: Node, field: &Field) -> Node {
    of.with("description", prose(field.doc))
}

/// Whether requests carry the model, in a query or a body.
fn is_request(model: &Model) -> bool {
    fn holds(model: &Model, name: &str) -> bool {
        model.name == name
            || model.fields.iter().filter_map(|field| field.kind.model()).any(|inner| holds(inner, name))
    }
    let asked = OPERATIONS.iter().flat_map(|operation| [operation.query, operation.body]).flatten();
    asked.into_iter().any(|one| holds(one, model.name))
}

fn innermost(of: &Kind) -> &Kind {
    match of {
        Kind::List(inner) => innermost(inner),
        other => other,
    }
}

fn amount() -> Node {
    object! {
        "type" => "string",
        "format" => "decimal",
        "description" => "An exact decimal. Never read it through a binary float.",
        "pattern" => r"^-?[0-9]+(\.[0-9]+)?$",
        "examples" => ["0.015"],
    }
}

fn pagination() -> Node {
    object! {
        "type" => "object",
        "description" => "How a list goes on: with `starting_after` set to the id of the last row, until `has_more` is false.",
        "properties" => object! {
            "total" => object! { "type" => "integer", "description" => "The rows of all pages." },
            "has_more" => object! { "type" => "boolean", "description" => "Whether there is a page after this one." },
        },
        "required" => ["total", "has_more"],
    }
}

fn error() -> Node {
    let text = |doc: &str| object! { "type" => "string", "description" => doc };
    let detail = object! {
        "type" => "object",
        "description" => "One refused value.",
        "properties" => object! {
            "code" => text("The machine code, such as `must_be_uuid`; an open set."),
            "target" => text("The parameter."),
            "message" => text("A sentence in English; not to be matched on."),
            "args" => object! { "type" => "object", "description" => "The values of the rule, such as the least amount." },
        },
        "required" => ["code", "target", "message"],
    };
    let refusal = object! {
        "type" => "object",
        "properties" => object! {
            "code" => text("The machine code, such as `duplicate_custom_id`; an open set."),
            "message" => text("A sentence in English; not to be matched on."),
            "details" => object! { "type" => "array", "items" => detail },
        },
        "required" => ["code", "message"],
    };
    let meta = object! {
        "type" => ["object", "null"],
        "properties" => object! { "request_id" => text("What the API's support asks for.") },
    };
    object! {
        "type" => "object",
        "description" => "Why a request was refused.",
        "properties" => object! { "error" => refusal, "meta" => meta },
        "required" => ["error"],
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn every_reference_of_the_document_leads_to_one_schema() {
        let Node::Object(schemas) = all() else { panic!("no object") };
        let mut names: Vec<&str> = schemas.iter().map(|(name, _)| name.as_str()).collect();
        let text = crate::openapi::files().into_iter().map(|(_, text)| text).collect::<String>();
        for used in text.split("#/components/schemas/").skip(1).filter_map(|rest| rest.split('"').next()) {
            assert!(names.contains(&used), "{used}");
        }
        let all = names.len();
        names.sort_unstable();
        names.dedup();
        assert_eq!(names.len(), all, "a model and a shape have the same name");
    }

    #[test]
    fn comments_lose_their_line_breaks_and_keep_their_paragraphs() {
        assert_eq!(prose(" One\n line.\n \n Two.\n"), "One line.\n\nTwo.");
    }
}
