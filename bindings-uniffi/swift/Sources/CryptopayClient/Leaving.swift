// Work that may not listen to cancellation or to the time, such as asking a store for a permit: a cancelled task goes away
// from it at once, and any other when the time is up.
import Foundation

/// The time was up.
struct Late: Error {}

/// What `act` answers or throws, or a `CancellationError` as soon as the task is cancelled, or `Late` after so many ms. `act` is
/// cancelled then, too, but not waited for.
func leaving<T: Sendable>(within ms: Int, _ act: @escaping @Sendable () async throws -> T) async throws -> T {
    let answer = Answered<T>()
    let work = Task { answer.settle(await Result { try await act() }) }
    let timer = Task {
        try await Task.sleep(nanoseconds: UInt64(max(ms, 0)) * 1_000_000)
        answer.settle(.failure(Late()))
        work.cancel()
    }
    defer { timer.cancel() }
    return try await withTaskCancellationHandler {
        try await withCheckedThrowingContinuation { answer.wait($0) }
    } onCancel: {
        work.cancel()
        answer.settle(.failure(CancellationError()))
    }
}

/// The first answer of several, for one who waits.
private final class Answered<T: Sendable>: @unchecked Sendable {
    private let lock = NSLock()
    private var waiting: CheckedContinuation<T, any Error>?
    private var came: Result<T, any Error>?

    func wait(_ continuation: CheckedContinuation<T, any Error>) {
        let came = lock.withLock { () -> Result<T, any Error>? in
            if self.came == nil { waiting = continuation }
            return self.came
        }
        if let came { continuation.resume(with: came) }
    }

    func settle(_ result: Result<T, any Error>) {
        let waiting = lock.withLock { () -> CheckedContinuation<T, any Error>? in
            guard came == nil else { return nil }
            came = result
            defer { self.waiting = nil }
            return self.waiting
        }
        waiting?.resume(with: result)
    }
}

extension Result where Failure == any Error {
    fileprivate init(_ act: () async throws -> Success) async {
        do { self = .success(try await act()) } catch { self = .failure(error) }
    }
}
