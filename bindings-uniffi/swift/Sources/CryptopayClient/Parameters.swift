// The parameters of a call as the core reads them, and changes of fields that may be empty.
import Foundation

/// Something that can be a parameter.
protocol Parameter {
    var parameter: JSON { get }
}

extension String: Parameter { var parameter: JSON { .string(self) } }
extension Bool: Parameter { var parameter: JSON { .bool(self) } }
extension Int: Parameter { var parameter: JSON { .number(String(self)) } }
extension UUID: Parameter { var parameter: JSON { .string(uuidString.lowercased()) } }
extension Date: Parameter { var parameter: JSON { .string(rfc3339) } }
extension Amount: Parameter { var parameter: JSON { .string(text) } }
extension OpenEnum { var parameter: JSON { .string(rawValue) } }
extension Array: Parameter where Element: Parameter {
    var parameter: JSON { .array(map(\.parameter)) }
}
extension Dictionary: Parameter where Key == String, Value == String {
    var parameter: JSON { .object(mapValues { .string($0) }) }
}

/// A change to a field that may be empty: `.keep` it, `.clear` it, or `.set` it. `nil` clears; text can be written as it is.
public enum Change<Value: Sendable>: Sendable, ExpressibleByNilLiteral {
    /// The field stays as it is.
    case keep
    /// The field is emptied.
    case clear
    /// The field gets this value.
    case set(Value)

    /// `nil` clears.
    public init(nilLiteral: ()) { self = .clear }
}

extension Change: Equatable where Value: Equatable {}
extension Change: ExpressibleByUnicodeScalarLiteral where Value == String {
    public init(unicodeScalarLiteral value: String) { self = .set(value) }
}
extension Change: ExpressibleByExtendedGraphemeClusterLiteral where Value == String {
    public init(extendedGraphemeClusterLiteral value: String) { self = .set(value) }
}
extension Change: ExpressibleByStringLiteral where Value == String {
    public init(stringLiteral value: String) { self = .set(value) }
}

extension Change where Value: Parameter {
    var parameter: JSON? {
        switch self {
        case .keep: return nil
        case .clear: return .null
        case .set(let value): return value.parameter
        }
    }
}
