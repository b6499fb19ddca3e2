// What a rate limit that several processes share is asked, and what it answers.

/// A wish for places in a shared rate limit.
public struct Permit: Sendable, Hashable {
    /// How many places, one for each request: two for a create whose commit follows.
    public let cost: Int
    /// `urgent`, `write`, `read` or `page`.
    public let priority: String
    /// The pause that the last 429 asked for, in ms, else 0. While it is above 0, nobody may send for that long.
    public let frozenMs: Int
    /// How long the answer is waited for, in ms (5 s): when it comes later, the client's own limit decides.
    public let timeoutMs: Int

    init(_ json: JSON) {
        cost = json["cost"]?.int ?? 1
        priority = json["priority"]?.string ?? ""
        frozenMs = json["frozen_ms"]?.int ?? 0
        timeoutMs = json["timeout_ms"]?.int ?? 0
    }
}

/// A rate limit that several processes share: at most 195 places in any 61 s for one API key, over all of them.
public protocol PermitStore: Sendable {
    /// Reserves `permit.cost` places and answers in how many ms they are free (0: now); they are not asked for again. While
    /// `permit.frozenMs` is above 0, nobody may send for that long. When it throws, or has not answered after
    /// `permit.timeoutMs` (5 s), the client's own limit decides: set `rateLimit` to 195/N as well, for N processes.
    func permit(_ permit: Permit) async throws -> Int
}
