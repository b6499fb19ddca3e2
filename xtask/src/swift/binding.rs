//! The private binding as the package wants it. As UniFFI prints it, a panic in Rust ends the process of a Swift program
//! (`try!`); with these changes it is a thrown error. What is changed is text, and every change is checked: a pattern that
//! is not found any more, or a `try!` that is left, fails the build.

use anyhow::{Result, bail};

use crate::uniffi;

/// What is changed in the printed binding, and why.
const CHANGES: [(&str, &str); 13] = [
    // Every crossing may throw, so that one inside another may.
    (
        "_ callback: (UnsafeMutablePointer<RustCallStatus>) -> T",
        "_ callback: (UnsafeMutablePointer<RustCallStatus>) throws -> T",
    ),
    ("let returnedVal = callback(&callStatus)", "let returnedVal = try callback(&callStatus)"),
    ("(ForeignBytes) throws -> R) rethrows -> R {", "(ForeignBytes) throws -> R) throws -> R {"),
    ("        FfiConverterByRefBytes.lower(", "        try FfiConverterByRefBytes.lower("),
    // A function of the core throws what the crossing throws.
    ("    return try!  FfiConverter", "    return try FfiConverter"),
    ("(try! rustCall() {", "(try rustCall() {"),
    // So does taking a handle. No object is ever given to the core.
    (
        "public func uniffiCloneHandle() -> UInt64 {\n        return try! rust",
        "public func uniffiCloneHandle() throws -> UInt64 {\n        return try rust",
    ),
    ("            self.uniffiCloneHandle()", "            try self.uniffiCloneHandle()"),
    ("return value.uniffiCloneHandle()", "fatalError(\"no object is given to the core\")"),
    // Giving back cannot throw: what cannot be freed is left.
    ("        try! rustCall { uniffi_", "        _ = try? rustCall { uniffi_"),
    (
        "        try! rustCall { ffi_cryptopay_uniffi_rustbuffer_free(self, $0) }",
        "        _ = try? rustCall { ffi_cryptopay_uniffi_rustbuffer_free(self, $0) }",
    ),
    (
        "        try! rustCall { ffi_cryptopay_uniffi_rustbuffer_from_bytes(ForeignBytes(bufferPointer: ptr), $0) }",
        "        (try? rustCall { ffi_cryptopay_uniffi_rustbuffer_from_bytes(ForeignBytes(bufferPointer: ptr), $0) }) ?? RustBuffer.empty()",
    ),
    // More than 2 GiB is cut rather than trapped; the core refuses less than that.
    ("len: Int32(", "len: Int32(clamping: "),
];

/// Changes the binding.
pub(super) fn changed(printed: &str) -> Result<String> {
    let text = uniffi::changed(printed, &CHANGES)?;
    let lines: Vec<&str> = text.lines().collect();
    let next = lines.iter().skip(1).chain([&""]);
    let throwing: Vec<String> = lines.iter().zip(next).map(|(line, next)| throwing(line, next)).collect();
    let text = throwing.join("\n") + "\n";
    if text.contains("try!") {
        bail!("the printed binding has another `try!`: look at CHANGES");
    }
    Ok(text)
}

/// The line, declared as throwing if it is the head of a function that now throws, or what a protocol asks for it.
fn throwing(line: &str, next: &str) -> String {
    let head = next.starts_with("    return try FfiConverter");
    let asked = line.starts_with("    func ") && line.contains(")  -> ");
    match line.rsplit_once("-> ") {
        Some((name, answer)) if (head || asked) && !name.contains("throws") => {
            format!("{} throws -> {}", name.trim_end(), answer)
        }
        _ => line.to_owned(),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn what_crosses_throws() {
        let head = "open func seen() -> String  {";
        let body = "    return try FfiConverterString.lift(try rustCall() {";
        assert_eq!(throwing(head, body), "open func seen() throws -> String  {");
        assert_eq!(throwing("    func pending()  -> String?", ""), "    func pending() throws -> String?");
        assert_eq!(
            throwing("    public static func lift(_ value: Int8) throws -> Bool {", "x"),
            "    public static func lift(_ value: Int8) throws -> Bool {"
        );
    }

    #[test]
    fn a_binding_that_is_printed_differently_is_refused() {
        assert!(changed("import Foundation\n").unwrap_err().to_string().contains("CHANGES"));
        let known: String = CHANGES.iter().map(|(pattern, _)| format!("{pattern}\n")).collect();
        assert!(changed(&known).is_ok());
        assert!(changed(&format!("{known}let x = try! new()\n")).unwrap_err().to_string().contains("try!"));
    }
}
