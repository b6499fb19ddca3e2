// Clock, entropy and waiting, so that tests can lend their own. Wall time is written into headers, monotonic time is
// measured with.
import Foundation

/// A moment on both clocks, in ms.
public struct Moment: Sendable, Hashable {
    /// Since 1970.
    public let unixMs: Int
    /// Since some start; never goes back.
    public let tickMs: Int

    /// - Parameters:
    ///   - unixMs: Ms since 1970.
    ///   - tickMs: Ms since some start.
    public init(unixMs: Int, tickMs: Int) {
        self.unixMs = unixMs
        self.tickMs = tickMs
    }
}

/// What a client asks for.
public protocol Time: Sendable {
    /// What both clocks show.
    func now() -> Moment
    /// 32 hex digits, other ones each time: what waits and generated ids are drawn from.
    func entropy() -> String
    /// Waits; throws when the task is cancelled.
    func sleep(ms: Int) async throws
}

/// The machine's clocks.
public struct RealTime: Time {
    /// Clocks without settings: all are the same.
    public init() {}

    public func now() -> Moment {
        Moment(
            unixMs: Int((Date().timeIntervalSince1970 * 1000).rounded(.down)),
            tickMs: Int(DispatchTime.now().uptimeNanoseconds / 1_000_000)
        )
    }

    public func entropy() -> String {
        func half() -> String {
            let hex = String(UInt64.random(in: .min ... .max), radix: 16)
            return String(repeating: "0", count: 16 - hex.count) + hex
        }
        return half() + half()
    }

    public func sleep(ms: Int) async throws {
        try await Task.sleep(nanoseconds: UInt64(max(ms, 0)) * 1_000_000)
    }
}
