// How a successful call went, and the value with it.
import Foundation

/// What a call answered: the value, whose members can be read from here directly, and how the call went.
@dynamicMemberLookup
public struct Answer<Value: Sendable>: Sendable {
    /// The object, list or mapping.
    public let value: Value
    /// What is known of the call besides its value.
    public let outcome: Outcome

    public subscript<Member>(dynamicMember member: KeyPath<Value, Member>) -> Member { value[keyPath: member] }
}

/// What is known of a call besides its value.
public struct Outcome: Sendable {
    /// The HTTP status of the last response.
    public let status: Int
    public let requestId: String?
    /// The `custom_id` of the call, the caller's or a generated one.
    public let customId: String?
    /// True: the answer was lost, and the object was found by reading.
    public let recovered: Bool
    /// True: the API took the request but has not finished it.
    public let accepted: Bool
    public let notModified: Bool
    /// Fields that could not be compared when the object was found.
    public let unverified: [String]
    public let etag: String?
    public let lastModified: String?
    /// For an accepted write: what `resolve` takes.
    public let record: PendingRecord?
    public let trace: Trace
    /// The JSON text of `data`, as it came: what the models do not know is here.
    public let data: Data
    /// The JSON text of `meta`.
    public let meta: Data
    /// When it was received.
    public let receivedAt: Date

    /// How often the request was sent.
    public var attempts: Int { trace.sends }

    /// `data` as JSON.
    public func json() throws -> JSON { try JSON(data) }
}

/// A read with a condition found nothing new. No failure: `outcome` tells more.
public struct NotModified: Error, Sendable {
    public let outcome: Outcome
}

/// How a write ended.
public struct Resolution: Sendable {
    /// What is known now.
    public enum State: String, Sendable {
        case applied
        case notApplied = "not_applied"
        case unknown
    }

    public let state: State
    /// For `unknown`: what stood in the way.
    public let reason: Cause?
    /// For `unknown`: when to try again.
    public let retryAt: Date?
    /// The fields in which an object that was found differs from the request.
    public let differing: [String]
    public let outcome: Outcome

    /// The object, where one was read.
    public func value<Value: Decodable>(as type: Value.Type) throws -> Value? {
        outcome.data.isEmpty ? nil : try JSON(outcome.data).decode(type, strict: false)
    }
}
