// Where the keys of handled callbacks are kept. Several processes share one: a row with key, done and until. A key is kept
// for at least eight days, because deliveries are repeated for almost a week.
import Foundation

/// What a claim answers.
public enum Claim: String, Sendable {
    /// The key is the caller's until the lease ends.
    case new
    /// Another one has it.
    case inProgress = "in_progress"
    /// It was handled.
    case done
}

/// What keeps the keys; several processes share one. Every method is atomic. A row that is only unique, or a key that only
/// expires, is not enough: `core/docs/callback-store.md` in the repository says why, and has a store on PostgreSQL.
public protocol CallbackStore: Sendable {
    /// Claims a key for one delivery of an event, unless it is another one's or was handled.
    ///
    /// - Parameters:
    ///   - key: The event's `dedupeKey`, 64 hex digits.
    ///   - leaseMs: How long the claim holds, in ms, unless it is completed or released before.
    /// - Returns: Whether it is the caller's now.
    func claim(_ key: String, leaseMs: Int) async throws -> Claim
    /// The key was handled: keep it for eight days.
    func complete(_ key: String) async throws
    /// The handler failed within its lease: the key is free. A completed key stays completed.
    func release(_ key: String) async throws
}

/// A store for one process, lost with it. Several processes need a shared one: see `CallbackStore`.
public actor MemoryStore: CallbackStore {
    private struct Entry {
        var done: Bool
        var until: Int
    }

    private static let keepMs = 8 * 24 * 3600 * 1000
    private let now: @Sendable () -> Int
    private var entries: [String: Entry] = [:]
    private var sweepAt = 1024

    /// - Parameter now: Unix time in ms, for tests.
    public init(now: @escaping @Sendable () -> Int = { Int(Date().timeIntervalSince1970 * 1000) }) { self.now = now }

    public func claim(_ key: String, leaseMs: Int) -> Claim {
        let now = now()
        if let entry = entries[key], now < entry.until { return entry.done ? .done : .inProgress }
        if entries.count >= sweepAt {
            entries = entries.filter { now < $0.value.until }
            sweepAt = max(2 * entries.count, 1024)
        }
        entries[key] = Entry(done: false, until: now + leaseMs)
        return .new
    }

    public func complete(_ key: String) { entries[key] = Entry(done: true, until: now() + Self.keepMs) }

    public func release(_ key: String) {
        if entries[key]?.done == false { entries[key] = nil }
    }
}
