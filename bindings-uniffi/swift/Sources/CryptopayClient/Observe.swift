// What observers are told, and what a rate limit shared by several processes is asked.
import Foundation

/// One step of a call, as observers see it. Holds no body, no header and no secret.
public struct Seen: Sendable, Hashable {
    public let operation: String
    /// The call's `custom_id`; a generated one is here before it is first sent.
    public let customId: String?
    /// `fetch`, `sleep`, `permit` or `done`.
    public let step: String
    /// For `fetch`: what for. For `sleep`: why. For `done`: `ok` or the error's code.
    public let detail: String
    public let waitMs: Int?
    public let sends: Int
    public let looks: Int
    /// What was read from the last response.
    public let read: ReadResponse?

    public struct ReadResponse: Sendable, Hashable {
        public let status: Int
        public let requestId: String?
        /// Server time minus this machine's, in ms.
        public let clockOffsetMs: Int?
        /// How many requests the rate limit still allows now.
        public let placesLeft: Int?
    }

    init(_ json: JSON) {
        operation = json["operation"]?.string ?? ""
        customId = json["custom_id"]?.string
        step = json["step"]?.string ?? ""
        detail = json["detail"]?.string ?? ""
        waitMs = json["wait_ms"]?.int
        sends = json["sends"]?.int ?? 0
        looks = json["looks"]?.int ?? 0
        read = json["read"].flatMap { read in
            guard let status = read["status"]?.int else { return nil }
            return ReadResponse(
                status: status, requestId: read["request_id"]?.string, clockOffsetMs: read["clock_offset_ms"]?.int,
                placesLeft: read["places_left"]?.int)
        }
    }
}

/// Is told every step of every call; it must be quick.
public typealias Observer = @Sendable (Seen) -> Void

/// A wish for places in a shared rate limit.
public struct Permit: Sendable, Hashable {
    public let cost: Int
    /// `urgent`, `write`, `read` or `page`.
    public let priority: String
    /// The pause that the last 429 asked for, in ms, else 0.
    public let frozenMs: Int

    init(_ json: JSON) {
        cost = json["cost"]?.int ?? 1
        priority = json["priority"]?.string ?? ""
        frozenMs = json["frozen_ms"]?.int ?? 0
    }
}

/// A rate limit that several processes share.
public protocol PermitStore: Sendable {
    /// Reserves `permit.cost` places and answers in how many ms they may be used. When it throws, the client's own limit
    /// decides.
    func permit(_ permit: Permit) async throws -> Int
}
