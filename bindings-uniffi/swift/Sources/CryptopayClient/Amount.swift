// Amounts of money. They keep the text that came, so nothing is ever rounded, and refuse floats: in Swift
// `let price: Decimal = 3.133` already goes through a `Double`.
import CryptopayNative
import Foundation

/// An amount of money: exact, never a float.
///
/// Write it as text (`"100.00"`), as a whole number (`100`) or from a `Decimal`; read it as `decimal`. A float literal does
/// not compile.
public struct Amount: Sendable {
    /// The plain decimal as it came, `"100.10"`.
    public let text: String

    /// The amount in this text, or nothing when it is no plain decimal such as `-12.50`.
    public init?(_ text: String) {
        guard Amount.isPlain(text) else { return nil }
        self.text = text
    }

    /// The same amount as a `Decimal`; `NaN` is no amount and is refused by the call that gets it.
    public init<Number: ExactNumber>(_ value: Number) {
        text = value.description
    }

    @available(*, unavailable, message: "a float is not exact: write the amount as text, \"3.133\", or pass a Decimal")
    public init(_ value: Double) {
        text = value.description
    }

    private init(unchecked text: String) {
        self.text = text
    }

    /// The exact value. `nil` when it has more digits than a `Decimal` (38); `text` has them all.
    public var decimal: Decimal? {
        guard Amount.isPlain(text), let value = Decimal(string: text, locale: Locale(identifier: "en_US_POSIX")) else {
            return nil
        }
        return Amount.equal(value.description, text) ? value : nil
    }

    /// `-?\d+(\.\d+)?`.
    static func isPlain(_ text: String) -> Bool {
        let unsigned = text.hasPrefix("-") ? text.dropFirst() : text[...]
        let parts = unsigned.split(separator: ".", omittingEmptySubsequences: false)
        return parts.count <= 2 && parts.allSatisfy { !$0.isEmpty && $0.utf8.allSatisfy { (0x30...0x39).contains($0) } }
    }

    /// The one text of all equal amounts.
    private var normalised: String {
        struct Read: Decodable { let normalised: String? }
        let told = try? JSON(text: readAmount(text: Data(text.utf8), number: false)).decode(Read.self)
        return told?.normalised ?? text
    }

    /// Whether two texts are the same amount.
    private static func equal(_ one: String, _ other: String) -> Bool {
        (try? sameAmount(one: Data(one.utf8), other: Data(other.utf8))) ?? false
    }
}

/// What an amount is made of besides text: `Decimal`. Where a `Decimal` itself is asked for, a float literal is taken too, by way
/// of a `Double`; here it stays a `Double`, which is none of these.
public protocol ExactNumber: CustomStringConvertible {}

extension Decimal: ExactNumber {}

extension Amount: ExpressibleByStringLiteral, ExpressibleByIntegerLiteral, CustomStringConvertible {
    /// What is no plain decimal is refused by the call that gets it, before anything is sent.
    public init(stringLiteral value: String) { self.init(unchecked: value) }
    public init(integerLiteral value: Int) { self.init(unchecked: String(value)) }
    public var description: String { text }
}

extension Amount: Hashable {
    /// Equal by value: `1.0` is `1`.
    public static func == (one: Amount, other: Amount) -> Bool {
        one.text == other.text || equal(one.text, other.text)
    }

    public func hash(into hasher: inout Hasher) { hasher.combine(normalised) }
}

extension Amount: Codable {
    public init(from decoder: Decoder) throws {
        if let reader = decoder as? Reader {
            switch reader.json {
            case .string(let text): self.init(unchecked: text)
            case .number(let text): self.init(unchecked: try Amount.plain(number: text, reader))
            default: throw reader.wrong("is not an amount")
            }
        } else {
            self.init(unchecked: try decoder.singleValueContainer().decode(String.self))
        }
    }

    public func encode(to encoder: Encoder) throws {
        var value = encoder.singleValueContainer()
        try value.encode(text)
    }

    /// The plain text of a JSON number; an exponent is written out by the core.
    private static func plain(number: String, _ reader: Reader) throws -> String {
        if isPlain(number) { return number }
        struct Read: Decodable { let normalised: String? }
        let told = try JSON(
            text: crossed("amount") { try readAmount(text: Data(number.utf8), number: true) }
        ).decode(Read.self)
        guard let plain = told.normalised else { throw reader.wrong("is not an amount") }
        return plain
    }
}
