// Crossing into the core. Should it ever break off (a panic in Rust), that is an error of this package like any other; the
// process goes on, and what a write had sent by then stays on record.
import CryptopayNative
import Foundation

/// Crosses into the core.
///
/// - Throws: `MisuseError` when the core breaks off, before anything can have been sent.
func crossed<T>(_ operation: String, _ cross: () throws -> T) throws -> T {
    do { return try cross() } catch { throw MisuseError.brokenOff(operation, error) }
}

/// The core broke off in the middle of a call. A write that may have been applied is still told as such, with its record
/// if the core can say it.
func brokenOff(_ call: CryptopayNative.Call, _ operation: String, sent: Bool, _ error: any Error) -> any CryptopayError
{
    let misuse = MisuseError.brokenOff(operation, error)
    func unknown(_ hint: String, _ record: PendingRecord?) -> OutcomeUnknownError {
        var details = ErrorDetails(OutcomeUnknownError.code, operation, misuse.message, hint)
        details.record = record
        details.reason = Cause(code: misuse.code, message: misuse.message, status: nil, requestId: nil)
        return OutcomeUnknownError(details: details)
    }
    do {
        guard let record = try call.pending() else { return misuse }
        let hint = "do not repeat it: give the record to resolve, and report this defect"
        return unknown(hint, PendingRecord(json: try JSON(text: record)))
    } catch {
        return sent ? unknown("read the object before you repeat a write, and report this defect", nil) : misuse
    }
}

extension MisuseError {
    /// A defect of this package's or the core's.
    init(_ operation: String, defect words: String) {
        self.init(details: ErrorDetails(MisuseError.code, operation, words, "this is a defect, please report it"))
    }

    /// The core broke off.
    static func brokenOff(_ operation: String, _ error: any Error) -> MisuseError {
        error as? MisuseError
            ?? MisuseError(operation, defect: "the core broke off: \(error.localizedDescription)")
    }
}
