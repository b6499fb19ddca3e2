// Time that jumps over waits and lets the sandbox's time pass too.
import Foundation

@testable import CryptopayClient

/// Time that runs with the real one and jumps over waits, on both sides: only when every running step sleeps, because one that
/// computes or waits for an answer would find another time than it reckoned with.
final class VirtualTime: Time, @unchecked Sendable {
    private let lock = NSLock()
    private let real = RealTime()
    private let wall: Int
    private let began: Int
    private var jumped = 0
    private var drawn: UInt64 = 0
    private var turn: Task<Void, any Error>?
    private var running = 0
    private var asleep = 0
    private let advance: @Sendable (Int) async throws -> Void

    init(advance: @escaping @Sendable (Int) async throws -> Void = { _ in }) {
        self.advance = advance
        (wall, began) = (real.now().unixMs, real.now().tickMs)
    }

    func now() -> Moment {
        let tick = real.now().tickMs - began + lock.withLock { jumped }
        return Moment(unixMs: wall + tick, tickMs: tick)
    }

    func entropy() -> String {
        let drawn = lock.withLock { () -> UInt64 in
            self.drawn += 1
            return self.drawn &* 0x9E37_79B9_7F4A_7C15
        }
        let hex = String(drawn, radix: 16)
        return String(repeating: "0", count: 16 - hex.count) + hex + "f39cc0605cedc835"
    }

    func sleep(ms: Int) async throws { try await pass(ms) }

    /// So many more steps run; those that run side by side are counted before the first starts.
    func began(_ steps: Int) { lock.withLock { running += steps } }
    /// One of them is done.
    func ended() { lock.withLock { running -= 1 } }

    /// An answer that never comes is waited for half a second.
    private func othersSleep() async {
        for _ in 0..<500 where lock.withLock({ asleep < running }) { try? await Task.sleep(nanoseconds: 1_000_000) }
    }

    /// Of two who wait at once, the later only jumps over what is left.
    func pass(_ ms: Int) async throws {
        let until = now().tickMs + ms
        let task = lock.withLock { () -> Task<Void, any Error> in
            asleep += 1
            let before = turn
            let task = Task { [self] in
                _ = await before?.result
                // Awake before the next one has its turn.
                defer { lock.withLock { asleep -= 1 } }
                if now().tickMs < until { await othersSleep() }
                let left = until - now().tickMs
                guard left > 0 else { return }
                lock.withLock { jumped += left }
                try await advance(left)
            }
            turn = task
            return task
        }
        try await task.value
    }
}
