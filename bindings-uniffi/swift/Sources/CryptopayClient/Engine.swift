// What the generated methods stand on: they name an operation and its answer; here it is run and its answer read.
import CryptopayNative
import Foundation

/// Runs the calls of one client.
final class Engine: Sendable {
    private let client: CryptopayNative.Client
    private let host: Host

    init(config: JSON, host: Host) throws {
        do {
            client = try crossed("configuration") { try CryptopayNative.Client(config: config.data) }
        } catch Refused.Configuration(let text) {
            throw ConfigurationError(details: ErrorDetails(text: "configuration: \(text)", message: text))
        }
        self.host = host
    }

    /// Runs an operation to its end.
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
        return Ended(operation: operation, outcome: outcome(done, running.body), resolved: done.json)
    }

    private func outcome(_ done: Done, _ body: Data) -> Outcome {
        let json = done.json
        func part(_ range: Range<Int>?) -> Data {
            guard let range, range.upperBound <= body.count else { return Data() }
            return body.subdata(in: body.startIndex + range.lowerBound..<body.startIndex + range.upperBound)
        }
        return Outcome(
            status: json["status"]?.int ?? 0,
            requestId: json["request_id"]?.string,
            customId: json["custom_id"]?.string,
            recovered: json["recovered"] == .bool(true),
            accepted: json["accepted"] == .bool(true),
            notModified: json["not_modified"] == .bool(true),
            unverified: (json["unverified"]?.items ?? []).compactMap(\.string),
            etag: json["etag"]?.string,
            lastModified: json["last_modified"]?.string,
            record: json["record"].flatMap { $0.isNull ? nil : PendingRecord(json: $0) },
            trace: Trace(json["trace"]),
            data: part(done.data),
            meta: part(done.meta),
            receivedAt: Date(milliseconds: host.time.now().unixMs))
    }

    /// The object, list or mapping that a call answers.
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
            throw told(ended, "invalid_response", message, hint, existing: (try? JSON(data))?["id"]?.string)
        }
    }

    private func withoutObject(_ ended: Ended) -> any Error {
        let outcome = ended.outcome
        if outcome.notModified { return NotModified(outcome: outcome) }
        let hint =
            outcome.record == nil
            ? "nothing has moved: ask again later"
            : "do not repeat it: give the record to resolve later, it finds out how the write ended"
        return told(ended, "outcome_unknown", "the API took the request, but has not finished it", hint)
    }

    private func told(
        _ ended: Ended, _ code: String, _ message: String, _ hint: String, existing: String? = nil
    ) -> any CryptopayError {
        let outcome = ended.outcome
        let id = outcome.requestId.map { ", request id \($0)" } ?? ""
        let text = "\(ended.operation): \(code) (status \(outcome.status)\(id)): \(message); \(hint)"
        var details = ErrorDetails(text: text, message: message, hint: hint, operation: ended.operation)
        (details.status, details.requestId, details.record) = (outcome.status, outcome.requestId, outcome.record)
        (details.trace, details.existingId) = (outcome.trace, existing)
        return errorOf(code: code, details)
    }
}
