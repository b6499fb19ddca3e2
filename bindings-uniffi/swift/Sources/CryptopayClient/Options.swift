// What can be set for one call beside its parameters. What is not set is as the client has it.
import Foundation

/// What can be set for a read.
public struct ReadOptions: Sendable {
    /// How long the whole call may take, in seconds: waits, attempts and finding out.
    public var timeout: TimeInterval?
    /// How long one attempt may take, in seconds.
    public var attemptTimeout: TimeInterval?
    /// How often the operation may be sent again; 0 means one request.
    public var maxRetries: Int?
    /// The `etag` of an earlier outcome: answers only when the object has another one, otherwise throws `NotModified`.
    public var ifNoneMatch: String?
    /// The `lastModified` of an earlier outcome: answers only when the object changed since, otherwise throws `NotModified`.
    public var ifModifiedSince: String?

    /// What is left out is as the client has it.
    public init(
        timeout: TimeInterval? = nil, attemptTimeout: TimeInterval? = nil, maxRetries: Int? = nil,
        ifNoneMatch: String? = nil, ifModifiedSince: String? = nil
    ) {
        (self.timeout, self.attemptTimeout, self.maxRetries) = (timeout, attemptTimeout, maxRetries)
        (self.ifNoneMatch, self.ifModifiedSince) = (ifNoneMatch, ifModifiedSince)
    }

    var json: JSON {
        options(
            timeout, attemptTimeout, maxRetries,
            [
                "if_none_match": ifNoneMatch.map(JSON.string), "if_modified_since": ifModifiedSince.map(JSON.string),
            ])
    }
}

/// What can be set for a write.
public struct WriteOptions: Sendable {
    /// How long the whole call may take, in seconds: waits, attempts and finding out.
    public var timeout: TimeInterval?
    /// How long one attempt may take, in seconds.
    public var attemptTimeout: TimeInterval?
    /// How often the operation may be sent again; 0 means one request.
    public var maxRetries: Int?
    /// Whether the client makes a `custom_id` where you give none. Unless told it does, except for creates that move money.
    public var generatedCustomId: Bool?

    /// What is left out is as the client has it.
    public init(
        timeout: TimeInterval? = nil, attemptTimeout: TimeInterval? = nil, maxRetries: Int? = nil,
        generatedCustomId: Bool? = nil
    ) {
        (self.timeout, self.attemptTimeout, self.maxRetries) = (timeout, attemptTimeout, maxRetries)
        self.generatedCustomId = generatedCustomId
    }

    var json: JSON {
        options(
            timeout, attemptTimeout, maxRetries,
            [
                "custom_id": generatedCustomId.map { ["generated": .bool($0)] }
            ])
    }
}

/// What can be set for a commit.
public struct CommitOptions<Quote: Sendable>: Sendable {
    /// What the create answered: it says until when a commit may be repeated, and proves a recalculation.
    public var quote: Answer<Quote>?
    /// How long the whole call may take, in seconds: waits, attempts and finding out.
    public var timeout: TimeInterval?
    /// How long one attempt may take, in seconds.
    public var attemptTimeout: TimeInterval?
    /// How often the operation may be sent again; 0 means one request.
    public var maxRetries: Int?

    /// What is left out is as the client has it.
    public init(
        quote: Answer<Quote>? = nil, timeout: TimeInterval? = nil, attemptTimeout: TimeInterval? = nil,
        maxRetries: Int? = nil
    ) {
        (self.quote, self.timeout, self.attemptTimeout, self.maxRetries) = (quote, timeout, attemptTimeout, maxRetries)
    }

    var json: JSON {
        var told: JSON?
        if let outcome = quote?.outcome, case .object(var members)? = try? outcome.json() {
            members["received_ms"] = .number(String(outcome.receivedAt.milliseconds))
            told = .object(members)
        }
        return options(timeout, attemptTimeout, maxRetries, ["quote": told])
    }
}

/// Seconds as whole milliseconds, at least one for anything above zero; what is no time is for the core to refuse.
func milliseconds(_ seconds: TimeInterval) -> JSON {
    let value = (seconds * 1000).rounded()
    guard value.isFinite, abs(value) < 1e15 else { return .string(String(seconds)) }
    return .number(String(Int(value == 0 && seconds > 0 ? 1 : value)))
}

private func options(
    _ timeout: TimeInterval?, _ attemptTimeout: TimeInterval?, _ maxRetries: Int?, _ more: [String: JSON?]
) -> JSON {
    var all = more.compactMapValues { $0 }
    all["deadline_ms"] = timeout.map(milliseconds)
    all["attempt_timeout_ms"] = attemptTimeout.map(milliseconds)
    all["max_retries"] = maxRetries.map(\.parameter)
    return .object(all)
}
