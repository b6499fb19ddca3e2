//! Prints TypeScript: the models, one class a resource with its methods, and the list of operations that tests and the
//! relay use. How a call runs is hand-written beside them; here stands only what the tables say.

use cryptopay_core::api::{self, CALLBACKS, OPERATIONS, RESOURCES};
use cryptopay_core::operation::{Answer, Operation, Safety};
use cryptopay_core::schema::{Field, Kind, Model};
use std::fmt::Write;

use crate::endings::{endings, gives};
use crate::shared::{choices, wrapped};
use custom_id::Need;

mod custom_id;

/// How much of a line the words of a comment may have.
const ROOM: usize = 115;
const HEAD: &str = "// Printed by `cargo xtask generate` from the core's tables; not to be edited by hand.\n";

/// The generated files of the npm package.
pub(crate) fn files() -> Vec<(&'static str, String)> {
    vec![
        ("npm/src/generated/models.ts", models()),
        ("npm/src/generated/resources.ts", resources()),
        ("npm/src/generated/operations.ts", operations()),
        ("npm/src/generated/shapes.ts", shapes()),
    ]
}

fn models() -> String {
    let mut text = HEAD.to_owned();
    text.push_str("\n/** An exact decimal as text, such as `\"0.015\"`. Never a number: a binary float cannot hold most of them. */\n");
    text.push_str("export type Amount = string;\n");
    text.push_str(
        "\n/** A time as text, RFC 3339, as the API writes it. */\nexport type Timestamp = string;\n",
    );
    text.push_str("\n/** One of the known texts, or one that the API adds later. */\n");
    text.push_str("export type Open<Known extends string> = Known | (string & {});\n");
    let models = api::models();
    for (name, choice) in choices() {
        let values: Vec<String> = choice.values.iter().map(|value| format!("\"{value}\"")).collect();
        doc(&mut text, "", &wrapped(&choice.doc, ROOM).join("\n"));
        let _ = writeln!(text, "export type {name} = Open<{}>;", values.join(" | "));
    }
    for model in models {
        if model.one_of.is_empty() {
            plain(&mut text, model);
        } else {
            one_of(&mut text, model);
        }
    }
    text.push_str(
        "\n/** What callbacks carry in `data`, by their `type`. */\nexport interface CallbackModels {\n",
    );
    for (kind, model) in CALLBACKS {
        doc(&mut text, "  ", model.doc);
        let _ = writeln!(text, "  {kind}: {};", model.name);
    }
    text.push_str("}\n");
    text
}

fn plain(text: &mut String, model: &Model) {
    doc(text, "", model.doc);
    let _ = writeln!(text, "export interface {} {{", model.name);
    for field in model.fields {
        self::field(text, "  ", model, field, is_request(model));
    }
    text.push_str("}\n");
}

/// A request whose fields exclude each other: each way is a type of its own, so that two ways at once do not compile.
fn one_of(text: &mut String, model: &Model) {
    let grouped = |name: &str| model.one_of.iter().any(|group| group.contains(&name));
    doc(text, "", model.doc);
    let _ = writeln!(text, "export type {} = {{", model.name);
    for field in model.fields.iter().filter(|field| !grouped(field.name)) {
        self::field(text, "  ", model, field, true);
    }
    let forced = Need::of_params(model) == Some(Need::Forced);
    text.push_str(if forced { custom_id::FORCED } else { "} & (\n" });
    for group in model.one_of {
        text.push_str("  | {\n");
        for field in model.fields.iter().filter(|field| grouped(field.name)) {
            if group.contains(&field.name) {
                doc(text, "      ", field.doc);
                let _ = writeln!(text, "      {}: {};", field.name, kind(&field.kind));
            } else {
                doc(text, "      ", "Belongs to another way of saying it.");
                let _ = writeln!(text, "      {}?: null | undefined;", field.name);
            }
        }
        text.push_str("    }\n");
    }
    text.push_str(");\n");
}

fn field(text: &mut String, indent: &str, model: &Model, field: &Field, request: bool) {
    let need = if field.name == "custom_id" { Need::of_params(model) } else { None };
    match need {
        Some(need) => doc(text, indent, &format!("{}\n{}", field.doc.trim(), need.words())),
        None => doc(text, indent, field.doc),
    }
    let required = field.required || need == Some(Need::Always);
    let null = if field.nullable || !request { " | null" } else { "" };
    let of = kind(&field.kind);
    let _ = if required {
        writeln!(text, "{indent}{}: {of};", field.name)
    } else {
        writeln!(text, "{indent}{}?: {of}{null} | undefined;", field.name)
    };
}

/// Whether requests carry the model, in a query or a body.
fn is_request(model: &Model) -> bool {
    fn holds(model: &Model, name: &str) -> bool {
        model.name == name
            || model.fields.iter().filter_map(|field| field.kind.model()).any(|inner| holds(inner, name))
    }
    OPERATIONS
        .iter()
        .flat_map(|operation| [operation.query, operation.body])
        .flatten()
        .any(|one| holds(one, model.name))
}

