//! Prints the dispatch by an operation's name, which only tests use.

use super::{NOTE, Place, arguments, camel, name};
use cryptopay_core::api::RESOURCES;
use cryptopay_core::operation::{Operation, Safety};
use std::fmt::Write;

pub(super) fn file() -> String {
    let mut out = format!(
        "// Every operation by its name, for the contract's runner.\n//\n{NOTE}import CryptopayClient\nimport Foundation\n\nextension Given {{\n    func dispatch(_ operation: String, _ client: Cryptopay) async throws -> Told {{\n        switch operation {{\n"
    );
    for resource in &RESOURCES {
        for operation in resource.operations {
            let own = camel(operation.name.split_once('.').map_or(operation.name, |(_, name)| name));
            let given: Vec<String> = arguments(operation)
                .iter()
                .map(|(field, place)| match place {
                    Place::First => format!("must(\"{}\")", field.name),
                    Place::Path | Place::Must => format!("{}: must(\"{}\")", name(field.name), field.name),
                    Place::May => format!("{}: may(\"{}\")", name(field.name), field.name),
                    Place::Change => format!("{}: change(\"{}\")", name(field.name), field.name),
                })
                .chain([format!("options: {}", given_options(operation))])
                .collect();
            let _ = writeln!(
                out,
                "        case \"{}\":\n            return try await told(\n                client.{}.{own}(\n                    {}))",
                operation.name,
                camel(resource.name),
                given.join(",\n                    ")
            );
        }
    }
    out.push_str("        default: throw Unknown(operation: operation)\n        }\n    }\n}\n");
    out
}

const fn given_options(operation: &Operation) -> &'static str {
    match operation.safety {
        Safety::Read => "readOptions()",
        Safety::Commit(_) => "commitOptions()",
        _ => "writeOptions()",
    }
}
