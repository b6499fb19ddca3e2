// JSON as a value, with numbers kept as the text they came in: an amount never goes through a float.
import Foundation

/// A JSON value.
public enum JSON: Sendable, Hashable {
    /// `null`.
    case null
    /// `true` or `false`.
    case bool(Bool)
    /// The number's own text, `100.10`.
    case number(String)
    /// A text, its escapes read.
    case string(String)
    /// A list.
    case array([JSON])
    /// Names and their values; of a name that comes twice, the last.
    case object([String: JSON])

    /// Reads a JSON text.
    ///
    /// - Throws: `JSONError` when it is none.
    public init(_ text: Data) throws {
        self = try text.withUnsafeBytes { bytes in
            var reader = JSONReader(bytes: bytes)
            return try reader.document()
        }
    }

    /// Reads a JSON text.
    ///
    /// - Throws: `JSONError` when it is none.
    public init(text: String) throws {
        try self.init(Data(text.utf8))
    }

    /// The member of an object.
    public subscript(name: String) -> JSON? {
        guard case .object(let members) = self else { return nil }
        return members[name]
    }

    /// The text of a string.
    public var string: String? {
        guard case .string(let text) = self else { return nil }
        return text
    }

    /// A whole number that fits into an `Int`.
    public var int: Int? {
        guard case .number(let text) = self else { return nil }
        return Int(text)
    }

    /// The items of a list.
    public var items: [JSON]? {
        guard case .array(let items) = self else { return nil }
        return items
    }

    /// Whether it is `null`.
    public var isNull: Bool { self == .null }

    /// The JSON text, with the members of objects in the order of their names.
    public var text: String {
        var out = ""
        write(to: &out)
        return out
    }

    /// The JSON text as UTF-8, with the members of objects in any order.
    var data: Data {
        var out = ""
        write(to: &out, sorted: false)
        return Data(out.utf8)
    }

    private func write(to out: inout String, sorted: Bool = true) {
        switch self {
        case .null: out += "null"
        case .bool(let value): out += value ? "true" : "false"
        case .number(let text): out += text
        case .string(let text): JSON.quote(text, to: &out)
        case .array(let items):
            out += "["
            for (index, item) in items.enumerated() {
                if index > 0 { out += "," }
                item.write(to: &out, sorted: sorted)
            }
            out += "]"
        case .object(let members):
            var mark = "{"
            func write(_ name: String, _ member: JSON) {
                out += mark
                mark = ","
                JSON.quote(name, to: &out)
                out += ":"
                member.write(to: &out, sorted: sorted)
            }
            if sorted {
                for (name, member) in members.sorted(by: { $0.key < $1.key }) { write(name, member) }
            } else {
                for (name, member) in members { write(name, member) }
            }
            out += members.isEmpty ? "{}" : "}"
        }
    }

    private static func quote(_ text: String, to out: inout String) {
        out += "\""
        // What needs no escape, which is nearly everything, is taken whole.
        if text.utf8.allSatisfy({ $0 >= 0x20 && $0 != UInt8(ascii: "\"") && $0 != UInt8(ascii: "\\") }) {
            out += text
            out += "\""
            return
        }
        for scalar in text.unicodeScalars {
            switch scalar {
            case "\"": out += "\\\""
            case "\\": out += "\\\\"
            case "\n": out += "\\n"
            case "\r": out += "\\r"
            case "\t": out += "\\t"
            case _ where scalar.value < 0x20:
                let hex = String(scalar.value, radix: 16)
                out += "\\u" + String(repeating: "0", count: 4 - hex.count) + hex
            default: out.unicodeScalars.append(scalar)
            }
        }
        out += "\""
    }
}

/// A text that is no JSON.
public struct JSONError: Error, Sendable, CustomStringConvertible {
    /// Where, in bytes.
    public let offset: Int
    public var description: String { "not JSON at byte \(offset)" }
}

extension JSON: ExpressibleByStringLiteral, ExpressibleByBooleanLiteral, ExpressibleByIntegerLiteral,
    ExpressibleByArrayLiteral, ExpressibleByDictionaryLiteral
{
    public init(stringLiteral value: String) { self = .string(value) }
    public init(booleanLiteral value: Bool) { self = .bool(value) }
    public init(integerLiteral value: Int) { self = .number(String(value)) }
    public init(arrayLiteral elements: JSON...) { self = .array(elements) }
    public init(dictionaryLiteral elements: (String, JSON)...) {
        self = .object(Dictionary(elements, uniquingKeysWith: { $1 }))
    }
}

/// One pass over the bytes.
private struct JSONReader {
    let bytes: UnsafeRawBufferPointer
    var at = 0
    var depth = 0

    init(bytes: UnsafeRawBufferPointer) { self.bytes = bytes }

    mutating func document() throws -> JSON {
        let value = try self.value()
        skip()
        guard at == bytes.count else { throw wrong() }
        return value
    }

    private func wrong() -> JSONError { JSONError(offset: at) }

    private var peek: UInt8? { at < bytes.count ? bytes[at] : nil }

    private mutating func skip() {
        while let byte = peek, byte == 0x20 || byte == 0x0A || byte == 0x0D || byte == 0x09 { at += 1 }
    }

    private mutating func expect(_ byte: UInt8) throws {
        guard peek == byte else { throw wrong() }
        at += 1
    }

