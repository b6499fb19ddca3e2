// What the generated methods stand on: they name an operation and its answer; here it is run and its answer read.
import CryptopayNative
import Foundation

/// Runs the calls of one client.
final class Engine: Sendable {
    private let client: CryptopayNative.Client
    private let host: Host

    /// - Throws: `ConfigurationError` when a setting is missing or wrong.
    init(config: JSON, host: Host) throws {
        do {
            client = try CryptopayNative.Client(config: config.data)
        } catch Refused.Configuration(let text) {
            throw ConfigurationError(text)
        } catch {
            throw MisuseError.brokenOff("configuration", error)
        }
        self.host = host
    }

    /// Runs an operation to its end, or `resolve` with a record as its parameters.
    ///
    /// - Throws: What the call ended with, a `CryptopayError`.
    func run(_ operation: String, _ params: JSON, _ options: JSON) async throws -> Ended {
        let now = host.time.now()
        let start: JSON = [
            "unix_ms": .number(String(now.unixMs)), "tick_ms": .number(String(now.tickMs)),
            "entropy": .string(host.time.entropy()), "params": params, "options": options,
        ]
        let begun = try crossed(operation) {
            operation == "resolve"
                ? try client.resolve(start: start.data)
                : try client.begin(operation: Data(operation.utf8), start: start.data)
        }
        var running = try Running(begun, operation, host)
        let done = try await drive(&running)
        return Ended(
            operation: operation, outcome: Outcome(done, running.body, at: host.time.now()), resolved: done.json)
    }

    /// The object, list or mapping that a call answers.
    ///
    /// - Parameter write: Whether the call changes something: its answer is read with more patience, because it was applied.
    /// - Throws: `NotModified` when a read with a condition found nothing new, `OutcomeUnknownError` when the API accepted the
    ///   request and shows no object yet, and whatever else the call ended with.
    func call<Value: Decodable & Sendable>(
        _ operation: String, _ params: [String: JSON?], _ options: JSON, write: Bool
    ) async throws -> Answer<Value> {
        let ended = try await run(operation, .object(params.compactMapValues { $0 }), options)
        let outcome = ended.outcome
        if outcome.data.isEmpty {
            // A recovered recalculation has no object of its own: the quote is what was committed.
            guard outcome.recovered, let quote = options["quote"] else { throw withoutObject(ended) }
            return Answer(value: try quote.decode(Value.self, strict: false), outcome: outcome)
        }
        return Answer(value: try fitting(ended, outcome.data, write: write), outcome: outcome)
    }

    /// Begins to walk through a list.
    func walk(_ operation: String, _ params: JSON) throws -> CryptopayNative.Pages {
        try crossed(operation) { try client.pages(operation: Data(operation.utf8), params: params.data) }
    }

    /// The value in the data of an answer.
    func fitting<Value: Decodable>(_ ended: Ended, _ data: Data, write: Bool) throws -> Value {
        do {
            return try JSON(data).decode(Value.self, strict: !write)
        } catch {
            var words = "the answer is no JSON"
            if case .dataCorrupted(let context)? = error as? DecodingError { words = context.debugDescription }
            let message = "the answer does not fit its model: \(words)"
            let hint =
                write
                ? "the API applied the request: do not repeat it, read the object again, and report this"
                : "tell the makers of this client"
            var details = ErrorDetails(InvalidResponseError.code, ended.operation, message, hint, of: ended.outcome)
            details.existingId = (try? JSON(data))?["id"]?.string
            throw InvalidResponseError(details: details)
        }
    }

    /// The error of a success without an object: a method that answers one has nothing to hand back for it.
    private func withoutObject(_ ended: Ended) -> any Error {
        let outcome = ended.outcome
        if outcome.notModified { return NotModified(outcome: outcome) }
        guard outcome.accepted else {
            return InvalidResponseError(
                details: ErrorDetails(
                    InvalidResponseError.code, ended.operation, "the answer has no object",
                    "tell the makers of this client", of: outcome))
        }
        let hint =
            outcome.record == nil
            ? "nothing has moved: ask again later"
            : "do not repeat it: give the record to resolve later, it finds out how the write ended"
        return OutcomeUnknownError(
            details: ErrorDetails(
                OutcomeUnknownError.code, ended.operation, "the API took the request, but has not finished it", hint,
                of: outcome))
    }
}
