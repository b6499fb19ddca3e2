// What a rate limit that several processes share is asked, and what it answers.

/// A wish for places in a shared rate limit.
public struct Permit: Sendable, Hashable {
    /// How many places, one for each request.
    public let cost: Int
    /// `urgent`, `write`, `read` or `page`.
    public let priority: String
    /// The pause that the last 429 asked for, in ms, else 0.
    public let frozenMs: Int
    /// How long the answer is waited for, in ms: when it comes later, the client's own limit decides.
    public let timeoutMs: Int

    init(_ json: JSON) {
        cost = json["cost"]?.int ?? 1
        priority = json["priority"]?.string ?? ""
        frozenMs = json["frozen_ms"]?.int ?? 0
        timeoutMs = json["timeout_ms"]?.int ?? 0
    }
}

/// A rate limit that several processes share.
public protocol PermitStore: Sendable {
    /// Reserves `permit.cost` places and answers in how many ms they may be used. When it throws, or takes longer than
    /// `permit.timeoutMs`, the client's own limit decides.
    func permit(_ permit: Permit) async throws -> Int
}
