// Enumerations that are open: a text that the API adds later arrives as itself.

/// A text of which some values are known by name. An unknown one keeps its text.
public protocol OpenEnum: RawRepresentable, Codable, Hashable, Sendable, CustomStringConvertible,
    ExpressibleByStringLiteral
where RawValue == String {
    /// The texts that this version knows.
    static var known: [Self] { get }
    init(rawValue: String)
}

extension OpenEnum {
    /// Whether this version knows the text.
    public var isKnown: Bool { Self.known.contains(self) }
    public init(stringLiteral value: String) { self.init(rawValue: value) }
    public var description: String { rawValue }
}
