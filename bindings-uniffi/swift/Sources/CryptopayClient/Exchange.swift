// One exchange with a transport. It ends with the attempt's time, or with the caller's task, whether or not the transport
// listens; a transport that does is given a moment to say what had left.
import Foundation

/// How an exchange ended.
enum Came: Sendable {
    case response(Response)
    case failed(FetchError)
}

/// A transport that keeps the time of a request by itself, and ends at once when its task is cancelled.
protocol KeepsTime: Fetch {}

/// Sends the request once, at most `request.timeoutMs` long.
func exchange(_ fetch: any Fetch, _ request: Request) async -> Came {
    if let own = fetch as? any KeepsTime {
        do {
            return .response(try await own.fetch(request))
        } catch {
            return .failed(error as? FetchError ?? FetchError(.broken, sent: true, cause: error))
        }
    }
    let attempt = Attempt()
    return await withTaskCancellationHandler {
        await withCheckedContinuation { continuation in
            attempt.begin(fetch, request, continuation)
        }
    } onCancel: {
        attempt.end(.broken)
    }
}

private final class Attempt: @unchecked Sendable {
    /// How long a transport may take to say what had left, in ns.
    private static let grace: UInt64 = 5_000_000

    private let lock = NSLock()
    private var waiting: CheckedContinuation<Came, Never>?
    private var work: Task<Void, Never>?
    private var timer: Task<Void, Never>?
    /// Why it was ended from outside.
    private var ended: FetchError.Kind?

    func begin(_ fetch: any Fetch, _ request: Request, _ continuation: CheckedContinuation<Came, Never>) {
        let over = lock.withLock { () -> Bool in
            guard ended == nil else { return true }
            waiting = continuation
            work = Task {
                do {
                    self.settle(.response(try await fetch.fetch(request)))
                } catch {
                    self.settle(.failed(error as? FetchError ?? FetchError(.broken, sent: true, cause: error)))
                }
            }
            timer = Task {
                try? await Task.sleep(nanoseconds: UInt64(max(request.timeoutMs, 0)) * 1_000_000)
                if !Task.isCancelled { self.end(.timeout) }
            }
            return false
        }
        if over { continuation.resume(returning: .failed(FetchError(.broken, sent: false))) }
    }

    /// The time is up, or the caller goes away.
    func end(_ kind: FetchError.Kind) {
        let work = lock.withLock { () -> Task<Void, Never>? in
            if ended == nil { ended = kind }
            return self.work
        }
        guard let work else { return }
        work.cancel()
        Task {
            try? await Task.sleep(nanoseconds: Attempt.grace)
            self.settle(.failed(FetchError(kind, sent: true)))
        }
    }

    private func settle(_ came: Came) {
        let (waiting, timer, ended) = lock.withLock {
            defer { self.waiting = nil }
            return (self.waiting, self.timer, self.ended)
        }
        guard let waiting else { return }
        timer?.cancel()
        if case .failed(let error) = came, let ended {
            waiting.resume(returning: .failed(FetchError(ended, sent: error.sent, cause: error.cause)))
        } else {
            waiting.resume(returning: came)
        }
    }
}

/// Does something that may not listen to cancellation: a cancelled task does not wait for it.
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
