// Reads models out of `JSON`: the models are plain `Decodable`, and amounts still see the text of their numbers.
import Foundation

extension JSON {
    /// The value of a model in this JSON. An optional field that does not fit is absent: no reason to hide the object.
    func decode<T: Decodable>(_ type: T.Type) throws -> T {
        try Reader(json: self, path: []).read(type)
    }
}

/// The decoder, at one place of the JSON.
struct Reader: Decoder {
    let json: JSON
    let path: [CodingKey]

    var codingPath: [CodingKey] { path }
    var userInfo: [CodingUserInfoKey: Any] { [:] }

    /// The place in words, `transactions.0.risk`.
    private var place: String { path.isEmpty ? "the object" : path.map(\.stringValue).joined(separator: ".") }

    func wrong(_ words: String) -> DecodingError {
        .dataCorrupted(.init(codingPath: path, debugDescription: "\(place) \(words)"))
    }

    func read<T: Decodable>(_ type: T.Type) throws -> T {
        if type == Date.self {
            guard case .string(let text) = json, let date = Date(rfc3339: text) else { throw wrong("is not a time") }
            return date as! T
        }
        if type == UUID.self {
            guard case .string(let text) = json, let id = UUID(uuidString: text) else { throw wrong("is not a UUID") }
            return id as! T
        }
        return try T(from: self)
    }

    func at(_ key: CodingKey, _ json: JSON) -> Reader { Reader(json: json, path: path + [key]) }

    func container<Key: CodingKey>(keyedBy type: Key.Type) throws -> KeyedDecodingContainer<Key> {
        guard case .object(let members) = json else { throw wrong("is not an object") }
        return KeyedDecodingContainer(Members<Key>(reader: self, members: members))
    }

    func unkeyedContainer() throws -> UnkeyedDecodingContainer {
        guard case .array(let items) = json else { throw wrong("is not a list") }
        return Items(reader: self, items: items)
    }

    func singleValueContainer() throws -> SingleValueDecodingContainer { self }
}

extension Reader: SingleValueDecodingContainer {
    func decodeNil() -> Bool { json.isNull }

    func decode(_ type: Bool.Type) throws -> Bool {
        guard case .bool(let value) = json else { throw wrong("is neither true nor false") }
        return value
    }

    func decode(_ type: String.Type) throws -> String {
        guard case .string(let text) = json else { throw wrong("is not a string") }
        return text
    }

    func decode(_ type: Double.Type) throws -> Double {
        guard case .number(let text) = json, let value = Double(text) else { throw wrong("is not a number") }
        return value
    }

    func decode(_ type: Float.Type) throws -> Float { Float(try decode(Double.self)) }
    func decode(_ type: Int.Type) throws -> Int { try whole() }
    func decode(_ type: Int8.Type) throws -> Int8 { try whole() }
    func decode(_ type: Int16.Type) throws -> Int16 { try whole() }
    func decode(_ type: Int32.Type) throws -> Int32 { try whole() }
    func decode(_ type: Int64.Type) throws -> Int64 { try whole() }
    func decode(_ type: UInt.Type) throws -> UInt { try whole() }
    func decode(_ type: UInt8.Type) throws -> UInt8 { try whole() }
    func decode(_ type: UInt16.Type) throws -> UInt16 { try whole() }
    func decode(_ type: UInt32.Type) throws -> UInt32 { try whole() }
    func decode(_ type: UInt64.Type) throws -> UInt64 { try whole() }
    func decode<T: Decodable>(_ type: T.Type) throws -> T { try read(type) }

    private func whole<N: FixedWidthInteger>() throws -> N {
        guard case .number(let text) = json, let value = N(text) else { throw wrong("is not a whole number") }
        return value
    }
}

/// The members of an object.
private struct Members<Key: CodingKey>: KeyedDecodingContainerProtocol {
    let reader: Reader
    let members: [String: JSON]

