//! What is changed in the binding that UniFFI prints, so that the package can compile it strictly and keep it to itself.

use anyhow::Result;

use crate::uniffi;

/// What is changed in the printed binding, and why. A pattern that is not found fails the build.
const CHANGES: [(&str, &str); 7] = [
    // A package of our own.
    ("package uniffi.cryptopay\n", "package cryptopay.client.binding\n"),
    // Functions of no class stand behind their docs, on the same line.
    ("*/ fun `", "*/ internal fun `"),
    // What is printed has warnings; ours are errors.
    ("@file:Suppress(\"NAME_SHADOWING\")", "@file:Suppress(\"warnings\")"),
    // A JNA structure for every crossing is the main cost of one. One a thread is safe, because nothing calls back.
    (
        "var status = UniffiRustCallStatus()\n",
        "val status = uniffiStatus.get()\n    status.code = UNIFFI_CALL_SUCCESS\n    status.error_buf.setValue(uniffiNoBuffer)\n",
    ),
    (
        "internal const val UNIFFI_CALL_SUCCESS",
        "private val uniffiStatus = ThreadLocal.withInitial { UniffiRustCallStatus() }\nprivate val uniffiNoBuffer = RustBuffer()\n\ninternal const val UNIFFI_CALL_SUCCESS",
    ),
    // The same for bytes that are lent: what is passed by value is copied when it crosses, and no crossing lends more
    // than four.
    ("val fb = ForeignBytes.ByValue()\n", "val fb = uniffiLent.get().next()\n"),
    (
        "internal object FfiConverterByRefBytes",
        "private class UniffiLent {\n    private val all = Array(4) { ForeignBytes.ByValue() }\n    private var at = 0\n\n    fun next() = all[at].also { at = (at + 1) % all.size }\n}\n\nprivate val uniffiLent = ThreadLocal.withInitial { UniffiLent() }\n\ninternal object FfiConverterByRefBytes",
    ),
];

/// The binding as the package wants it: nothing of it is public.
pub(super) fn changed(printed: &str) -> Result<String> {
    let text = uniffi::changed(printed, &CHANGES)?;
    let lines: Vec<String> = text.lines().map(hidden).collect();
    Ok(lines.join("\n") + "\n")
}

/// A line that declares something for everybody, made internal.
fn hidden(line: &str) -> String {
    let declares = ["class ", "interface ", "object ", "fun ", "fun<", "val ", "var ", "typealias "];
    let modified = ["open ", "data ", "sealed ", "inline ", "enum ", "abstract "];
    let bare = line.strip_prefix("public ").unwrap_or(line);
    let mut rest = bare;
    while let Some(less) = modified.iter().find_map(|word| rest.strip_prefix(word)) {
        rest = less;
    }
    if declares.iter().any(|word| rest.starts_with(word)) {
        format!("internal {bare}")
    } else {
        line.to_owned()
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn what_is_declared_for_everybody_becomes_internal() {
        assert_eq!(hidden("public object A {"), "internal object A {");
        assert_eq!(hidden("open class B"), "internal open class B");
        assert_eq!(hidden("inline fun <T> c()"), "internal inline fun <T> c()");
        assert_eq!(hidden("private fun d()"), "private fun d()");
        assert_eq!(hidden("    fun inside()"), "    fun inside()");
    }

    #[test]
    fn a_binding_that_is_printed_differently_is_refused() {
        assert!(changed("package uniffi.cryptopay\n").unwrap_err().to_string().contains("CHANGES"));
    }
}
