// What libcurl says of an exchange that brought no response. Its words are taken from its list, never from the exchange, so
// they hold nothing of the request.
#if os(Linux)
    import CCurl

    /// An error of libcurl's: a number of its list (https://curl.se/libcurl/c/libcurl-errors.html), and its words for it.
    public struct CurlError: Error, Sendable, Hashable, CustomStringConvertible {
        /// The number.
        public let code: Int
        /// The words.
        public let words: String

        public var description: String { "curl \(code): \(words)" }

        init(_ code: CURLcode) {
            self.code = Int(code.rawValue)
            words = String(cString: curl_easy_strerror(code))
        }

        /// As an exchange ends with it.
        /// - Parameter sent: Whether the request may have gone out.
        func ended(sent: Bool) -> FetchError {
            let late = code == Int(CURLE_OPERATION_TIMEDOUT.rawValue)
            var error = FetchError(late ? .timeout : sent ? .broken : .connect, sent: sent, cause: self)
            let known = sent ? nil : CurlError.plain[code]
            let said = late ? "no whole answer in time" : sent ? "the connection broke" : "no connection to the host"
            error.words = "\(known ?? said) (\(self))"
            return error
        }

        /// What people know better by other words.
        private static let plain: [Int: String] = [
            Int(CURLE_OPERATION_TIMEDOUT.rawValue): "no connection in time",
            Int(CURLE_COULDNT_RESOLVE_PROXY.rawValue): "the proxy's name is not known",
            Int(CURLE_COULDNT_RESOLVE_HOST.rawValue): "the host's name is not known",
            Int(CURLE_COULDNT_CONNECT.rawValue): "no connection to the host",
            Int(CURLE_SSL_CONNECT_ERROR.rawValue): "no TLS with the host",
            Int(CURLE_PEER_FAILED_VERIFICATION.rawValue): "the server's certificate is not trusted",
            Int(CURLE_SSL_CACERT_BADFILE.rawValue): "the file of certificate authorities cannot be read",
            Int(CURLE_PROXY.rawValue): "the proxy refused",
        ]
    }
#endif