    var codingPath: [CodingKey] { reader.path }
    var allKeys: [Key] { members.keys.compactMap { Key(stringValue: $0) } }
    func contains(_ key: Key) -> Bool { members[key.stringValue] != nil }

    private func at(_ key: Key) throws -> Reader {
        guard let json = members[key.stringValue] else { throw reader.at(key, .null).wrong("is missing") }
        return reader.at(key, json)
    }

    func decodeNil(forKey key: Key) throws -> Bool { try at(key).json.isNull }
    func decode(_ type: Bool.Type, forKey key: Key) throws -> Bool { try at(key).decode(type) }
    func decode(_ type: String.Type, forKey key: Key) throws -> String {
        if case .string(let text)? = members[key.stringValue] { return text }
        return try at(key).decode(type)
    }
    func decode(_ type: Double.Type, forKey key: Key) throws -> Double { try at(key).decode(type) }
    func decode(_ type: Float.Type, forKey key: Key) throws -> Float { try at(key).decode(type) }
    func decode(_ type: Int.Type, forKey key: Key) throws -> Int { try at(key).decode(type) }
    func decode(_ type: Int8.Type, forKey key: Key) throws -> Int8 { try at(key).decode(type) }
    func decode(_ type: Int16.Type, forKey key: Key) throws -> Int16 { try at(key).decode(type) }
    func decode(_ type: Int32.Type, forKey key: Key) throws -> Int32 { try at(key).decode(type) }
    func decode(_ type: Int64.Type, forKey key: Key) throws -> Int64 { try at(key).decode(type) }
    func decode(_ type: UInt.Type, forKey key: Key) throws -> UInt { try at(key).decode(type) }
    func decode(_ type: UInt8.Type, forKey key: Key) throws -> UInt8 { try at(key).decode(type) }
    func decode(_ type: UInt16.Type, forKey key: Key) throws -> UInt16 { try at(key).decode(type) }
    func decode(_ type: UInt32.Type, forKey key: Key) throws -> UInt32 { try at(key).decode(type) }
    func decode(_ type: UInt64.Type, forKey key: Key) throws -> UInt64 { try at(key).decode(type) }
    func decode<T: Decodable>(_ type: T.Type, forKey key: Key) throws -> T { try at(key).read(type) }

    func decodeIfPresent(_ type: Bool.Type, forKey key: Key) throws -> Bool? {
        fitting(key) { try $0.decode(type) }
    }
    func decodeIfPresent(_ type: String.Type, forKey key: Key) throws -> String? {
        if case .string(let text)? = members[key.stringValue] { return text }
        return fitting(key) { try $0.decode(type) }
    }
    func decodeIfPresent(_ type: Double.Type, forKey key: Key) throws -> Double? {
        fitting(key) { try $0.decode(type) }
    }
    func decodeIfPresent(_ type: Int.Type, forKey key: Key) throws -> Int? { fitting(key) { try $0.decode(type) } }
    func decodeIfPresent<T: Decodable>(_ type: T.Type, forKey key: Key) throws -> T? {
        fitting(key) { try $0.read(type) }
    }

    private func fitting<T>(_ key: Key, _ read: (Reader) throws -> T) -> T? {
        guard let json = members[key.stringValue], !json.isNull else { return nil }
        return try? read(reader.at(key, json))
    }

    func nestedContainer<Nested: CodingKey>(
        keyedBy type: Nested.Type, forKey key: Key
    ) throws -> KeyedDecodingContainer<Nested> {
        try at(key).container(keyedBy: type)
    }

    func nestedUnkeyedContainer(forKey key: Key) throws -> UnkeyedDecodingContainer { try at(key).unkeyedContainer() }
    func superDecoder() throws -> Decoder { reader }
    func superDecoder(forKey key: Key) throws -> Decoder { try at(key) }
}

/// The items of a list.
private struct Items: UnkeyedDecodingContainer {
    let reader: Reader
    let items: [JSON]
    var currentIndex = 0

