// A server that answers every request with the same invoice, a thread for each connection; it ends with its standard input.
import Foundation

#if canImport(Glibc)
    import Glibc
    private let stream = Int32(SOCK_STREAM.rawValue)
    let thisProcess = RUSAGE_SELF.rawValue
#else
    private let stream = SOCK_STREAM
    let thisProcess = RUSAGE_SELF
#endif

enum Server {
    static let id = "06a54ccb-889f-4c1f-8a59-086a84a1e2dd"
    private static let body = """
        {"data":{"id":"\(id)","status":"new","address":"2NcaXkd6TuwJj1iauxAKPMRvEJmBzsk6za4",\
        "uri":"bitcoin:2NcaXkd6TuwJj1iauxAKPMRvEJmBzsk6za4?amount=0.003419","price_amount":"100.0","price_currency":"EUR",\
        "fee":"1.0","fee_currency":"EUR","pay_amount":"0.003419","pay_currency":"BTC","paid_amount":"0.0","transactions":[],\
        "hosted_page_url":"https://hosted-business-sandbox.cryptopay.me/invoices/06a54ccb",\
        "created_at":"2026-01-01T00:00:00+00:00","expires_at":"2026-01-01T00:10:00+00:00"},"meta":{"request_id":"f00d"}}
        """

    static func serve() -> Never {
        let listener = socket(AF_INET, stream, 0)
        var address = sockaddr_in()
        address.sin_family = sa_family_t(AF_INET)
        address.sin_addr.s_addr = UInt32(0x7F00_0001).bigEndian
        var size = socklen_t(MemoryLayout<sockaddr_in>.size)
        withUnsafeMutablePointer(to: &address) {
            $0.withMemoryRebound(to: sockaddr.self, capacity: 1) { address in
                guard bind(listener, address, size) == 0, listen(listener, 256) == 0,
                    getsockname(listener, address, &size) == 0
                else { fatalError("no port") }
            }
        }
        print(address.sin_port.bigEndian)
        fflush(nil)
        Thread.detachNewThread {
            _ = FileHandle.standardInput.readDataToEndOfFile()
            exit(0)
        }
        let head = "HTTP/1.1 200 OK\r\nContent-Type: application/json\r\nContent-Length: \(body.utf8.count)\r\n\r\n"
        let answer = Array((head + body).utf8)
        while true {
            let peer = accept(listener, nil, nil)
            Thread.detachNewThread {
                var (buffer, known) = ([UInt8](repeating: 0, count: 65_536), 0)
                while true {
                    let count = recv(peer, &buffer[known], buffer.count - known, 0)
                    guard count > 0 else { break }
                    known += count
                    // Requests come one by one and have no body.
                    guard known >= 4, buffer[known - 4..<known].elementsEqual([13, 10, 13, 10]) else { continue }
                    known = 0
                    _ = send(peer, answer, answer.count, 0)
                }
                close(peer)
            }
        }
    }
}
