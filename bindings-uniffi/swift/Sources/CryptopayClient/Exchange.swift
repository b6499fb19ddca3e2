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
            return .failed(FetchError(thrown: error))
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
                    self.settle(.failed(FetchError(thrown: error)))
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
