// Time for many calls at once that nobody has to wait for: when every one of them sleeps, the sandbox's clock is moved to
// the first that is to wake, and the client's with it. Only sockets take real time.
import CryptopayClient
import Foundation

/// The real clocks, plus what was slept.
final class FastTime: Time, @unchecked Sendable {
    private struct Sleeper {
        let until: Int
        let number: Int
        let woken: CheckedContinuation<Void, any Error>
    }

    private let lock = NSLock()
    private let real = RealTime()
    private let advance: @Sendable (Int) async throws -> Void
    let random: Dice
    private var passed: Int
    private var awake = 0
    private var moving = false
    private var sleepers: [Sleeper] = []
    private var drawn = 0

    init(passedMs: Int = 0, random: Dice, advance: @escaping @Sendable (Int) async throws -> Void) {
        (passed, self.random, self.advance) = (passedMs, random, advance)
    }

    var passedMs: Int { lock.withLock { passed } }

    /// Somebody else moved the sandbox's clock to this.
    func catchUp(_ passedMs: Int) { lock.withLock { passed = max(passed, passedMs) } }

    func now() -> Moment {
        let (now, passed) = (real.now(), passedMs)
        return Moment(unixMs: now.unixMs + passed, tickMs: now.tickMs + passed)
    }

    func entropy() -> String { random.hex() + random.hex() }

    /// So many come who do not sleep.
    func join(_ count: Int = 1) { lock.withLock { awake += count } }

    /// One that shared this time is done.
    func leave() {
        lock.withLock { awake -= 1 }
        move()
    }

    func sleep(ms: Int) async throws {
        let number = lock.withLock { () -> Int in
            drawn += 1
            return drawn
        }
        let until = now().tickMs + ms
        try await withTaskCancellationHandler {
            try await withCheckedThrowingContinuation { woken in
                let gone = lock.withLock { () -> Bool in
                    if Task.isCancelled { return true }
                    awake -= 1
                    sleepers.append(Sleeper(until: until, number: number, woken: woken))
                    return false
                }
                if gone { woken.resume(throwing: CancellationError()) } else { move() }
            }
        } onCancel: {
            wake { $0.number == number }.forEach { $0.resume(throwing: CancellationError()) }
        }
    }

    private func wake(_ which: (Sleeper) -> Bool) -> [CheckedContinuation<Void, any Error>] {
        lock.withLock {
            let woken = sleepers.filter(which)
            sleepers.removeAll(where: which)
            awake += woken.count
            return woken.map(\.woken)
        }
    }

    /// Moves the time, if everybody sleeps.
    private func move() {
        let due = lock.withLock { () -> Int? in
            guard !moving, awake == 0, let first = sleepers.map(\.until).min() else { return nil }
            moving = true
            return first
        }
        guard let due else { return }
        Task {
            let step = max(due - now().tickMs, 0)
            do { try await advance(step) } catch { fatalError("the sandbox's clock does not move: \(error)") }
            lock.withLock { passed += step }
            let now = now().tickMs
            let woken = wake { $0.until <= now }
            lock.withLock { moving = false }
            woken.forEach { $0.resume() }
            if woken.isEmpty { move() }
        }
    }
}

/// Random numbers that a seed repeats: SplitMix64.
final class Dice: @unchecked Sendable {
    private let lock = NSLock()
    private var state: UInt64

    init(_ seed: Int) { state = UInt64(bitPattern: Int64(seed)) }

    private func next() -> UInt64 {
        lock.withLock {
            state &+= 0x9E37_79B9_7F4A_7C15
            var mixed = state
            mixed = (mixed ^ (mixed >> 30)) &* 0xBF58_476D_1CE4_E5B9
            mixed = (mixed ^ (mixed >> 27)) &* 0x94D0_49BB_1331_11EB
            return mixed ^ (mixed >> 31)
        }
    }

    /// One of `range`.
    func draw(_ range: ClosedRange<Int>) -> Int { range.lowerBound + Int(next() % UInt64(range.count)) }

    /// True one time in so many.
    func oneIn(_ count: Int) -> Bool { draw(1...count) == 1 }

    func hex() -> String {
        let hex = String(next(), radix: 16)
        return String(repeating: "0", count: 16 - hex.count) + hex
    }
}

/// A transport whose user does not wait for a stalled answer for long, in real time.
struct Impatient: Fetch {
    let inner: any Fetch
    let random: Dice

    func fetch(_ request: Request) async throws -> Response {
        let patience = UInt64(min(request.timeoutMs, random.draw(50...200))) * 1_000_000
        return try await withThrowingTaskGroup(of: Response.self) { group in
            defer { group.cancelAll() }
            group.addTask { try await inner.fetch(request) }
            group.addTask {
                try await Task.sleep(nanoseconds: patience)
                throw FetchError(.timeout, sent: true)
            }
            guard let first = try await group.next() else { throw CancellationError() }
            return first
        }
    }
}
