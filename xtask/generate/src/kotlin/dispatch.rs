//! Prints the dispatch by an operation's name, which only tests use.

use super::spelling::camel;
use super::{MAIN, operations, options_of, ordered, reader_of, short};
use cryptopay_core::http::Method;
use std::fmt::Write;

pub(super) fn file() -> String {
    let mut out = format!(
        "{MAIN}import kotlinx.serialization.json.JsonObject\n\n/** What an operation's parameters look like in the contract's files. */\ninternal class Asked(json: JsonObject, private val options: JsonObject?, private val quote: Model?) {{\n    private val members = json\n    private val fields = Fields(json, false)\n\n    fun <T> need(name: String, reader: Reader<T>): T = fields.need(name, reader)\n\n    fun <T> may(name: String, reader: Reader<T>): T? = fields.may(name, reader)\n\n    fun <T : Any> change(name: String, reader: Reader<T>): Change<T> =\n        if (name !in members) Change.keep() else may(name, reader)?.let {{ Change.to(it) }} ?: Change.clear()\n\n    fun read(): ReadOptions = readOptions(options)\n\n    fun write(): WriteOptions = writeOptions(options)\n\n    fun commit(): CommitOptions = commitOptions(options, quote)\n}}\n"
    );
    for function in ["suspend fun dispatch(client: Cryptopay", "fun dispatch(client: BlockingCryptopay"] {
        let _ = write!(
            out,
            "\n/** Calls the method that a name means. */\ninternal {function}, operation: String, asked: Asked): Any =\n    when (operation) {{\n"
        );
        calls(&mut out);
        out.push_str("        else -> error(\"there is no operation $operation\")\n    }\n");
    }
    out
}

/// One branch an operation: both styles name them and their parameters alike.
fn calls(out: &mut String) {
    for operation in operations() {
        let (resource, _) = operation.name.split_once('.').unwrap_or((operation.name, ""));
        let _ = writeln!(
            out,
            "        \"{}\" ->\n            client.{}.{}(",
            operation.name,
            camel(resource),
            camel(short(operation))
        );
        for field in operation.path_fields.iter().chain(ordered(operation)) {
            let how = match (field.required, operation.method == Method::Patch && field.nullable) {
                (true, _) => "need",
                (_, true) => "change",
                _ => "may",
            };
            let _ = writeln!(
                out,
                "                {} = asked.{how}(\"{}\", {}),",
                camel(field.name),
                field.name,
                reader_of(&field.kind)
            );
        }
        let options = match options_of(operation) {
            "CommitOptions" => "commit",
            "ReadOptions" => "read",
            _ => "write",
        };
        let _ = writeln!(out, "                options = asked.{options}(),\n            )");
    }
}
