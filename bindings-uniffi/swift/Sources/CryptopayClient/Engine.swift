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
        let outcome = Outcome(done, running.body, at: host.time.now())
        return Ended(call: begun.call, operation: operation, outcome: outcome, resolved: done.json)
    }

    /// The object, list or mapping that a call answers.
    ///
    /// - Throws: `NotModified` when a read with a condition found nothing new, `OutcomeUnknownError` when the API accepted the
    ///   request and shows no object yet, and whatever else the call ended with.
    func call<Value: Decodable & Sendable>(
        _ operation: String, _ params: [String: JSON?], _ options: JSON
    ) async throws -> Answer<Value> {
        let ended = try await run(operation, .object(params.compactMapValues { $0 }), options)
        let outcome = ended.outcome
        if outcome.data.isEmpty {
            // A recovered recalculation has no object of its own: the quote is what was committed.
            guard outcome.recovered, let quote = options["quote"] else { throw withoutObject(ended) }
            return Answer(value: try quote.decode(Value.self), outcome: outcome)
        }
        return Answer(value: try fitting(ended, outcome.data), outcome: outcome)
    }

    /// Begins to walk through a list.
    func walk(_ operation: String, _ params: JSON) throws -> CryptopayNative.Pages {
        try crossed(operation) { try client.pages(operation: Data(operation.utf8), params: params.data) }
    }

    /// The value in the data of an answer, or in a part of it.
    ///
    /// - Throws: What the core says of an answer that does not fit its model.
    func fitting<Value: Decodable>(_ ended: Ended, _ data: Data) throws -> Value {
        do {
            return try JSON(data).decode(Value.self)
        } catch {
            var words = "it is not JSON"
            if case .dataCorrupted(let context)? = error as? DecodingError { words = context.debugDescription }
            throw ended.unfit(words)
        }
    }

    /// The error of a success without an object: a method that answers one has nothing to hand back for it.
    private func withoutObject(_ ended: Ended) -> any Error {
        ended.outcome.notModified ? NotModified(outcome: ended.outcome) : ended.unfit(nil)
    }
}

extension Ended {
    /// The error of a success that cannot be handed back.
    ///
    /// - Parameter misfit: What does not fit the model; `nil`: there is no object.
    fileprivate func unfit(_ misfit: String?) -> any CryptopayError {
        do {
            let told = try JSON(text: call.unfit(misfit: misfit, data: outcome.data))
            let accepted = misfit == nil && outcome.accepted ? outcome : nil
            return errorOf(told["error"] ?? [:], cause: nil, accepted: accepted)
        } catch {
            return brokenOff(call, operation, sent: true, error)
        }
    }
}
