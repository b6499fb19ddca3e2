// The peer: what one writes who needs a single signed call, over `URLSession` alone.
import Foundation

#if canImport(FoundationNetworking)
    import FoundationNetworking
#endif

struct Bare: Sendable {
    private let url: String
    private let session = URLSession(configuration: .ephemeral)
    private let key = SHA1.Key("secret")

    init(url: String) { self.url = url }

    // The names are those of the wire: converting them would cost the bare side time.
    // swift-format-ignore: AlwaysUseLowerCamelCase
    struct Invoice: Decodable, Sendable {
        let id: UUID
        let status: String
        let address: String
        let uri: String
        let price_amount: String
        let price_currency: String
        let fee: String
        let fee_currency: String
        let pay_amount: String
        let pay_currency: String
        let paid_amount: String
        let hosted_page_url: String
        let created_at: String
        let expires_at: String
    }

    private struct Envelope: Decodable { let data: Invoice }

    func invoice(_ id: String) async throws -> Invoice {
        let path = "/api/invoices/\(id)"
        guard let url = URL(string: url + path) else { throw URLError(.badURL) }
        let date = Bare.date(Date())
        let signature = key.sign("GET\n\napplication/json\n\(date)\n\(path)")
        var request = URLRequest(url: url)
        request.setValue("application/json", forHTTPHeaderField: "Content-Type")
        request.setValue(date, forHTTPHeaderField: "Date")
        request.setValue("HMAC key:\(signature)", forHTTPHeaderField: "Authorization")
        let (data, response) = try await session.data(for: request)
        guard (response as? HTTPURLResponse)?.statusCode == 200 else { throw URLError(.badServerResponse) }
        return try JSONDecoder().decode(Envelope.self, from: data).data
    }

    private static let days = ["Thu", "Fri", "Sat", "Sun", "Mon", "Tue", "Wed"]
    private static let months = ["Jan", "Feb", "Mar", "Apr", "May", "Jun", "Jul", "Aug", "Sep", "Oct", "Nov", "Dec"]

    private static func date(_ date: Date) -> String {
        var seconds = time_t(date.timeIntervalSince1970)
        var parts = tm()
        gmtime_r(&seconds, &parts)
        func two(_ value: Int32) -> String { value < 10 ? "0\(value)" : "\(value)" }
        let day =
            "\(days[seconds / 86_400 % 7]), \(two(parts.tm_mday)) \(months[Int(parts.tm_mon)]) \(parts.tm_year + 1900)"
        return "\(day) \(two(parts.tm_hour)):\(two(parts.tm_min)):\(two(parts.tm_sec)) GMT"
    }
}

/// SHA-1 and HMAC over it, written to be quick: the bare side is not to be slow by its signature.
enum SHA1 {
    struct Key: Sendable {
        private let inner: [UInt8]
        private let outer: [UInt8]

        init(_ secret: String) {
            let padded = Array(secret.utf8) + [UInt8](repeating: 0, count: 64 - secret.utf8.count)
            (inner, outer) = (padded.map { $0 ^ 0x36 }, padded.map { $0 ^ 0x5C })
        }

        func sign(_ text: String) -> String {
            Data(SHA1.digest(outer + SHA1.digest(inner + Array(text.utf8)))).base64EncodedString()
        }
    }

    static func digest(_ message: [UInt8]) -> [UInt8] {
        var bytes = message
        bytes.append(0x80)
        while bytes.count % 64 != 56 { bytes.append(0) }
        let bits = UInt64(message.count) * 8
        for shift in stride(from: 56, through: 0, by: -8) {
            bytes.append(UInt8(truncatingIfNeeded: bits >> UInt64(shift)))
        }
        var state: (UInt32, UInt32, UInt32, UInt32, UInt32) = (
            0x6745_2301, 0xEFCD_AB89, 0x98BA_DCFE, 0x1032_5476, 0xC3D2_E1F0
        )
        bytes.withUnsafeBytes { bytes in
            withUnsafeTemporaryAllocation(of: UInt32.self, capacity: 80) { words in
                for block in stride(from: 0, to: bytes.count, by: 64) {
                    for at in 0..<16 {
                        words[at] = bytes.loadUnaligned(fromByteOffset: block + at * 4, as: UInt32.self).bigEndian
                    }
                    for at in 16..<80 {
                        let mixed = words[at - 3] ^ words[at - 8] ^ words[at - 14] ^ words[at - 16]
                        words[at] = mixed << 1 | mixed >> 31
                    }
                    var (a, b, c, d, e) = state
                    for at in 0..<80 {
                        let (f, k): (UInt32, UInt32)
                        switch at {
                        case 0..<20: (f, k) = (b & c | ~b & d, 0x5A82_7999)
                        case 20..<40: (f, k) = (b ^ c ^ d, 0x6ED9_EBA1)
                        case 40..<60: (f, k) = (b & c | b & d | c & d, 0x8F1B_BCDC)
                        default: (f, k) = (b ^ c ^ d, 0xCA62_C1D6)
                        }
                        let next = (a << 5 | a >> 27) &+ f &+ e &+ k &+ words[at]
                        (e, d, c, b, a) = (d, c, b << 30 | b >> 2, a, next)
                    }
                    state = (state.0 &+ a, state.1 &+ b, state.2 &+ c, state.3 &+ d, state.4 &+ e)
                }
            }
        }
        return [state.0, state.1, state.2, state.3, state.4].flatMap { word in
            [24, 16, 8, 0].map { UInt8(truncatingIfNeeded: word >> UInt32($0)) }
        }
    }
}
