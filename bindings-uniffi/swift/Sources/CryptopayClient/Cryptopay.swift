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
    public static func fromEnvironment(
        _ variables: [String: String] = ProcessInfo.processInfo.environment
    ) throws -> Cryptopay {
        try Cryptopay(Configuration.fromEnvironment(variables))
    }

    /// Finds out how the write of a record ended: applied, not applied, or still unknown. It only reads, so it may be called
    /// at any time and from any process.
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

/// What a client is made of.
public struct Configuration: Sendable {
    /// `"sandbox"`, `"production"` or a base URL.
    public var environment: String
    public var apiKey: String
    public var apiSecret: String
    /// The secrets of callbacks, the current one first; several while one is replaced.
    public var callbackSecrets: [String] = []
    /// How long a whole call may take, in seconds: waits, attempts and finding out how a write ended.
    public var timeout: TimeInterval = 90
    /// How long one attempt may take, in seconds.
    public var attemptTimeout: TimeInterval = 15
    /// How often an operation may be sent again.
    public var maxRetries = 3
    /// Requests a minute; with several processes 195 divided by their number. `nil`: no limit of its own.
    public var rateLimit: Int? = 195
    /// A limit that several processes share.
    public var sharedLimit: (any PermitStore)?
    /// Added to the `User-Agent`.
    public var userAgentSuffix: String?
    /// The largest answer that is read, in bytes.
    public var maxBody: Int?
    /// The transport; `DefaultFetch` when there is none: `CurlFetch` on Linux, else `URLSessionFetch`.
    public var fetch: (any Fetch)?
    /// Are told every step of every call.
    public var observers: [Observer] = []
    /// Clock and waiting, for tests.
    public var time: any Time = RealTime()

    public init(environment: String, apiKey: String, apiSecret: String) {
        (self.environment, self.apiKey, self.apiSecret) = (environment, apiKey, apiSecret)
    }

    /// The settings in `CRYPTOPAY_ENVIRONMENT`, `CRYPTOPAY_API_KEY`, `CRYPTOPAY_API_SECRET` and
    /// `CRYPTOPAY_CALLBACK_SECRET` (several with commas).
    public static func fromEnvironment(
        _ variables: [String: String] = ProcessInfo.processInfo.environment
    ) throws -> Configuration {
        func read(_ name: String, _ variable: String) throws -> String {
            if let value = variables[variable], !value.isEmpty { return value }
            let message = "\(name): is missing, set the environment variable \(variable)"
            throw ConfigurationError(details: ErrorDetails(text: "configuration: \(message)", message: message))
        }
        var configuration = Configuration(
            environment: try read("environment", "CRYPTOPAY_ENVIRONMENT"),
            apiKey: try read("api_key", "CRYPTOPAY_API_KEY"),
            apiSecret: try read("api_secret", "CRYPTOPAY_API_SECRET"))
        let secrets = variables["CRYPTOPAY_CALLBACK_SECRET"] ?? ""
        configuration.callbackSecrets = secrets.split(separator: ",").map(String.init)
        return configuration
    }

    var json: JSON {
        var settings: [String: JSON] = [
            "environment": .string(environment),
            "api_key": .string(apiKey),
            "api_secret": .string(apiSecret),
            "callback_secrets": callbackSecrets.parameter,
            "deadline_ms": milliseconds(timeout),
            "attempt_timeout_ms": milliseconds(attemptTimeout),
            "max_retries": maxRetries.parameter,
            "rate_limit": (rateLimit ?? 0).parameter,
            "shared_limit": .bool(sharedLimit != nil),
        ]
        settings["user_agent_suffix"] = userAgentSuffix?.parameter
        settings["max_body"] = maxBody?.parameter
        return .object(settings)
    }
}

extension Configuration: CustomStringConvertible, CustomDebugStringConvertible, CustomReflectable {
    public var description: String { "Configuration(\(environment))" }
    public var debugDescription: String { description }
    public var customMirror: Mirror { Mirror(self, children: ["environment": environment]) }
}
