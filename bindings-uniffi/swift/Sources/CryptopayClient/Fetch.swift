// What moves the bytes. A fetch sends one request and returns its response, or throws `FetchError`. It repeats nothing,
// follows no redirect and signs nothing; everything else is decided elsewhere.
import Foundation

/// A transport. It is cancelled through its task, and closes its connection then.
public protocol Fetch: Sendable {
    /// Sends the request once. Any error that is no `FetchError` counts as one that may have been sent.
    func fetch(_ request: Request) async throws -> Response
}

/// A signed request: send exactly these bytes. Its description leaves headers and body out, because whoever holds the
/// `Authorization` can send the request again for up to 15 minutes.
public struct Request: Sendable, CustomStringConvertible, CustomDebugStringConvertible, CustomReflectable {
    /// `GET`, `POST` or `PATCH`.
    public let method: String
    /// Percent-encoded as signed: a fetch must not normalise it.
    public let url: String
    /// Each is signed or needed: send them all.
    public let headers: [(name: String, value: String)]
    /// The bytes to send; `nil`: there is no body.
    public let body: Data?
    /// How long the exchange may take, body included.
    public let timeoutMs: Int
    /// Read no more of the body than this, in bytes; longer is `FetchError(.tooLarge)`.
    public let maxBody: Int
    /// True: use a connection that was never used before.
    public let fresh: Bool
    /// `send`, `look` or `before`.
    public let purpose: String

    /// A request as a test of a transport makes it.
    public init(
        method: String, url: String, headers: [(name: String, value: String)] = [], body: Data? = nil,
        timeoutMs: Int = 15_000, maxBody: Int = 16 << 20, fresh: Bool = false, purpose: String = "send"
    ) {
        (self.method, self.url, self.headers, self.body) = (method, url, headers, body)
        (self.timeoutMs, self.maxBody, self.fresh, self.purpose) = (timeoutMs, maxBody, fresh, purpose)
    }

    public var description: String { "Request(\(method) \(url))" }
    public var debugDescription: String { description }
    public var customMirror: Mirror { Mirror(self, children: ["method": method, "url": url]) }
}

/// A response, body complete.
public struct Response: Sendable, CustomStringConvertible {
    /// The HTTP status.
    public let status: Int
    /// Names in any case; at least those of `Response.headers`.
    public let headers: [(name: String, value: String)]
    /// The whole body, decoded as `Content-Encoding` says.
    public let body: Data

    /// - Parameters:
    ///   - status: The HTTP status.
    ///   - headers: Names in any case; at least those of `Response.headers`.
    ///   - body: The whole body, as long as `Request.maxBody` allows.
    public init(status: Int, headers: [(name: String, value: String)], body: Data) {
        self.status = status
        self.headers = headers
        self.body = body
    }

    /// The response headers that are read; a fetch may pass on only these.
    public static let headers: Set<String> = [
        "age", "cf-ray", "content-type", "date", "etag", "last-modified", "location", "retry-after",
    ]

    public var description: String { "Response(\(status), \(body.count) bytes)" }
}

/// An exchange that brought no response.
public struct FetchError: Error, Sendable {
    /// How an exchange ended.
    public enum Kind: String, Sendable {
        /// There was no connection.
        case connect
        /// The time was up.
        case timeout
        /// The connection broke.
        case broken
        /// The answer is longer than `Request.maxBody`.
        case tooLarge = "too_large"

        fileprivate var words: String {
            switch self {
            case .connect: return "no connection"
            case .timeout: return "no whole answer in time"
            case .broken: return "the connection broke"
            case .tooLarge: return "the body is too long"
            }
        }
    }

    /// How the exchange ended.
    public let kind: Kind
    /// False only when it is certain that nothing was sent: DNS, connect, proxy or TLS of a new connection failed.
    public let sent: Bool
    /// The transport's own error.
    public let cause: (any Error)?
    /// What it means in the transport's words, which hold nothing of the request.
    var words: String?

    /// What is told to people. An error of another transport may quote the request: only its type is named.
    var told: String { words ?? cause.map { String(describing: Swift.type(of: $0)) } ?? kind.words }

    /// - Parameters:
    ///   - kind: How the exchange ended.
    ///   - sent: False only when it is certain that nothing was sent.
    ///   - cause: The transport's own error.
    public init(_ kind: Kind, sent: Bool, cause: (any Error)? = nil) {
        self.kind = kind
        self.sent = sent
        self.cause = cause
    }

    /// What a transport threw. Whatever is no `FetchError` may have been sent.
    init(thrown error: any Error) { self = error as? FetchError ?? FetchError(.broken, sent: true, cause: error) }
}
