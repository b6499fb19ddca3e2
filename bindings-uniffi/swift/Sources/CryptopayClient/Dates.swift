// Times as the border and the API write them: ms since 1970, and RFC 3339 without a formatter, because formatters are slow
// to make and unsafe to share.
import Foundation

extension Date {
    /// The time in this text, to the microsecond; nothing when it is none.
    init?(rfc3339 text: String) {
        let bytes = Array(text.utf8)
        func number(_ range: Range<Int>) -> Int? {
            guard range.upperBound <= bytes.count else { return nil }
            var value = 0
            for byte in bytes[range] {
                guard byte >= 0x30, byte <= 0x39 else { return nil }
                value = value * 10 + Int(byte - 0x30)
            }
            return value
        }
        func has(_ sign: Character, at index: Int) -> Bool {
            guard index < bytes.count, let wanted = sign.asciiValue else { return false }
            return bytes[index] == wanted || (sign.isLetter && bytes[index] == wanted - 0x20)
        }
        guard let year = number(0..<4), has("-", at: 4), let month = number(5..<7), has("-", at: 7),
            let day = number(8..<10), has("t", at: 10) || has(" ", at: 10), let hour = number(11..<13),
            has(":", at: 13), let minute = number(14..<16), has(":", at: 16), let second = number(17..<19),
            (1...12).contains(month), (1...31).contains(day), hour < 24, minute < 60, second <= 60
        else { return nil }
        var at = 19
        var fraction = 0.0
        if at < bytes.count, bytes[at] == UInt8(ascii: ".") {
            let start = at + 1
            at = start
            while at < bytes.count, (0x30...0x39).contains(bytes[at]) { at += 1 }
            guard at > start, let value = Double("0." + String(decoding: bytes[start..<at], as: UTF8.self)) else {
                return nil
            }
            fraction = value
        }
        var offset = 0
        if has("z", at: at), at + 1 == bytes.count {
            offset = 0
        } else if at + 6 == bytes.count, has("+", at: at) || has("-", at: at), let hours = number(at + 1..<at + 3),
            has(":", at: at + 3), let minutes = number(at + 4..<at + 6), hours < 24, minutes < 60
        {
            offset = (hours * 60 + minutes) * (bytes[at] == UInt8(ascii: "-") ? -60 : 60)
        } else {
            return nil
        }
        // Days since 1970 of the proleptic Gregorian calendar.
        let shifted = month <= 2 ? year - 1 : year
        let era = (shifted >= 0 ? shifted : shifted - 399) / 400
        let ofEra = shifted - era * 400
        let ofYear = (153 * (month + (month > 2 ? -3 : 9)) + 2) / 5 + day - 1
        let days = era * 146_097 + ofEra * 365 + ofEra / 4 - ofEra / 100 + ofYear - 719_468
        let seconds = days * 86_400 + hour * 3_600 + minute * 60 + second - offset
        self.init(timeIntervalSince1970: Double(seconds) + fraction)
    }

    /// The text of this time in UTC.
    var rfc3339: String {
        let milliseconds = Int((timeIntervalSince1970 * 1000).rounded())
        let (days, rest) = (Self.floor(milliseconds, 86_400_000), Self.modulo(milliseconds, 86_400_000))
        let shifted = days + 719_468
        let era = Self.floor(shifted, 146_097)
        let ofEra = Self.modulo(shifted, 146_097)
        let yearOfEra = (ofEra - ofEra / 1_460 + ofEra / 36_524 - ofEra / 146_096) / 365
        let ofYear = ofEra - (365 * yearOfEra + yearOfEra / 4 - yearOfEra / 100)
        let shiftedMonth = (5 * ofYear + 2) / 153
        let day = ofYear - (153 * shiftedMonth + 2) / 5 + 1
        let month = shiftedMonth < 10 ? shiftedMonth + 3 : shiftedMonth - 9
        let year = yearOfEra + era * 400 + (month <= 2 ? 1 : 0)
        func padded(_ value: Int, _ width: Int = 2) -> String {
            let text = String(value)
            return String(repeating: "0", count: Swift.max(0, width - text.count)) + text
        }
        let time = [rest / 3_600_000, rest / 60_000 % 60, rest / 1000 % 60].map { padded($0) }.joined(separator: ":")
        return "\(padded(year, 4))-\(padded(month))-\(padded(day))T\(time).\(padded(rest % 1000, 3))Z"
    }

    private static func floor(_ value: Int, _ by: Int) -> Int { (value - modulo(value, by)) / by }
    private static func modulo(_ value: Int, _ by: Int) -> Int { (value % by + by) % by }
}

extension Date {
    /// Ms since 1970.
    init(milliseconds: Int) { self.init(timeIntervalSince1970: Double(milliseconds) / 1000) }
    var milliseconds: Int { Int((timeIntervalSince1970 * 1000).rounded()) }
}
