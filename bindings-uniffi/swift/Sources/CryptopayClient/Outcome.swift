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
    /// The request id to tell the API's support.
    public let requestId: String?
    /// The `custom_id` of the call, the caller's or a generated one.
    public let customId: String?
    /// True: the answer was lost, and the object was found by reading.
    public let recovered: Bool
    /// True: the API took the request but has not finished it.
    public let accepted: Bool
    /// True: a read with a condition found nothing new.
    public let notModified: Bool
    /// Fields that could not be compared when the object was found.
    public let unverified: [String]
    /// What `ifNoneMatch` takes at the next read.
    public let etag: String?
    /// What `ifModifiedSince` takes at the next read, as it came.
    public let lastModified: String?
    /// For an accepted write: what `resolve` takes.
    public let record: PendingRecord?
    /// How the call went: sends, rounds of finding out, waits.
    public let trace: Trace
    /// The JSON text of `data`, as it came: what the models do not know is here.
    public let data: Data
    /// The JSON text of `meta`.
    public let meta: Data
    /// When it was received.
    public let receivedAt: Date

    /// How often the request was sent.
    public var attempts: Int { trace.sends }

    /// - Parameters:
    ///   - done: How the core ended the call.
    ///   - body: The body of the last response.
    ///   - now: When it was received.
    init(_ done: Done, _ body: Data, at now: Moment) {
        let json = done.json
        func part(_ range: Range<Int>?) -> Data {
            guard let range, range.upperBound <= body.count else { return Data() }
            return body.subdata(in: body.startIndex + range.lowerBound..<body.startIndex + range.upperBound)
        }
        status = json["status"]?.int ?? 0
        requestId = json["request_id"]?.string
        customId = json["custom_id"]?.string
        recovered = json["recovered"] == .bool(true)
        accepted = json["accepted"] == .bool(true)
        notModified = json["not_modified"] == .bool(true)
        unverified = (json["unverified"]?.items ?? []).compactMap(\.string)
        etag = json["etag"]?.string
        lastModified = json["last_modified"]?.string
        record = json["record"].flatMap { $0.isNull ? nil : PendingRecord(json: $0) }
        trace = Trace(json["trace"])
        data = part(done.data)
        meta = part(done.meta)
        receivedAt = Date(milliseconds: now.unixMs)
    }

    /// `data` as JSON.
    public func json() throws -> JSON { try JSON(data) }
}

/// A read with a condition found nothing new. No failure: `outcome` tells more.
public struct NotModified: Error, Sendable {
    /// How the call went.
    public let outcome: Outcome
}

/// How a write ended. Applied says that the request was carried out, not that the money arrived: read the object's status.
public struct Resolution: Sendable {
    /// What is known now.
    public enum State: String, Sendable {
        /// It was carried out: read the object's status.
        case applied
        /// It was not and never will be: do it again, where a quote has lapsed under a new `custom_id`.
        case notApplied = "not_applied"
        /// Nothing is proven: do not pay under another `custom_id`.
        case unknown
    }

    /// How it ended, as far as that is known.
    public let state: State
    /// For `unknown`: what stood in the way. Where it passes or can be mended (no network, a 401, a 5xx, the rate limit), ask
    /// again after that.
    public let reason: Cause?
    /// For `unknown`: when to ask again. `nil`, and no `reason` to mend: no later read will tell. Look at the object and the
    /// account's transactions, or ask Cryptopay's support.
    public let retryAt: Date?
    /// The fields in which an object that was found differs from the request.
    public let differing: [String]
    /// How the resolving itself went.
    public let outcome: Outcome

    /// The object, where one was read: `CoinWithdrawal` for a payout, and so on.
    ///
    /// - Throws: `DecodingError` when it does not fit.
    public func value<Value: Decodable>(as type: Value.Type) throws -> Value? {
        outcome.data.isEmpty ? nil : try JSON(outcome.data).decode(type)
    }
}
