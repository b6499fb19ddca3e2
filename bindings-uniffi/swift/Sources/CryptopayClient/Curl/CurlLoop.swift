// libcurl's exchanges and the sockets that they wait for: what is told by one is looked at by the other. Used by one thread
// alone, except for `ring`.
#if os(Linux)
    import CCurl
    import Foundation

    final class CurlLoop: @unchecked Sendable {
        private static let most = 64

        private let multi: UnsafeMutableRawPointer
        private let poll: Int32
        private let bell: Int32
        private var exchanges: [UnsafeMutableRawPointer: CurlExchange] = [:]
        private var events = [epoll_event](repeating: epoll_event(), count: CurlLoop.most)
        /// When libcurl wants to look again, in ns.
        private var due: UInt64?
        /// When the time of an exchange may be up, in ns; before that none is.
        private var soonest = UInt64.max

        var isEmpty: Bool { exchanges.isEmpty }

        /// Nothing: the process has no files or memory left.
        init?(connections: Int) {
            guard let multi = curl_multi_init() else { return nil }
            (poll, bell) = (epoll_create1(Int32(EPOLL_CLOEXEC)), eventfd(0, Int32(EFD_CLOEXEC | EFD_NONBLOCK)))
            var rung = epoll_event(events: EPOLLIN.rawValue | EPOLLET.rawValue, data: epoll_data_t(fd: bell))
            guard poll >= 0, bell >= 0, epoll_ctl(poll, EPOLL_CTL_ADD, bell, &rung) == 0 else {
                curl_multi_cleanup(multi)
                [poll, bell].forEach { _ = close($0) }
                return nil
            }
            self.multi = multi
            let pointer = Unmanaged.passUnretained(self).toOpaque()
            _ = ccurl_multi_set_number(multi, CURLMOPT_MAXCONNECTS, connections)
            _ = ccurl_multi_set_number(multi, CURLMOPT_PIPELINING, Int(CURLPIPE_NOTHING))
            ccurl_multi_set_socket(multi, CurlLoop.watch, pointer)
            ccurl_multi_set_timer(multi, CurlLoop.time, pointer)
        }

        /// Wakes the thread, or keeps it awake. The bell is heard by its edge, and so never read.
        func ring() { eventfd_write(bell, 1) }

        func end() {
            curl_multi_cleanup(multi)
            close(poll)
            close(bell)
        }

        /// Begins an exchange.
        /// - Returns: How it ended, should it not even begin.
        func add(_ exchange: CurlExchange) -> Result<Response, any Error>? {
            guard curl_multi_add_handle(multi, exchange.handle.easy) == CURLM_OK else {
                return exchange.ended(CURLE_FAILED_INIT)
            }
            exchanges[exchange.handle.easy] = exchange
            soonest = min(soonest, exchange.deadline)
            return nil
        }

        func holds(_ exchange: CurlExchange) -> Bool { exchanges[exchange.handle.easy] === exchange }

        /// Those whose time is up.
        func late() -> [CurlExchange] {
            let now = DispatchTime.now().uptimeNanoseconds
            guard soonest <= now else { return [] }
            let waited = exchanges.values.filter { !$0.left }
            soonest = waited.map(\.deadline).filter { $0 > now }.min() ?? .max
            return waited.filter { $0.deadline <= now }
        }

        /// Ends an exchange; its connection is closed, unless it was whole.
        func remove(_ exchange: CurlExchange) {
            exchanges.removeValue(forKey: exchange.handle.easy)
            curl_multi_remove_handle(multi, exchange.handle.easy)
        }

        /// Waits until a socket is ready, it is time, or the bell rings; and does what can be done.
        func wait() {
            let count = epoll_wait(poll, &events, Int32(CurlLoop.most), patience())
            var running: Int32 = 0
            for event in events.prefix(Int(max(count, 0))) where event.data.fd != bell {
                var can: Int32 = 0
                if event.events & (EPOLLIN.rawValue | EPOLLHUP.rawValue) != 0 { can |= CURL_CSELECT_IN }
                if event.events & EPOLLOUT.rawValue != 0 { can |= CURL_CSELECT_OUT }
                if event.events & EPOLLERR.rawValue != 0 { can |= CURL_CSELECT_ERR }
                curl_multi_socket_action(multi, event.data.fd, can, &running)
            }
        }

        /// What has ended since the last time.
        func finished() -> [(CurlExchange, Result<Response, any Error>)] {
            var running: Int32 = 0
            // Not as long as there is something to do: a long body would keep others waiting.
            for _ in 0..<4 {
                guard let due, due <= DispatchTime.now().uptimeNanoseconds else { break }
                self.due = nil
                curl_multi_socket_action(multi, CURL_SOCKET_BAD, 0, &running)
            }
            var over: [(CurlExchange, Result<Response, any Error>)] = []
            var left: Int32 = 0
            while let message = curl_multi_info_read(multi, &left)?.pointee {
                guard message.msg == CURLMSG_DONE, let exchange = exchanges[message.easy_handle] else { continue }
                // The message is gone with the handle.
                over.append((exchange, exchange.ended(message.data.result)))
                remove(exchange)
            }
            return over
        }

        /// How long the thread may sleep, in ms; -1: for ever.
        private func patience() -> Int32 {
            let due = min(due ?? .max, soonest)
            guard due < .max else { return -1 }
            let now = DispatchTime.now().uptimeNanoseconds
            return due <= now ? 0 : Int32(clamping: (due - now + 999_999) / 1_000_000)
        }

        private static func of(_ pointer: UnsafeMutableRawPointer?) -> CurlLoop? {
            pointer.map { Unmanaged<CurlLoop>.fromOpaque($0).takeUnretainedValue() }
        }

        /// Libcurl says what it waits for on a socket; it is marked when that is the first time.
        private static let watch: curl_socket_callback = { _, socket, what, pointer, known in
            guard let loop = of(pointer) else { return -1 }
            if what == CURL_POLL_REMOVE {
                epoll_ctl(loop.poll, EPOLL_CTL_DEL, socket, nil)
                return 0
            }
            var events: UInt32 = 0
            if what & CURL_POLL_IN != 0 { events |= EPOLLIN.rawValue }
            if what & CURL_POLL_OUT != 0 { events |= EPOLLOUT.rawValue }
            var event = epoll_event(events: events, data: epoll_data_t(fd: socket))
            if known != nil { return epoll_ctl(loop.poll, EPOLL_CTL_MOD, socket, &event) }
            curl_multi_assign(loop.multi, socket, pointer)
            return epoll_ctl(loop.poll, EPOLL_CTL_ADD, socket, &event)
        }

        private static let time: curl_multi_timer_callback = { _, ms, pointer in
            guard let loop = of(pointer) else { return -1 }
            loop.due = ms < 0 ? nil : DispatchTime.now().uptimeNanoseconds + UInt64(ms) * 1_000_000
            return 0
        }
    }
#endif
