// The parameters and options of a contract file, and what the typed API answered, in the contract's words.
import Foundation

@testable import CryptopayClient

struct Unknown: Error { let operation: String }

/// What a file says a call is given.
struct Given: Sendable {
    let params: JSON
    var options: JSON = [:]
    var quote: Outcome?
    /// Of a list: how many rows to take; nothing means the first page.
    var take: Int?

    init(_ params: JSON) { self.params = params }

    /// A parameter that the method needs. The files give them all in the form that its type has.
    func must<Value: Decodable>(_ name: String) throws -> Value {
        guard let value: Value = try may(name) else { throw Wrong("\(name) is not given") }
        return value
    }

    func may<Value: Decodable>(_ name: String) throws -> Value? {
        guard let json = params[name], !json.isNull else { return nil }
        return try json.decode(Value.self)
    }

    func change<Value: Decodable>(_ name: String) throws -> Change<Value> {
        guard let json = params[name] else { return .keep }
        return json.isNull ? .clear : .set(try must(name))
    }

    func readOptions() -> ReadOptions {
        ReadOptions(
            timeout: seconds("deadline_ms"), attemptTimeout: seconds("attempt_timeout_ms"),
            maxRetries: options["max_retries"]?.int, ifNoneMatch: options["if_none_match"]?.string,
            ifModifiedSince: options["if_modified_since"]?.string)
    }

    func writeOptions() -> WriteOptions {
        WriteOptions(
            timeout: seconds("deadline_ms"), attemptTimeout: seconds("attempt_timeout_ms"),
            maxRetries: options["max_retries"]?.int,
            generatedCustomId: options["custom_id"]?["generated"].map { $0 == .bool(true) })
    }

    func commitOptions<Quote: Decodable>() throws -> CommitOptions<Quote> {
        let quote = try quote.map { Answer(value: try JSON($0.data).decode(Quote.self), outcome: $0) }
        return CommitOptions(
            quote: quote, timeout: seconds("deadline_ms"), attemptTimeout: seconds("attempt_timeout_ms"),
            maxRetries: options["max_retries"]?.int)
    }

    private func seconds(_ name: String) -> TimeInterval? { options[name]?.int.map { Double($0) / 1000 } }

    func told<Value: Encodable>(_ answer: Answer<Value>) throws -> Told {
        let labels = Mirror(reflecting: answer.value).children.compactMap(\.label)
        return Told(value: try Told.json(answer.value), outcome: answer.outcome, labels: labels)
    }

    func told<Row: Encodable>(_ list: Pages<Row>) async throws -> Told {
        guard let take else {
            let page = try await list.firstPage()
            return Told(value: try Told.json(page.rows), outcome: page.outcome)
        }
        var rows: [Row] = []
        for try await row in list {
            rows.append(row)
            if rows.count >= take { break }
        }
        return Told(value: try Told.json(rows), outcome: nil)
    }
}

/// What the typed API answered.
struct Told: Sendable {
    var value: JSON
    var outcome: Outcome?
    var labels: [String] = []

    static func json<Value: Encodable>(_ value: Value) throws -> JSON {
        let encoder = JSONEncoder()
        encoder.dateEncodingStrategy = .custom { date, encoder in
            var value = encoder.singleValueContainer()
            try value.encode(date.rfc3339.replacingOccurrences(of: ".000Z", with: "+00:00"))
        }
        return try JSON(encoder.encode(value)).smallIds
    }

    /// How the call went, in the contract's words.
    var done: JSON {
        let value = self.value
        var told: [String: JSON] = ["value": value]
        if let items = value.items { told["count"] = .of(items.count) }
        guard let outcome else { return .object(told) }
        told["status"] = .of(outcome.status)
        told["request_id"] = outcome.requestId.map(JSON.string)
        told["recovered"] = .bool(outcome.recovered)
        told["accepted"] = .bool(outcome.accepted)
        told["not_modified"] = .bool(outcome.notModified)
        told["unverified"] = outcome.unverified.isEmpty ? nil : .array(outcome.unverified.map(JSON.string))
        told["custom_id"] = outcome.customId.map(JSON.string)
        told["etag"] = outcome.etag.map(JSON.string)
        told["last_modified"] = outcome.lastModified.map(JSON.string)
        told["record"] = outcome.record?.json
        told["meta"] = outcome.meta.isEmpty ? nil : try? JSON(outcome.meta)
        told["trace"] = outcome.trace.json
        return .object(told)
    }
}

extension Trace {
    var json: JSON {
        let waits = waits.map { JSON.object(["ms": .of($0.ms), "reason": .string($0.reason)]) }
        return ["sends": .of(sends), "looks": .of(looks), "waits": .array(waits)]
    }
}

extension CryptopayError {
    /// The error in the contract's words.
    var json: JSON {
        var told: [String: JSON] = [
            "code": .string(code), "text": .string(description), "message": .string(message), "hint": .string(hint),
            "operation": .string(operation), "trace": trace.json,
            "fields": .array(
                fields.map {
                    ["target": .string($0.target), "code": .string($0.code), "message": .string($0.message)]
                }),
        ]
        told["status"] = status.map(JSON.of)
        told["request_id"] = requestId.map(JSON.string)
        told["api_code"] = apiCode.map(JSON.string)
        told["existing_id"] = existingId.map(JSON.string)
        told["differing"] = differing.isEmpty ? nil : .array(differing.map(JSON.string))
        told["retry_at_ms"] = retryAt.map { .of($0.milliseconds) }
        told["record"] = record?.json
        if let reason {
            var cause: [String: JSON] = ["code": .string(reason.code), "message": .string(reason.message)]
            cause["status"] = reason.status.map(JSON.of)
            told["cause"] = .object(cause)
        }
        if let signed {
            var it: [String: JSON] = ["string_to_sign": .string(signed.stringToSign), "likely": .string(signed.likely)]
            it["clock_difference_ms"] = signed.clockDifferenceMs.map(JSON.of)
            told["signed"] = .object(it)
        }
        return .object(told)
    }
}

extension JSON {
    /// A `UUID` encodes itself in capitals.
    fileprivate var smallIds: JSON {
        switch self {
        case .string(let text): return UUID(uuidString: text) == nil ? self : .string(text.lowercased())
        case .array(let items): return .array(items.map(\.smallIds))
        case .object(let members): return .object(members.mapValues(\.smallIds))
        default: return self
        }
    }
}
