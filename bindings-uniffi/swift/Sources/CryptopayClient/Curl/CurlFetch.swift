// The default transport on Linux, over libcurl. It sends a request at most once: libcurl by itself would send it again when
// a reused connection breaks, and is kept from it. Whether anything can have been sent is known exactly, because libcurl
// tells when a connection is ready and the request about to go out.
#if os(Linux)
    import Foundation

    /// The transport of a client that is given none.
    public typealias DefaultFetch = CurlFetch

    /// A transport over libcurl, with one thread for all its exchanges. Clients can share one. Certificates are checked
    /// against the authorities of the system; proxies come from `https_proxy`, `all_proxy` and `no_proxy`, and plain http,
    /// which is for this machine alone, goes through none of them.
    public final class CurlFetch: Fetch, KeepsTime {
        private let thread: CurlThread
        private let keepAlive: Bool

        /// - Parameters:
        ///   - keepAlive: false: every request gets a connection of its own.
        ///   - proxy: The address of a proxy, in place of the environment's; empty: none.
        ///   - authorities: A PEM file of the certificate authorities that are trusted, in place of the system's.
        public convenience init(keepAlive: Bool = true, proxy: String? = nil, authorities: String? = nil) {
            self.init(CurlSettings(proxy: proxy, authorities: authorities), keepAlive: keepAlive)
        }

        init(_ settings: CurlSettings, keepAlive: Bool = true) {
            self.keepAlive = keepAlive
            thread = CurlThread(settings)
        }

        deinit { thread.close() }

        public func fetch(_ request: Request) async throws -> Response {
            // The thread ends with the transport, and so not before the exchange.
            defer { withExtendedLifetime(self) {} }
            guard request.timeoutMs > 0 else { throw FetchError(.timeout, sent: false) }
            let exchange = try CurlExchange(thread.handle(), request, fresh: request.fresh || !keepAlive)
            return try await withTaskCancellationHandler {
                try await withCheckedThrowingContinuation { thread.begin(exchange, $0) }
            } onCancel: {
                thread.cancel(exchange)
            }
        }
    }
#endif
