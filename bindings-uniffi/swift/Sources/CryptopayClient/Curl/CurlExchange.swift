// One exchange over libcurl: what was sent, what has come, and how it ended. It is told everything by the transport's thread.
#if os(Linux)
    import CCurl
    import Foundation

    final class CurlExchange: @unchecked Sendable {
        /// Longer headers are no answer of the API's.
        private static let mostHeaders = 65_536

        let handle: CurlHandle
        private let maxBody: Int
        private var continuation: CheckedContinuation<Response, any Error>?
        /// Where it is, under the thread's lock.
        var state = State.new

        /// When its time is up, in ns.
        let deadline: UInt64
        /// Whether libcurl knew an address, and so whether no name is looked up any more.
        private var connecting = false
        /// Whether nobody waits for it any more: it must not connect.
        private(set) var left = false
        /// Whether a connection was ready for the request, which may have gone out since then.
        private var asked = false
        private var headers: [(name: String, value: String)] = []
        private var headerBytes = 0
        private var headersOver = false
        private var data = Data()
        private var tooLarge: String?

        enum State { case new, cancelled, waiting, running, ended }

        init(_ handle: CurlHandle, _ request: Request, fresh: Bool) throws {
            (self.handle, maxBody) = (handle, request.maxBody)
            let patience = UInt64(min(request.timeoutMs, Int(Int32.max))) * 1_000_000
            deadline = DispatchTime.now().uptimeNanoseconds + patience
            do {
                try handle.ask(request, fresh: fresh, Unmanaged.passUnretained(self).toOpaque())
            } catch let error as CurlError {
                throw error.ended(sent: false)
            }
        }

        /// Takes who waits for it.
        func waits(_ continuation: CheckedContinuation<Response, any Error>) { self.continuation = continuation }

        /// It ended by itself.
        func ended(_ code: CURLcode) -> Result<Response, any Error> {
            if code == CURLE_OK {
                let status = Int(ccurl_status(handle.easy))
                // For libcurl a head that is cut off is a whole response without a body.
                guard headersOver, status >= 200 else { return ended(CURLE_WEIRD_SERVER_REPLY) }
                return .success(Response(status: status, headers: headers, body: data))
            }
            if let tooLarge {
                var error = FetchError(.tooLarge, sent: true, cause: CurlError(code))
                error.words = tooLarge
                return .failure(error)
            }
            return .failure(CurlError(code).ended(sent: asked))
        }

        /// Its time is up.
        func late() -> Result<Response, any Error> { ended(CURLE_OPERATION_TIMEDOUT) }

        /// Leaves it to libcurl while that looks up its name: to end it now is to wait for the name, before libcurl 7.87.
        ///
        /// - Returns: False: no name is looked up, it can be ended.
        func leave() -> Bool {
            if connecting || asked { return false }
            if !left { handle.patient() }
            left = true
            return true
        }

        /// It was cancelled.
        func cancelled() -> Result<Response, any Error> { .failure(FetchError(.broken, sent: asked)) }

        /// Tells who waits.
        func tell(_ result: Result<Response, any Error>) {
            continuation?.resume(with: result)
            continuation = nil
        }

        private func received(header line: UnsafeRawBufferPointer) -> Bool {
            headerBytes += line.count
            guard headerBytes <= CurlExchange.mostHeaders else {
                tooLarge = "the headers are too long"
                return false
            }
            if line.starts(with: "HTTP/".utf8) {
                // Another response before may have been an interim one.
                headers.removeAll()
                headersOver = false
            } else if line.allSatisfy({ $0 == 13 || $0 == 10 }) {
                headersOver = true
            } else if !headersOver, let colon = line.firstIndex(of: UInt8(ascii: ":")) {
                let name = String(decoding: line[..<colon], as: UTF8.self).lowercased()
                guard Response.headers.contains(name) else { return true }
                let value = String(decoding: line[(colon + 1)...], as: UTF8.self)
                headers.append((name, value.trimmingCharacters(in: .whitespacesAndNewlines)))
            }
            return true
        }

        private func received(body part: UnsafeRawBufferPointer) -> Bool {
            guard data.count + part.count <= maxBody else {
                tooLarge = "the body is too long"
                return false
            }
            data.append(contentsOf: part)
            return true
        }

        private static func of(_ pointer: UnsafeMutableRawPointer?) -> CurlExchange? {
            pointer.map { Unmanaged<CurlExchange>.fromOpaque($0).takeUnretainedValue() }
        }

        static let header: curl_write_callback = { bytes, size, count, pointer in
            let line = UnsafeRawBufferPointer(start: bytes, count: size * count)
            return of(pointer)?.received(header: line) == true ? size * count : 0
        }

        static let body: curl_write_callback = { bytes, size, count, pointer in
            let part = UnsafeRawBufferPointer(start: bytes, count: size * count)
            return of(pointer)?.received(body: part) == true ? size * count : 0
        }

        /// No program that is started meanwhile keeps a connection open.
        static let open: curl_opensocket_callback = { pointer, _, address in
            guard let exchange = of(pointer), !exchange.left, let address = address?.pointee else {
                return CURL_SOCKET_BAD
            }
            exchange.connecting = true
            return socket(address.family, address.socktype | Int32(SOCK_CLOEXEC.rawValue), address.protocol)
        }

        /// A second time libcurl asks when the reused connection broke and it would send again.
        static let prereq: curl_prereq_callback = { pointer, _, _, _, _ in
            guard let exchange = of(pointer), !exchange.asked, !exchange.left else { return CURL_PREREQFUNC_ABORT }
            exchange.asked = true
            return CURL_PREREQFUNC_OK
        }
    }
#endif
