// A handle of libcurl's and what it is told: what never changes when it is made, what a request asks for each time. A handle
// is used again and again, because it costs more than an exchange.
#if os(Linux)
    import CCurl
    import Foundation

    /// What a transport was told.
    struct CurlSettings: Sendable {
        let proxy: String?
        let authorities: String?
        /// False, in a test: as libcurl before 7.87, which waits for names when an exchange ends.
        var quickExit = true
    }

    /// Used by one exchange at a time, and by one thread at a time.
    final class CurlHandle: @unchecked Sendable {
        let easy: UnsafeMutableRawPointer
        private let ownProxy: Bool
        private var headers: UnsafeMutablePointer<curl_slist>?

        /// How much more time libcurl is told than there is, in ms.
        private static let spare = 1000

        /// Once for the process.
        private static let started = curl_global_init(Int(CURL_GLOBAL_DEFAULT))

        /// Whatever the library was built to do by itself.
        private static let never: [(CURLoption, Int)] = [
            (CURLOPT_NOSIGNAL, 1),
            (CURLOPT_FOLLOWLOCATION, 0),
            (CURLOPT_NETRC, 0),
            (CURLOPT_DISALLOW_USERNAME_IN_URL, 1),
            (CURLOPT_HTTP_VERSION, Int(CURL_HTTP_VERSION_1_1)),
            (CURLOPT_HTTP09_ALLOWED, 0),
            // A path is sent as it was signed.
            (CURLOPT_PATH_AS_IS, 1),
            (CURLOPT_SUPPRESS_CONNECT_HEADERS, 1),
            (CURLOPT_SSL_VERIFYPEER, 1),
            (CURLOPT_SSL_VERIFYHOST, 2),
            (CURLOPT_SSLVERSION, Int(CURL_SSLVERSION_TLSv1_2)),
        ]

        init(_ settings: CurlSettings) throws {
            guard CurlHandle.started == CURLE_OK, let easy = curl_easy_init() else {
                throw CurlError(CURLE_FAILED_INIT)
            }
            self.easy = easy
            ownProxy = settings.proxy != nil
            for (option, value) in CurlHandle.never { try set(option, value) }
            try check(ccurl_set_protocols(easy))
            if settings.quickExit { ccurl_set_quick_exit(easy) }
            if let proxy = settings.proxy { try set(CURLOPT_PROXY, proxy) }
            if let authorities = settings.authorities { try set(CURLOPT_CAINFO, authorities) }
            try check(ccurl_set_received(easy, CURLOPT_HEADERFUNCTION, CurlExchange.header))
            try check(ccurl_set_received(easy, CURLOPT_WRITEFUNCTION, CurlExchange.body))
            try check(ccurl_set_prereq(easy, CurlExchange.prereq))
            try check(ccurl_set_opensocket(easy, CurlExchange.open))
        }

        deinit {
            curl_easy_cleanup(easy)
            curl_slist_free_all(headers)
        }

        /// Says what to send, and to whom what comes is told.
        func ask(_ request: Request, fresh: Bool, _ exchange: UnsafeMutableRawPointer) throws {
            try set(CURLOPT_URL, request.url)
            // Plain http is for this machine alone: what is signed must not leave it unencrypted.
            if !ownProxy {
                if request.url.hasPrefix("http:") {
                    try set(CURLOPT_PROXY, "")
                } else {
                    try check(ccurl_set_pointer(easy, CURLOPT_PROXY, nil))
                }
            }
            // The thread itself keeps the time: what libcurl does when it is up can take long. It has to know about how much
            // there is, to divide it among the host's addresses.
            try set(CURLOPT_TIMEOUT_MS, min(request.timeoutMs, Int(Int32.max) - CurlHandle.spare) + CurlHandle.spare)
            try set(CURLOPT_CONNECTTIMEOUT_MS, 0)
            try set(CURLOPT_FRESH_CONNECT, fresh ? 1 : 0)
            try set(CURLOPT_FORBID_REUSE, fresh ? 1 : 0)
            try method(request)
            try headers(request)
            for option in [CURLOPT_HEADERDATA, CURLOPT_WRITEDATA, CURLOPT_PREREQDATA, CURLOPT_OPENSOCKETDATA] {
                try check(ccurl_set_pointer(easy, option, exchange))
            }
        }

        /// Takes libcurl's own times away from an exchange that nobody waits for.
        func patient() {
            _ = ccurl_set_number(easy, CURLOPT_TIMEOUT_MS, 0)
            _ = ccurl_set_number(easy, CURLOPT_CONNECTTIMEOUT_MS, Int(Int32.max))
        }

        /// Forgets what was sent.
        func clear() {
            _ = ccurl_set_pointer(easy, CURLOPT_HTTPHEADER, nil)
            curl_slist_free_all(headers)
            headers = nil
        }

        private func method(_ request: Request) throws {
            if request.method == "GET" && request.body == nil {
                try set(CURLOPT_HTTPGET, 1)
                return try check(ccurl_set_text(easy, CURLOPT_CUSTOMREQUEST, nil))
            }
            let body = request.body ?? Data()
            try set(CURLOPT_POST, 1)
            try set(CURLOPT_CUSTOMREQUEST, request.method)
            try check(ccurl_set_size(easy, CURLOPT_POSTFIELDSIZE_LARGE, curl_off_t(body.count)))
            try check(
                body.withUnsafeBytes { bytes in
                    // An empty body has no address.
                    bytes.baseAddress.map { ccurl_set_pointer(easy, CURLOPT_COPYPOSTFIELDS, $0) }
                        ?? ccurl_set_text(easy, CURLOPT_COPYPOSTFIELDS, "")
                })
        }

        /// The headers as they were signed, and none that libcurl would add by itself.
        private func headers(_ request: Request) throws {
            clear()
            // Libcurl asks for what it can decode when it is told what that is.
            var encoding: String?
            var added: Set = ["accept", "content-type", "expect"]
            for (name, value) in request.headers {
                guard CurlHandle.oneLine(name), CurlHandle.oneLine(value) else {
                    throw CurlError(CURLE_BAD_FUNCTION_ARGUMENT)
                }
                let lower = name.lowercased()
                added.remove(lower)
                if lower == "accept-encoding" {
                    encoding = value
                } else {
                    try line(value.isEmpty ? "\(name);" : "\(name): \(value)")
                }
            }
            for name in added { try line("\(name):") }
            try check(ccurl_set_text(easy, CURLOPT_ACCEPT_ENCODING, encoding))
            try check(ccurl_set_pointer(easy, CURLOPT_HTTPHEADER, headers))
        }

        private static func oneLine(_ text: String) -> Bool {
            text.utf8.allSatisfy { $0 != 0 && $0 != 10 && $0 != 13 }
        }

        private func line(_ text: String) throws {
            guard let longer = curl_slist_append(headers, text) else { throw CurlError(CURLE_OUT_OF_MEMORY) }
            headers = longer
        }

        private func set(_ option: CURLoption, _ value: Int) throws { try check(ccurl_set_number(easy, option, value)) }
        private func set(_ option: CURLoption, _ text: String) throws { try check(ccurl_set_text(easy, option, text)) }

        private func check(_ code: CURLcode) throws {
            if code != CURLE_OK { throw CurlError(code) }
        }
    }
#endif
