// What observers are told of a call.
import Foundation

/// One step of a call, as observers see it. Holds no body, no header and no secret.
public struct Seen: Sendable, Hashable {
    /// The operation, `invoices.create`.
    public let operation: String
    /// The call's `custom_id`; a generated one is here before it is first sent.
    public let customId: String?
    /// `fetch`, `sleep`, `permit` or `done`.
    public let step: String
    /// For `fetch`: what for. For `sleep`: why. For `done`: `ok` or the error's code.
    public let detail: String
    /// For `sleep`: how long, in ms.
    public let waitMs: Int?
    /// How often the operation was sent so far.
    public let sends: Int
    /// How many rounds of reading there were so far, to find out how a write ended.
    public let looks: Int
    /// What was read from the last response.
    public let read: ReadResponse?

    /// A response, as far as it was read.
    public struct ReadResponse: Sendable, Hashable {
        /// The HTTP status.
        public let status: Int
        /// The request id to tell the API's support.
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
