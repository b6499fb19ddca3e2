// Crossing into the core. Should it ever break off (a panic in Rust), that is an error of this package like any other; the
// process goes on, and what a write had sent by then stays on record.
import CryptopayNative
import Foundation

/// Crosses into the core.
func crossed<T>(_ operation: String, _ cross: () throws -> T) throws -> T {
    do {
        return try cross()
    } catch let refused as Refused {
        throw refused
    } catch {
        throw defect(operation, error)
    }
}

/// The core broke off before anything can have been sent.
private func defect(_ operation: String, _ error: any Error) -> MisuseError {
    if let told = error as? MisuseError { return told }
    let message = "the core broke off: \(error.localizedDescription)"
    let hint = "this is a defect, please report it"
    return MisuseError(
        details: ErrorDetails(
            text: "\(operation): misuse: \(message); \(hint)", message: message, hint: hint, operation: operation))
}

/// The core broke off in the middle of a call. A write that may have been applied is still told as such, with its record
/// if the core can say it.
func brokenOff(_ call: CryptopayNative.Call, _ operation: String, sent: Bool, _ error: any Error) -> any CryptopayError
{
    let misuse = defect(operation, error)
    var details = misuse.details
    do {
        guard let record = try call.pending() else { return misuse }
        details.record = PendingRecord(json: try JSON(text: record))
        details.hint = "do not repeat it: give the record to resolve, and report this defect"
    } catch {
        guard sent else { return misuse }
        details.hint = "read the object before you repeat a write, and report this defect"
    }
    details.reason = Cause(code: MisuseError.code, message: details.message, status: nil, requestId: nil)
    details.text = "\(operation): outcome_unknown: \(details.message); \(details.hint)"
    return OutcomeUnknownError(details: details)
}