fn resources() -> String {
    let mut text = HEAD.to_owned();
    text.push_str(
        "\nimport { Resource } from \"../resource.js\";\nimport type { CallPromise } from \"../call.js\";\n",
    );
    text.push_str(
        "import type { CommitOptions, CreateOptions, GeneratedIdOptions, ReadOptions, WithoutId, WriteOptions } from \"../options.js\";\n",
    );
    text.push_str("import type { Pages } from \"../pages.js\";\nimport type {\n");
    let mut used: Vec<&str> = OPERATIONS
        .iter()
        .flat_map(|operation| [operation.query, operation.body, Some(operation.answer_model)])
        .flatten()
        .map(|model| model.name)
        .collect();
    used.sort_unstable();
    used.dedup();
    for name in used {
        let _ = writeln!(text, "  {name},");
    }
    text.push_str("} from \"./models.js\";\n");
    for resource in RESOURCES {
        doc(&mut text, "", resource.doc);
        let _ = writeln!(text, "export class {} extends Resource {{", pascal(resource.name));
        for (index, operation) in resource.operations.iter().enumerate() {
            if index > 0 {
                text.push('\n');
            }
            method(&mut text, operation);
        }
        text.push_str("}\n");
    }
    text
}

/// What a method does, hands back and fails with.
fn documented(operation: &Operation) -> String {
    let spelled = |name: &str| format!("{name}Error");
    let mut tags = vec![format!("@returns {}", gives(operation))];
    for (name, words) in endings(operation, spelled) {
        tags.push(format!("@throws {}: {words}", spelled(name)));
    }
    let tags = tags.iter().flat_map(|tag| wrapped(tag, ROOM));
    [operation.doc.trim().to_owned()].into_iter().chain(tags).collect::<Vec<_>>().join("\n")
}

fn method(text: &mut String, operation: &Operation) {
    let documented = documented(operation);
    doc_lines(text, "  ", &documented);
    let mut arguments: Vec<String> =
        operation.path_fields.iter().map(|field| format!("{}: string", camel(field.name))).collect();
    let mut passed: Vec<String> =
        operation.path_fields.iter().map(|field| format!("{}: {}", field.name, camel(field.name))).collect();
    if let Some(model) = operation.query.or(operation.body) {
        let all_optional = model.one_of.is_empty() && model.fields.iter().all(|field| !field.required);
        let default = if all_optional { " = {}" } else { "" };
        arguments.push(format!("params: {}{default}", model.name));
        passed.insert(0, "...params".into());
    }
    arguments.push(format!("options?: {}", options(operation)));
    let passed = match passed.as_slice() {
        [] => "{}".to_owned(),
        [one] if one == "...params" => "params".to_owned(),
        _ => format!("{{ {} }}", passed.join(", ")),
    };
    let model = operation.answer_model.name;
    let (answer, run) = match operation.answer {
        Answer::Object => (format!("CallPromise<{model}>"), "call"),
        Answer::Rows => (format!("CallPromise<{model}[]>"), "call"),
        Answer::Map => (format!("CallPromise<Record<string, {model}>>"), "call"),
        Answer::Page => (format!("Pages<{model}>"), "pages"),
    };
    let name = camel(short(operation));
    let with = arguments.join(", ");
    if let (true, Some(model)) = (Need::of(operation).is_some_and(Need::without_by_option), operation.body) {
        let made = with.replace(model.name, &format!("WithoutId<{}>", model.name));
        let only = made.replace("options?: CreateOptions", "options: GeneratedIdOptions");
        // The compiler tells what is wrong with a call by the last signature.
        let _ = writeln!(text, "  {name}({only}): {answer};");
        doc_lines(text, "  ", &documented);
        let _ = writeln!(text, "  {name}({with}): {answer};\n  {name}({made}): {answer} {{");
    } else {
        let _ = writeln!(text, "  {name}({with}): {answer} {{");
    }
    let _ = writeln!(text, "    return this.{run}(\"{}\", {passed}, options);\n  }}", operation.name);
}

fn options(operation: &Operation) -> String {
    match operation.safety {
        Safety::Read => "ReadOptions".into(),
        Safety::Commit(_) => format!("CommitOptions<{}>", operation.answer_model.name),
        _ if operation.takes("custom_id") => "CreateOptions".into(),
        _ => "WriteOptions".into(),
    }
}

fn operations() -> String {
    let mut text = HEAD.to_owned();
    text.push_str(
        "\n/** Every operation: its resource and method here, its path parameters, whether it takes parameters, and what it answers. */\n",
    );
    text.push_str("export const OPERATIONS = {\n");
    for operation in OPERATIONS {
        let resource = operation.name.split('.').next().unwrap_or_default();
        let path: Vec<String> =
            operation.path_fields.iter().map(|field| format!("\"{}\"", field.name)).collect();
        let answer = match operation.answer {
            Answer::Object => "object",
            Answer::Rows => "rows",
            Answer::Map => "map",
            Answer::Page => "page",
        };
        let _ = writeln!(
            text,
            "  \"{}\": [\"{}\", \"{}\", [{}], {}, \"{answer}\"],",
            operation.name,
            camel(resource),
            camel(short(operation)),
            path.join(", "),
            operation.query.or(operation.body).is_some(),
        );
    }
    text.push_str("} as const;\n\n/** The name of an operation, `invoices.create`. */\n");
    text.push_str("export type OperationName = keyof typeof OPERATIONS;\n");
    let mut amounts: Vec<&str> = api::models()
        .iter()
        .flat_map(|model| model.fields)
        .filter(|field| matches!(innermost(&field.kind), Kind::Amount))
        .map(|field| field.name)
        .collect();
    amounts.sort_unstable();
    amounts.dedup();
    let amounts: Vec<String> = amounts.iter().map(|name| format!("\"{name}\"")).collect();
    let _ = write!(
        text,
        "\n/** The names of all fields that hold amounts. */\nexport const AMOUNTS = [{}] as const;\n",
        amounts.join(", ")
    );
    text
}