    init(reader: Reader, items: [JSON]) {
        self.reader = reader
        self.items = items
    }

    var codingPath: [CodingKey] { reader.path }
    var count: Int? { items.count }
    var isAtEnd: Bool { currentIndex >= items.count }

    private mutating func next() throws -> Reader {
        guard !isAtEnd else { throw reader.wrong("has no more items") }
        defer { currentIndex += 1 }
        return reader.at(Index(intValue: currentIndex), items[currentIndex])
    }

    mutating func decodeNil() throws -> Bool {
        guard !isAtEnd, items[currentIndex].isNull else { return false }
        currentIndex += 1
        return true
    }

    mutating func decode(_ type: Bool.Type) throws -> Bool { try next().decode(type) }
    mutating func decode(_ type: String.Type) throws -> String { try next().decode(type) }
    mutating func decode(_ type: Double.Type) throws -> Double { try next().decode(type) }
    mutating func decode(_ type: Float.Type) throws -> Float { try next().decode(type) }
    mutating func decode(_ type: Int.Type) throws -> Int { try next().decode(type) }
    mutating func decode(_ type: Int8.Type) throws -> Int8 { try next().decode(type) }
    mutating func decode(_ type: Int16.Type) throws -> Int16 { try next().decode(type) }
    mutating func decode(_ type: Int32.Type) throws -> Int32 { try next().decode(type) }
    mutating func decode(_ type: Int64.Type) throws -> Int64 { try next().decode(type) }
    mutating func decode(_ type: UInt.Type) throws -> UInt { try next().decode(type) }
    mutating func decode(_ type: UInt8.Type) throws -> UInt8 { try next().decode(type) }
    mutating func decode(_ type: UInt16.Type) throws -> UInt16 { try next().decode(type) }
    mutating func decode(_ type: UInt32.Type) throws -> UInt32 { try next().decode(type) }
    mutating func decode(_ type: UInt64.Type) throws -> UInt64 { try next().decode(type) }
    mutating func decode<T: Decodable>(_ type: T.Type) throws -> T { try next().read(type) }

    mutating func nestedContainer<Nested: CodingKey>(
        keyedBy type: Nested.Type
    ) throws -> KeyedDecodingContainer<Nested> {
        try next().container(keyedBy: type)
    }

    mutating func nestedUnkeyedContainer() throws -> UnkeyedDecodingContainer { try next().unkeyedContainer() }
    mutating func superDecoder() throws -> Decoder { try next() }
}

private struct Index: CodingKey {
    let index: Int
    init(intValue: Int) { index = intValue }
    init?(stringValue: String) { return nil }
    var intValue: Int? { index }
    var stringValue: String { String(index) }
}

extension JSON: Codable {
    public init(from decoder: Decoder) throws {
        if let reader = decoder as? Reader {
            self = reader.json
            return
        }
        let value = try decoder.singleValueContainer()
        if value.decodeNil() {
            self = .null
        } else if let it = try? value.decode(Bool.self) {
            self = .bool(it)
        } else if let it = try? value.decode(String.self) {
            self = .string(it)
        } else if let it = try? value.decode([JSON].self) {
            self = .array(it)
        } else if let it = try? value.decode([String: JSON].self) {
            self = .object(it)
        } else {
            self = .number(try value.decode(Decimal.self).description)
        }
    }

    public func encode(to encoder: Encoder) throws {
        var value = encoder.singleValueContainer()
        switch self {
        case .null: try value.encodeNil()
        case .bool(let it): try value.encode(it)
        case .string(let it): try value.encode(it)
        case .array(let it): try value.encode(it)
        case .object(let it): try value.encode(it)
        case .number(let text):
            if let whole = Int64(text) {
                try value.encode(whole)
            } else {
                try value.encode(Decimal(string: text, locale: Locale(identifier: "en_US_POSIX")) ?? .nan)
            }
        }
    }
}
