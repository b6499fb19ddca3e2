// The client. It holds a core client, a transport and the resources; all that is decided is decided in the core.
import Foundation

/// The API. Safe to use from any task; make one for each API key and keep it.
public struct Cryptopay: Sendable {
    /// How callbacks are verified.
    public let callbacks: Callbacks
    let engine: Engine
    private let environment: String

    /// - Throws: `ConfigurationError` when a setting is missing or wrong; its text says which and what to do.
    public init(_ configuration: Configuration) throws {
        environment = configuration.environment
        callbacks = Callbacks(secrets: configuration.callbackSecrets)
        engine = try Engine(
            config: configuration.json,
            host: Host(
                fetch: configuration.fetch ?? DefaultFetch(),
                time: configuration.time,
                permits: configuration.sharedLimit,
                observers: configuration.observers))
    }

    /// - Parameters:
    ///   - environment: `"sandbox"`, `"production"` or a base URL. There is no default: it decides about real money.
    ///   - apiKey: The API key.
    ///   - apiSecret: The API secret. It is never sent or printed.
    public init(environment: String, apiKey: String, apiSecret: String) throws {
        try self.init(Configuration(environment: environment, apiKey: apiKey, apiSecret: apiSecret))
    }

    /// A client of the environment variables `CRYPTOPAY_ENVIRONMENT`, `CRYPTOPAY_API_KEY`, `CRYPTOPAY_API_SECRET` and
    /// `CRYPTOPAY_CALLBACK_SECRET` (several with commas).
    ///
    /// - Parameter variables: The environment variables, by name.
    /// - Returns: The client. It has not connected yet.
    /// - Throws: `ConfigurationError` when one of the first three is missing, or one is wrong; the text says which.
    public static func fromEnvironment(
        _ variables: [String: String] = ProcessInfo.processInfo.environment
    ) throws -> Cryptopay {
        try Cryptopay(Configuration.fromEnvironment(variables))
    }

    /// Finds out how the write of a record ended: applied, not applied, or still unknown. It only reads, so it may be called
    /// at any time and from any process. Applied says that the request was carried out, not that the money arrived: read the
    /// object's status.
    ///
    /// - Parameters:
    ///   - record: What an `OutcomeUnknownError` or an outcome carries, also after it was stored.
    ///   - options: What is set for this call alone.
    /// - Returns: How it ended, with the object where one was read; unknown also without a network or with wrong keys.
    /// - Throws: `InvalidArgumentError` when it is no record or an option is wrong.
    public func resolve(_ record: PendingRecord, options: ReadOptions = .init()) async throws -> Resolution {
        let ended = try await engine.run("resolve", record.json, options.json)
        let why = ended.resolved["unresolved"]
        return Resolution(
            state: Resolution.State(rawValue: ended.resolved["resolved"]?.string ?? "") ?? .unknown,
            reason: why?["cause"].flatMap(Cause.init),
            retryAt: why?["retry_at_ms"]?.int.map(Date.init(milliseconds:)),
            differing: (why?["differing"]?.items ?? []).compactMap(\.string),
            outcome: ended.outcome)
    }
}

extension Cryptopay: CustomStringConvertible, CustomDebugStringConvertible, CustomReflectable {
    public var description: String { "Cryptopay(\(environment))" }
    public var debugDescription: String { description }
    public var customMirror: Mirror { Mirror(self, children: ["environment": environment]) }
}