/// What answers hold, as short text: types are not there at run time, and an answer must not pass for what it is not.
fn shapes() -> String {
    let mut text = HEAD.to_owned();
    text.push_str(
        "\n/**\n * The models of answers: `name!kind` is always there, `name?kind` may be absent or null. Kinds: `s` text, `u` UUID,\n * `a` amount, `b` boolean, `i` whole number, `f` number, `[kind]` a list, `<kind>` a map, else the name of a model.\n */\n",
    );
    text.push_str("export const SHAPES: Readonly<Record<string, string>> = {\n");
    let mut answers = String::new();
    let mut used = Vec::new();
    for operation in OPERATIONS {
        let model = operation.answer_model;
        collect(model, &mut used);
        let shape = match operation.answer {
            Answer::Object => model.name.to_owned(),
            Answer::Rows | Answer::Page => format!("[{}]", model.name),
            Answer::Map => format!("<{}>", model.name),
        };
        let _ = writeln!(answers, "  \"{}\": \"{shape}\",", operation.name);
    }
    for model in used {
        let fields: Vec<String> = model
            .fields
            .iter()
            .map(|field| {
                let mark = if field.required { '!' } else { '?' };
                format!("{}{mark}{}", field.name, shape(&field.kind))
            })
            .collect();
        let _ = writeln!(text, "  {}: \"{}\",", model.name, fields.join(" "));
    }
    let _ = write!(
        text,
        "}};\n\n/** What each operation answers. */\nexport const ANSWERS: Readonly<Record<string, string>> = {{\n{answers}}};\n"
    );
    text
}

fn shape(of: &Kind) -> String {
    match of {
        Kind::Text | Kind::Time | Kind::Choice { .. } => "s".into(),
        Kind::Uuid => "u".into(),
        Kind::Amount => "a".into(),
        Kind::Bool => "b".into(),
        Kind::Integer => "i".into(),
        Kind::Float => "f".into(),
        Kind::Object(model) => model.name.into(),
        Kind::List(inner) => format!("[{}]", shape(inner)),
        Kind::TextMap => "<s>".into(),
    }
}

/// A model and those inside it, each once.
fn collect(model: &'static Model, all: &mut Vec<&'static Model>) {
    if all.iter().any(|known| known.name == model.name) {
        return;
    }
    all.push(model);
    model.fields.iter().filter_map(|field| field.kind.model()).for_each(|inner| collect(inner, all));
}

fn kind(of: &Kind) -> String {
    match of {
        Kind::Text | Kind::Uuid => "string".into(),
        Kind::Amount => "Amount".into(),
        Kind::Time => "Timestamp".into(),
        Kind::Bool => "boolean".into(),
        Kind::Integer | Kind::Float => "number".into(),
        Kind::Choice { name, .. } => (*name).into(),
        Kind::Object(model) => model.name.into(),
        Kind::List(inner) => format!("{}[]", kind(inner)),
        Kind::TextMap => "Record<string, string>".into(),
    }
}

fn innermost(of: &Kind) -> &Kind {
    match of {
        Kind::List(inner) => innermost(inner),
        other => other,
    }
}

fn short(operation: &Operation) -> &'static str {
    operation.name.split('.').nth(1).unwrap_or_default()
}

fn camel(name: &str) -> String {
    let mut words = name.split('_');
    let first = words.next().unwrap_or_default().to_owned();
    words.fold(first, |text, word| text + &capital(word))
}

fn pascal(name: &str) -> String {
    name.split('_').map(capital).collect()
}

fn capital(word: &str) -> String {
    let mut letters = word.chars();
    letters.next().map(|first| first.to_ascii_uppercase().to_string() + letters.as_str()).unwrap_or_default()
}

/// A comment before a declaration at the top level of its block, with an empty line before it outside of blocks.
fn doc(text: &mut String, indent: &str, doc: &str) {
    if indent.is_empty() {
        text.push('\n');
    }
    doc_lines(text, indent, doc);
}

fn doc_lines(text: &mut String, indent: &str, doc: &str) {
    let lines: Vec<&str> = doc.trim().lines().map(str::trim).collect();
    let _ = match lines.as_slice() {
        [one] => writeln!(text, "{indent}/** {one} */"),
        _ => writeln!(text, "{indent}/**\n{indent} * {}\n{indent} */", lines.join(&format!("\n{indent} * "))),
    };
}
