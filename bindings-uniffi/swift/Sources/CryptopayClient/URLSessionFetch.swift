// The default transport where there is no other (on Linux `CurlFetch` is). One session keeps connections alive; what must
// not travel on a used connection gets a session of its own: `fresh` requests, and writes without a body, because on
// Linux `URLSession` silently sends those again when a reused connection breaks. Its `timeoutInterval` never ends a drip,
// so the time is kept here.
import Foundation

#if canImport(FoundationNetworking)
    import FoundationNetworking
#endif

#if !os(Linux)
    /// The transport of a client that is given none.
    public typealias DefaultFetch = URLSessionFetch
#endif

/// A transport over `URLSession`. Clients can share one. On Linux `CurlFetch` is the better one: there `URLSession` (Swift
/// 6.0) ends the process when a server closes the connection cleanly in the middle of the response's headers.
public final class URLSessionFetch: Fetch, KeepsTime {
    private let shared: Wire
    private let keepAlive: Bool
    private let configuration: @Sendable () -> URLSessionConfiguration

    /// - Parameters:
    ///   - keepAlive: false: every request gets a connection of its own. On Linux `URLSession` sends a read again when a
    ///     reused connection breaks, which is harmless but not seen by anybody.
    ///   - configuration: Makes the session's configuration, for proxies and such. Cookies, caches and stored credentials
    ///     are switched off in any case.
    public init(
        keepAlive: Bool = true,
        configuration: @escaping @Sendable () -> URLSessionConfiguration = { URLSessionConfiguration.ephemeral }
    ) {
        (self.keepAlive, self.configuration) = (keepAlive, configuration)
        shared = Wire(configuration())
    }

    deinit { shared.close() }

    public func fetch(_ request: Request) async throws -> Response {
        let reads = request.method == "GET"
        guard !keepAlive || request.fresh || (!reads && request.body == nil) else {
            return try await shared.exchange(request)
        }
        let once = Wire(configuration())
        defer { once.close() }
        return try await once.exchange(request)
    }
}

/// A session and the exchanges on it. Each keeps its own time: one alarm serves them all, because a timer for every exchange
/// would outlive it by seconds.
private final class Wire: NSObject, URLSessionDataDelegate, @unchecked Sendable {
    private let lock = NSLock()
    private var exchanges: [Int: Exchange] = [:]
    private var session: URLSession?
    private var alarm: (any DispatchSourceTimer)?
    /// When the alarm goes off, in ns.
    private var rings = UInt64.max

    private struct Exchange {
        let continuation: CheckedContinuation<Response, any Error>
        let task: URLSessionTask
        let maxBody: Int
        let ends: UInt64
        var response: HTTPURLResponse?
        var body = Data()
    }

    init(_ configuration: URLSessionConfiguration) {
        super.init()
        configuration.httpCookieStorage = nil
        configuration.httpShouldSetCookies = false
        configuration.urlCache = nil
        configuration.requestCachePolicy = .reloadIgnoringLocalCacheData
        configuration.urlCredentialStorage = nil
        configuration.httpMaximumConnectionsPerHost = 64
        #if canImport(FoundationNetworking)
            let queue: OperationQueue? = Inline()
        #else
            let queue: OperationQueue? = nil
        #endif
        session = URLSession(configuration: configuration, delegate: self, delegateQueue: queue)
    }

    func close() {
        session?.finishTasksAndInvalidate()
        lock.withLock { alarm }?.cancel()
    }

    func exchange(_ request: Request) async throws -> Response {
        guard let session, let url = URL(string: request.url), url.absoluteString == request.url else {
            throw FetchError(.broken, sent: false)
        }
        var asked = URLRequest(url: url)
        asked.httpMethod = request.method
        asked.httpBody = request.body
        asked.timeoutInterval = Double(request.timeoutMs) / 1000 + 60
        for (name, value) in request.headers { asked.setValue(value, forHTTPHeaderField: name) }
        let task = session.dataTask(with: asked)
        let ends = DispatchTime.now().uptimeNanoseconds + UInt64(max(request.timeoutMs, 0)) * 1_000_000
        return try await withTaskCancellationHandler {
            try await withCheckedThrowingContinuation { continuation in
                let exchange = Exchange(continuation: continuation, task: task, maxBody: request.maxBody, ends: ends)
                lock.withLock {
                    exchanges[task.taskIdentifier] = exchange
                    ring(at: ends)
                }
                // Whoever was cancelled before is not heard by the handler below any more.
                if Task.isCancelled { give(up: task, .broken, sent: false) } else { task.resume() }
            }
        } onCancel: {
            give(up: task, .broken)
        }
    }

    /// Ends an exchange at once, whatever the session still does with it.
    private func give(up task: URLSessionTask, _ kind: FetchError.Kind, sent: Bool = true) {
        guard let exchange = lock.withLock({ exchanges.removeValue(forKey: task.taskIdentifier) }) else { return }
        exchange.continuation.resume(throwing: FetchError(kind, sent: sent))
        // Never on the session's own queue, which it waits for.
        DispatchQueue.global().async { task.cancel() }
    }

