// A server of raw sockets that does to a client what networks do, and a clock that does not count what a busy machine took.
import Foundation

#if canImport(Glibc)
    import Glibc
    private let stream = Int32(SOCK_STREAM.rawValue)
#else
    import Darwin
    private let stream = SOCK_STREAM
#endif

/// One connection of the server's.
struct Peer {
    let socket: Int32

    /// False: the client is gone.
    @discardableResult
    func send(_ text: String) -> Bool { send(Array(text.utf8)) }

    @discardableResult
    func send(_ bytes: [UInt8]) -> Bool {
        var at = 0
        while at < bytes.count {
            let sent = bytes[at...].withUnsafeBytes {
                Glibc.send(socket, $0.baseAddress, $0.count, Int32(MSG_NOSIGNAL))
            }
            guard sent > 0 else { return false }
            at += sent
        }
        return true
    }

    func receive() -> [UInt8]? {
        var buffer = [UInt8](repeating: 0, count: 65_536)
        let count = recv(socket, &buffer, buffer.count, 0)
        return count > 0 ? Array(buffer[..<count]) : nil
    }

    /// Until the client says something, which is left where it is.
    func expect() {
        var asked = pollfd(fd: socket, events: Int16(POLLIN), revents: 0)
        poll(&asked, 1, 10_000)
    }

    /// Until the client gives up.
    func wait() { while receive() != nil {} }

    /// The client sees the end, and can still send.
    func halfClose() { shutdown(socket, Int32(SHUT_WR)) }

    /// What closes it then is a reset.
    func reset() {
        var linger = linger(l_onoff: 1, l_linger: 0)
        setsockopt(socket, SOL_SOCKET, SO_LINGER, &linger, socklen_t(MemoryLayout.size(ofValue: linger)))
    }
}

/// Listens on a port of its own; `act` answers each request, and says whether the connection stays.
final class Wire: @unchecked Sendable {
    static let ok = "HTTP/1.1 200 OK\r\nContent-Type: application/json\r\nContent-Length: 11\r\n\r\n{\"data\":{}}"
    static let head = "HTTP/1.1 200 OK\r\nContent-Type: application/json\r\nContent-Length: 1000\r\n\r\n"

    let url: String
    private let listener: Int32
    private let accepts: Bool
    private let lock = NSLock()
    private var came: [String] = []
    private var open: Set<Int32> = []
    private var accepted = 0

    /// The heads of the requests so far.
    var requests: [String] { lock.withLock { came } }
    /// How many of them were writes.
    var posts: Int { requests.filter { $0.hasPrefix("POST ") }.count }
    /// How many connections were made, and how many of them are still open.
    var connections: Int { lock.withLock { accepted } }
    var alive: Int { lock.withLock { open.count } }

    /// - Parameters:
    ///   - greeting: What it says before it is asked.
    ///   - act: Nothing: connections are not even accepted.
    init(greeting: String = "", _ act: (@Sendable (Peer, Int) -> Bool)?) {
        accepts = act != nil
        (listener, url) = Wire.listen(backlog: accepts ? 256 : 0)
        guard let act else { return }
        Thread.detachNewThread { [self] in
            while true {
                let socket = accept(listener, nil, nil)
                guard socket >= 0 else {
                    // Not before: its number would be given to another listener, and this thread would accept from that.
                    Glibc.close(listener)
                    return
                }
                lock.withLock {
                    accepted += 1
                    open.insert(socket)
                }
                Thread.detachNewThread {
                    if !greeting.isEmpty { Peer(socket: socket).send(greeting) }
                    self.serve(Peer(socket: socket), act)
                }
            }
        }
    }

    private static func listen(backlog: Int32) -> (Int32, String) {
        let listener = socket(AF_INET, stream, 0)
        var address = sockaddr_in()
        address.sin_family = sa_family_t(AF_INET)
        address.sin_addr.s_addr = UInt32(0x7F00_0001).bigEndian
        var size = socklen_t(MemoryLayout<sockaddr_in>.size)
        let port = withUnsafeMutablePointer(to: &address) { pointer in
            pointer.withMemoryRebound(to: sockaddr.self, capacity: 1) { address -> UInt16 in
                guard bind(listener, address, size) == 0, Glibc.listen(listener, backlog) == 0,
                    getsockname(listener, address, &size) == 0
                else { fatalError("no port") }
                return pointer.pointee.sin_port.bigEndian
            }
        }
        return (listener, "http://127.0.0.1:\(port)")
    }

    /// An address where nobody listens.
    static func refusing() -> String {
        let (listener, url) = listen(backlog: 1)
        Glibc.close(listener)
        return url
    }

    private func serve(_ peer: Peer, _ act: (Peer, Int) -> Bool) {
        var data: [UInt8] = []
        while let (head, rest) = whole(peer, data) {
            data = rest
            let number = lock.withLock { () -> Int in
                came.append(head)
                return came.count
            }
            guard act(peer, number) else { break }
        }
        _ = lock.withLock { open.remove(peer.socket) }
        Glibc.close(peer.socket)
    }

    /// A whole request: its head, and what follows it.
    private func whole(_ peer: Peer, _ known: [UInt8]) -> (String, [UInt8])? {
        var data = known
        var asked: (head: String, whole: Int)?
        while true {
            asked = asked ?? Wire.asked(data)
            if let asked, data.count >= asked.whole { return (asked.head, Array(data[asked.whole...])) }
            guard let more = peer.receive() else { return nil }
            data += more
        }
    }

