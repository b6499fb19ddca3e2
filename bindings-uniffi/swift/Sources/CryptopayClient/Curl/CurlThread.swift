// The thread of a transport: it waits for all its sockets at once and lets libcurl do what can be done. It begins with the
// first exchange and ends with the transport. Everything of libcurl's happens here, so that no lock is held meanwhile.
#if os(Linux)
    import CCurl
    import Foundation

    final class CurlThread: @unchecked Sendable {
        /// How many handles are kept for later, and how many connections.
        private static let kept = 64

        private let settings: CurlSettings
        private let lock = NSLock()
        /// What others have asked for since the thread last looked.
        private var inbox = Inbox()
        private var idle: [CurlHandle] = []
        private var loop: CurlLoop?

        struct Inbox {
            var arriving: [CurlExchange] = []
            var cancelled: [CurlExchange] = []
            var closed = false
            /// Whether the thread knows that there is something.
            var rung = false
        }

        init(_ settings: CurlSettings) { self.settings = settings }

        /// A handle for an exchange.
        func handle() throws -> CurlHandle {
            if let handle = lock.withLock({ idle.popLast() }) { return handle }
            do {
                return try CurlHandle(settings)
            } catch let error as CurlError {
                throw error.ended(sent: false)
            }
        }

        func begin(_ exchange: CurlExchange, _ continuation: CheckedContinuation<Response, any Error>) {
            exchange.waits(continuation)
            let refused = lock.withLock { () -> Result<Response, any Error>? in
                guard exchange.state == .new else { return exchange.cancelled() }
                guard let loop = loop ?? started() else {
                    return .failure(CurlError(CURLE_OUT_OF_MEMORY).ended(sent: false))
                }
                exchange.state = .waiting
                inbox.arriving.append(exchange)
                ring(loop)
                return nil
            }
            if let refused { exchange.tell(refused) }
        }

        func cancel(_ exchange: CurlExchange) {
            lock.withLock {
                switch exchange.state {
                case .new: exchange.state = .cancelled
                case .waiting, .running:
                    inbox.cancelled.append(exchange)
                    if let loop { ring(loop) }
                case .cancelled, .ended: break
                }
            }
        }

        func close() {
            lock.withLock {
                inbox.closed = true
                if let loop { ring(loop) }
            }
        }

        /// Under the lock.
        private func ring(_ loop: CurlLoop) {
            if !inbox.rung {
                inbox.rung = true
                loop.ring()
            }
        }

        /// Under the lock.
        private func started() -> CurlLoop? {
            guard let loop = CurlLoop(connections: CurlThread.kept) else { return nil }
            self.loop = loop
            let thread = Thread { [self] in
                // Signals are for the program's own threads. A broken pipe among them would end it.
                var every = sigset_t()
                sigfillset(&every)
                pthread_sigmask(SIG_BLOCK, &every, nil)
                while turn(loop) {}
                loop.end()
            }
            thread.name = "cryptopay-curl"
            thread.stackSize = 1 << 20
            thread.start()
            return loop
        }

        /// Waits, does what can be done, and tells who waits for it. False: it was the last time.
        private func turn(_ loop: CurlLoop) -> Bool {
            loop.wait()
            let come = lock.withLock { () -> Inbox in
                defer { inbox = Inbox(closed: inbox.closed) }
                for exchange in inbox.arriving { exchange.state = .running }
                return inbox
            }
            var over = come.arriving.compactMap { exchange in loop.add(exchange).map { (exchange, $0) } }
            // Whoever waits goes on at once, whatever libcurl has still to close.
            func end(_ exchange: CurlExchange, _ result: Result<Response, any Error>) {
                exchange.tell(result)
                // It comes back as finished when its name was looked up.
                if exchange.leave() { return }
                loop.remove(exchange)
                over.append((exchange, result))
            }
            for exchange in come.cancelled where loop.holds(exchange) { end(exchange, exchange.cancelled()) }
            over += loop.finished()
            for exchange in loop.late() { end(exchange, exchange.late()) }
            if !over.isEmpty {
                for (exchange, _) in over { exchange.handle.clear() }
                lock.withLock {
                    for (exchange, _) in over {
                        exchange.state = .ended
                        if idle.count < CurlThread.kept { idle.append(exchange.handle) }
                    }
                }
                for (exchange, result) in over { exchange.tell(result) }
            }
            return !(come.closed && loop.isEmpty)
        }
    }
#endif
