// The contract's files and its comparison, as every runner has them.
import Foundation

@testable import CryptopayClient

enum Contract {
    static let root = (0..<5).reduce(URL(fileURLWithPath: #filePath)) { path, _ in path.deletingLastPathComponent() }

    /// Every file of a folder, by name.
    static func all(_ folder: String) throws -> [(name: String, json: JSON)] {
        let folder = root.appendingPathComponent("tests").appendingPathComponent(folder)
        let names = try FileManager.default.contentsOfDirectory(atPath: folder.path)
        return try names.filter { $0.hasSuffix(".json") }.sorted().map { name in
            (name, try JSON(Data(contentsOf: folder.appendingPathComponent(name))))
        }
    }

    /// What does not match: listed keys must, lists exactly; `null` is absent or null, `"*"` anything, `[lo, hi]` a range.
    static func differences(_ expected: JSON, _ actual: JSON?, _ path: String = "") -> [String] {
        let found = actual.flatMap { $0.isNull ? nil : $0 }
        switch (expected, found) {
        case (.null, nil): return []
        case (.string("*"), .some): return []
        case (.object(let members), .object):
            return members.keys.sorted().flatMap { differences(members[$0] ?? .null, found?[$0], "\(path).\($0)") }
        case (.array(let range), .number(let text)) where range.count == 2:
            if let low = range[0].int, let high = range[1].int, let value = Int(text), low <= value, value <= high {
                return []
            }
        case (.array(let items), .array(let others)) where items.count == others.count:
            return zip(items, others).enumerated().flatMap { differences($1.0, $1.1, "\(path)[\($0)]") }
        case (.number(let one), .number(let other)):
            if one == other || Double(one) == Double(other) { return [] }
        default: if expected == found { return [] }
        }
        return ["\(path): expected \(expected.text), got \(actual?.text ?? "nothing")"]
    }

    /// The body in `json`, `text` (which may repeat) or `hex`.
    static func body(_ answer: JSON) -> Data {
        if let json = answer["json"] { return json.data }
        if let text = answer["text"] { return Contract.text(text) }
        let digits = Array(answer["hex"]?.string ?? "")
        return Data(
            stride(from: 0, to: digits.count, by: 2).compactMap { UInt8(String(digits[$0...$0 + 1]), radix: 16) })
    }

    static func text(_ value: JSON) -> Data {
        if let times = value["repeat"]?.items, let text = times[0].string, let count = times[1].int {
            return Data(String(repeating: text, count: count).utf8)
        }
        return Data((value.string ?? "").utf8)
    }

    /// Headers as pairs, names in lower case.
    static func pairs(_ headers: JSON?) -> [(name: String, value: String)] {
        guard case .object(let members)? = headers else { return [] }
        return members.keys.sorted().map { ($0.lowercased(), members[$0]?.string ?? "") }
    }
}

struct Wrong: Error, CustomStringConvertible {
    let description: String
    init(_ words: String...) { description = words.joined(separator: "\n") }
}

extension JSON {
    var members: [String: JSON] {
        guard case .object(let members) = self else { return [:] }
        return members
    }

    func with(_ more: [String: JSON]) -> JSON { .object(members.merging(more) { $1 }) }
    subscript(index: Int) -> JSON? { items.flatMap { $0.indices.contains(index) ? $0[index] : nil } }
    static func of(_ value: Int) -> JSON { .number(String(value)) }
}