    /// The head of a request, once it is whole, and how long the request is with its body.
    private static func asked(_ data: [UInt8]) -> (head: String, whole: Int)? {
        let text = String(decoding: data, as: UTF8.self)
        guard let end = text.range(of: "\r\n\r\n") else { return nil }
        let head = String(text[..<end.lowerBound])
        let lengths = head.lowercased().split(separator: "\r\n").filter { $0.hasPrefix("content-length:") }
        let length = lengths.first.flatMap { Int($0.dropFirst(15).trimmingCharacters(in: .whitespaces)) } ?? 0
        return (head, head.utf8.count + 4 + length)
    }

    /// Waits until so many requests are here.
    func arrived(_ number: Int = 1) async throws {
        for _ in 0..<2000 where requests.count < number { try await Task.sleep(nanoseconds: 5_000_000) }
        guard requests.count >= number else { throw Wrong("no request came") }
        try await Task.sleep(nanoseconds: 50_000_000)
    }

    /// Waits until the client has closed everything.
    func left() async throws -> Bool {
        for _ in 0..<200 where alive > 0 { try await Task.sleep(nanoseconds: 5_000_000) }
        return alive == 0
    }

    func close() {
        shutdown(listener, Int32(SHUT_RDWR))
        if !accepts { Glibc.close(listener) }
        // By a reset: an end in the middle of the headers is what URLSession on Linux does not survive.
        lock.withLock {
            for socket in open {
                Peer(socket: socket).reset()
                shutdown(socket, Int32(SHUT_RD))
            }
        }
    }
}

/// An address to which no connection is ever made: the queue of those that nobody accepts is full.
final class BlackHole {
    private let wire = Wire(nil)
    private var waiting: [Int32] = []
    var url: String { wire.url }

    init() {
        guard let port = wire.url.split(separator: ":").last.flatMap({ UInt16($0) }) else { return }
        for _ in 0..<8 {
            let one = socket(AF_INET, stream, 0)
            _ = fcntl(one, F_SETFL, O_NONBLOCK)
            var address = sockaddr_in()
            address.sin_family = sa_family_t(AF_INET)
            address.sin_port = port.bigEndian
            address.sin_addr.s_addr = UInt32(0x7F00_0001).bigEndian
            _ = withUnsafePointer(to: &address) {
                $0.withMemoryRebound(to: sockaddr.self, capacity: 1) {
                    connect(one, $0, socklen_t(MemoryLayout<sockaddr_in>.size))
                }
            }
            waiting.append(one)
        }
    }

    func close() {
        waiting.forEach { Glibc.close($0) }
        wire.close()
    }
}

/// Measures time without what a busy machine took from this process: a deadline is kept when the code is in time, whoever
/// else computes beside it. How busy the machine is shows a thread beside it that does nothing but sleep.
final class Watch: @unchecked Sendable {
    /// No more than this is forgiven.
    private static let forgivenMs = 50

    /// Sleeps again and again, and remembers how much too long at the worst.
    private final class Sleeper: @unchecked Sendable {
        private static let stepNs: UInt64 = 10_000_000
        private let lock = NSLock()
        private var worst: UInt64 = 0
        private var ended = false

        init() {
            Thread.detachNewThread { [self] in
                while !lock.withLock({ ended }) {
                    let due = DispatchTime.now().uptimeNanoseconds + Sleeper.stepNs
                    Thread.sleep(forTimeInterval: Double(Sleeper.stepNs) / 1e9)
                    let now = DispatchTime.now().uptimeNanoseconds
                    lock.withLock { worst = max(worst, now - min(due, now)) }
                }
            }
        }

        /// In ms.
        func end() -> Int {
            lock.withLock {
                ended = true
                return Int(worst / 1_000_000)
            }
        }
    }

    private let sleeper = Sleeper()
    private let began = DispatchTime.now().uptimeNanoseconds
    private let lock = NSLock()
    private var told: (ms: Int, others: Int)?

    deinit { _ = sleeper.end() }

    /// Fails when something takes longer than so many ms, three times: code that is late is so each time. Nothing else is
    /// tried again: what is wrong in one of them stays so.
    static func inTime(_ ms: Int, _ name: String = "", _ act: () async throws -> Watch) async throws {
        for left in [2, 1, 0] {
            let (passed, others) = try await act().passed()
            if passed - others <= ms { return }
            if left == 0 {
                throw Wrong("\(name): it took \(passed) ms, of which \(others) are forgiven; \(ms) are allowed")
            }
        }
    }

    /// What had passed when it was asked first, and how much of it is forgiven, in ms.
    func passed() -> (ms: Int, others: Int) {
        lock.withLock {
            if let told { return told }
            let all = Int((DispatchTime.now().uptimeNanoseconds - began) / 1_000_000)
            let now = (all, min(sleeper.end(), Watch.forgivenMs))
            told = now
            return now
        }
    }
}

/// What this process has open, so that a test sees what stays.
enum Own {
    static var sockets: Int {
        let files = (try? FileManager.default.contentsOfDirectory(atPath: "/proc/self/fd")) ?? []
        return files.filter { file in
            let target = try? FileManager.default.destinationOfSymbolicLink(atPath: "/proc/self/fd/\(file)")
            return target?.hasPrefix("socket:") == true
        }.count
    }

    static var files: Int { ((try? FileManager.default.contentsOfDirectory(atPath: "/proc/self/fd")) ?? []).count }

    static var threads: Int { ((try? FileManager.default.contentsOfDirectory(atPath: "/proc/self/task")) ?? []).count }

    /// Resident memory, in bytes.
    static var memory: Int {
        let told = (try? String(contentsOfFile: "/proc/self/statm", encoding: .utf8)) ?? ""
        let pages = told.split(separator: " ")
        return (pages.count > 1 ? Int(pages[1]) ?? 0 : 0) * Int(sysconf(Int32(_SC_PAGESIZE)))
    }
}
