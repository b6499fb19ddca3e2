// The record of a write that may have been applied, as a program keeps it. What is in it is the core's business.

/// What finds out later how a write ended: plain data without a secret. Store it as JSON (it is `Codable`), and give it to
/// `Cryptopay.resolve`, from any process.
public struct PendingRecord: Sendable, Hashable, Codable, CustomStringConvertible {
    /// The record's JSON.
    public let json: JSON

    /// A record that was stored as JSON.
    public init(json: JSON) { self.json = json }
    public init(from decoder: Decoder) throws { json = try JSON(from: decoder) }
    public func encode(to encoder: Encoder) throws { try json.encode(to: encoder) }

    /// The operation, `coin_withdrawals.create`.
    public var operation: String { json["operation"]?.string ?? "" }
    /// The `custom_id` of the write.
    public var customId: String? { json["custom_id"]?.string }
    public var description: String { json.text }
}
