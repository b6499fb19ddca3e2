// Work that may not listen to cancellation, such as asking a store for a permit: a cancelled task goes away from it at once.
import Foundation

/// What `act` answers or throws, or a `CancellationError` as soon as the task is cancelled. `act` is cancelled then, too, but
/// not waited for.
func leaving<T: Sendable>(_ act: @escaping @Sendable () async throws -> T) async throws -> T {
    let answer = Answered<T>()
    let work = Task { answer.settle(await Result { try await act() }) }
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