    private mutating func value() throws -> JSON {
        skip()
        guard let byte = peek else { throw wrong() }
        switch byte {
        case UInt8(ascii: "{"): return try nested { try $0.object() }
        case UInt8(ascii: "["): return try nested { try $0.array() }
        case UInt8(ascii: "\""): return .string(try string())
        case UInt8(ascii: "t"): return try word("true", .bool(true))
        case UInt8(ascii: "f"): return try word("false", .bool(false))
        case UInt8(ascii: "n"): return try word("null", .null)
        default: return .number(try number())
        }
    }

    private mutating func nested(_ read: (inout JSONReader) throws -> JSON) throws -> JSON {
        depth += 1
        guard depth <= 128 else { throw wrong() }
        let value = try read(&self)
        depth -= 1
        return value
    }

    private mutating func object() throws -> JSON {
        var members: [String: JSON] = [:]
        at += 1
        skip()
        if peek == UInt8(ascii: "}") {
            at += 1
            return .object(members)
        }
        while true {
            skip()
            let name = try string()
            skip()
            try expect(UInt8(ascii: ":"))
            members[name] = try value()
            skip()
            if peek == UInt8(ascii: ",") {
                at += 1
            } else {
                try expect(UInt8(ascii: "}"))
                return .object(members)
            }
        }
    }

    private mutating func array() throws -> JSON {
        var items: [JSON] = []
        at += 1
        skip()
        if peek == UInt8(ascii: "]") {
            at += 1
            return .array(items)
        }
        while true {
            items.append(try value())
            skip()
            if peek == UInt8(ascii: ",") {
                at += 1
            } else {
                try expect(UInt8(ascii: "]"))
                return .array(items)
            }
        }
    }

    private mutating func word(_ word: StaticString, _ value: JSON) throws -> JSON {
        let length = word.utf8CodeUnitCount
        guard at + length <= bytes.count, memcmp(bytes.baseAddress! + at, word.utf8Start, length) == 0 else {
            throw wrong()
        }
        at += length
        return value
    }

    private mutating func number() throws -> String {
        let start = at
        if peek == UInt8(ascii: "-") { at += 1 }
        let whole = digits()
        guard whole > 0, whole == 1 || bytes[at - whole] != UInt8(ascii: "0") else { throw wrong() }
        if peek == UInt8(ascii: ".") {
            at += 1
            guard digits() > 0 else { throw wrong() }
        }
        if let byte = peek, byte | 0x20 == UInt8(ascii: "e") {
            at += 1
            if let sign = peek, sign == UInt8(ascii: "+") || sign == UInt8(ascii: "-") { at += 1 }
            guard digits() > 0 else { throw wrong() }
        }
        return String(decoding: bytes[start..<at], as: UTF8.self)
    }

    private mutating func digits() -> Int {
        let start = at
        while let byte = peek, byte >= 0x30, byte <= 0x39 { at += 1 }
        return at - start
    }

    private mutating func string() throws -> String {
        try expect(UInt8(ascii: "\""))
        let start = at
        while let byte = peek, byte != UInt8(ascii: "\""), byte != UInt8(ascii: "\\"), byte >= 0x20 { at += 1 }
        if peek == UInt8(ascii: "\"") {
            at += 1
            return String(decoding: bytes[start..<(at - 1)], as: UTF8.self)
        }
        var units = Array(bytes[start..<at])
        while let byte = peek {
            at += 1
            switch byte {
            case UInt8(ascii: "\""): return String(decoding: units, as: UTF8.self)
            case UInt8(ascii: "\\"): try escape(into: &units)
            case 0..<0x20: throw wrong()
            default: units.append(byte)
            }
        }
        throw wrong()
    }

    private mutating func escape(into units: inout [UInt8]) throws {
        guard let byte = peek else { throw wrong() }
        at += 1
        switch byte {
        case UInt8(ascii: "n"): units.append(0x0A)
        case UInt8(ascii: "t"): units.append(0x09)
        case UInt8(ascii: "r"): units.append(0x0D)
        case UInt8(ascii: "b"): units.append(0x08)
        case UInt8(ascii: "f"): units.append(0x0C)
        case UInt8(ascii: "\""), UInt8(ascii: "\\"), UInt8(ascii: "/"): units.append(byte)
        case UInt8(ascii: "u"):
            var code = try hex()
            if code & 0xFC00 == 0xD800, peek == UInt8(ascii: "\\"), at + 1 < bytes.count,
                bytes[at + 1] == UInt8(ascii: "u")
            {
                let mark = at
                at += 2
                let low = try hex()
                if low & 0xFC00 == 0xDC00 {
                    code = 0x10000 + ((code & 0x3FF) << 10) + (low & 0x3FF)
                } else {
                    at = mark
                }
            }
            units.append(contentsOf: Array(String(Unicode.Scalar(code) ?? "\u{FFFD}").utf8))
        default: throw wrong()
        }
    }

    private mutating func hex() throws -> UInt32 {
        guard at + 4 <= bytes.count else { throw wrong() }
        var code: UInt32 = 0
        for _ in 0..<4 {
            let byte = bytes[at]
            let digit: UInt8
            switch byte {
            case 0x30...0x39: digit = byte - 0x30
            case 0x41...0x46: digit = byte - 0x37
            case 0x61...0x66: digit = byte - 0x57
            default: throw wrong()
            }
            code = code << 4 | UInt32(digit)
            at += 1
        }
        return code
    }
}