    /// Sets the alarm, unless it goes off before. Under the lock.
    private func ring(at time: UInt64) {
        guard time < rings else { return }
        rings = time
        let alarm = self.alarm ?? DispatchSource.makeTimerSource(flags: .strict)
        alarm.schedule(deadline: DispatchTime(uptimeNanoseconds: time), leeway: .milliseconds(1))
        guard self.alarm == nil else { return }
        self.alarm = alarm
        alarm.setEventHandler { [weak self] in self?.late() }
        alarm.resume()
    }

    /// Gives up what has no time left.
    private func late() {
        let now = DispatchTime.now().uptimeNanoseconds
        let over = lock.withLock { () -> [URLSessionTask] in
            rings = .max
            exchanges.values.map(\.ends).filter { $0 > now }.min().map(ring)
            return exchanges.values.filter { $0.ends <= now }.map(\.task)
        }
        over.forEach { give(up: $0, .timeout) }
    }

    private func change<T>(_ task: URLSessionTask, _ act: (inout Exchange) -> T) -> T? {
        lock.withLock {
            guard var exchange = exchanges.removeValue(forKey: task.taskIdentifier) else { return nil }
            let answer = act(&exchange)
            exchanges[task.taskIdentifier] = exchange
            return answer
        }
    }

    func urlSession(
        _ session: URLSession, task: URLSessionTask, willPerformHTTPRedirection response: HTTPURLResponse,
        newRequest request: URLRequest, completionHandler: @escaping @Sendable (URLRequest?) -> Void
    ) {
        completionHandler(nil)
    }

    func urlSession(
        _ session: URLSession, dataTask: URLSessionDataTask, didReceive response: URLResponse,
        completionHandler: @escaping @Sendable (URLSession.ResponseDisposition) -> Void
    ) {
        _ = change(dataTask) { $0.response = response as? HTTPURLResponse }
        completionHandler(.allow)
    }

    func urlSession(_ session: URLSession, dataTask: URLSessionDataTask, didReceive data: Data) {
        let tooLarge = change(dataTask) { exchange -> Bool in
            guard exchange.body.count + data.count <= exchange.maxBody else { return true }
            exchange.body.append(data)
            return false
        }
        if tooLarge == true { give(up: dataTask, .tooLarge) }
    }

    func urlSession(_ session: URLSession, task: URLSessionTask, didCompleteWithError error: (any Error)?) {
        guard let exchange = lock.withLock({ exchanges.removeValue(forKey: task.taskIdentifier) }) else { return }
        if let error {
            exchange.continuation.resume(throwing: FetchError.of(session: error))
        } else if let response = exchange.response ?? task.response as? HTTPURLResponse {
            exchange.continuation.resume(returning: Wire.answer(response, exchange.body))
        } else {
            exchange.continuation.resume(throwing: FetchError(.broken, sent: true))
        }
    }

    private static func answer(_ response: HTTPURLResponse, _ body: Data) -> Response {
        var headers: [(name: String, value: String)] = []
        for (name, value) in response.allHeaderFields {
            if let name = name as? String, let value = value as? String { headers.append((name, value)) }
        }
        return Response(status: response.statusCode, headers: headers, body: body)
    }
}

extension FetchError {
    /// What never left: no name, no connection, no trusted peer. An error that is described by the system may quote the request, so only its
    /// domain and code are kept.
    static func of(session error: any Error) -> FetchError {
        let (known, code) = (error as NSError, (error as? URLError)?.code)
        let never = code.flatMap { proves(known, $0) ? FetchError.never[$0] : nil }
        let kind: FetchError.Kind = never != nil ? .connect : code == .timedOut ? .timeout : .broken
        var failure = FetchError(kind, sent: never == nil, cause: NSError(domain: known.domain, code: known.code))
        failure.words = never ?? "the connection broke (\(known.domain) \(known.code))"
        return failure
    }

    /// Whether the error says for certain that no connection was made. On Linux the code does not: a connection that was
    /// refused at one address of the host, made at another and then broken is told as `cannotConnectToHost` too. What curl
    /// says does.
    private static func proves(_ error: NSError, _ code: URLError.Code) -> Bool {
        #if canImport(FoundationNetworking)
            let said = error.userInfo[NSLocalizedDescriptionKey] as? String ?? ""
            switch code {
            case .cannotConnectToHost: return said.hasPrefix("Failed to connect to ")
            case .cannotFindHost, .dnsLookupFailed: return said.hasPrefix("Could not resolve ")
            default: return true
            }
        #else
            return true
        #endif
    }

    private static let never: [URLError.Code: String] = [
        .cannotFindHost: "the host's name is not known",
        .dnsLookupFailed: "the host's name is not known",
        .cannotConnectToHost: "no connection to the host",
        .serverCertificateUntrusted: "the server's certificate is not trusted",
        .serverCertificateHasBadDate: "the server's certificate has expired, or the clock is wrong",
        .serverCertificateHasUnknownRoot: "the server's certificate is not trusted",
        .serverCertificateNotYetValid: "the server's certificate is not valid yet, or the clock is wrong",
    ]
}

#if canImport(FoundationNetworking)
    /// Tells the delegate where the session is: a queue of operations would cost more than the exchange itself.
    private final class Inline: OperationQueue, @unchecked Sendable {
        override func addOperation(_ block: @escaping @Sendable () -> Void) { block() }
    }
#endif
