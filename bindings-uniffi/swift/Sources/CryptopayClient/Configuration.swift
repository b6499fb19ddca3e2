// What a client is made of, given by hand or by environment variables. Whether the settings are good is for the core to say.
import Foundation

/// What a client is made of.
public struct Configuration: Sendable {
    /// `"sandbox"`, `"production"` or a base URL.
    public var environment: String
    /// The API key.
    public var apiKey: String
    /// The API secret. It signs, and is never sent or printed.
    public var apiSecret: String
    /// The secrets of callbacks, the current one first; several while one is replaced.
    public var callbackSecrets: [String] = []
    /// How long a whole call may take, in seconds: waits, attempts and finding out how a write ended.
    public var timeout: TimeInterval = 90
    /// How long one attempt may take, in seconds.
    public var attemptTimeout: TimeInterval = 15
    /// How often an operation may be sent again; 0 means one request.
    public var maxRetries = 3
    /// Requests a minute, 1 to 200; with several processes 195 divided by their number. `nil`: no limit of its own.
    public var rateLimit: Int? = 195
    /// A limit that several processes share; where it fails `rateLimit` decides: set that to 195 divided by their number as
    /// well.
    public var sharedLimit: (any PermitStore)?
    /// Added to the `User-Agent`.
    public var userAgentSuffix: String?
    /// The largest answer that is read, in bytes; 16 MiB when there is none.
    public var maxBody: Int?
    /// The transport; `DefaultFetch` when there is none: `CurlFetch` on Linux, else `URLSessionFetch`.
    public var fetch: (any Fetch)?
    /// They are told every step of every call.
    public var observers: [Observer] = []
    /// Clock and waiting, for tests.
    public var time: any Time = RealTime()

    /// What every client needs; the rest is set on the value.
    ///
    /// - Parameters:
    ///   - environment: `"sandbox"`, `"production"` or a base URL. There is no default: it decides about real money.
    ///   - apiKey: The API key.
    ///   - apiSecret: The API secret.
    public init(environment: String, apiKey: String, apiSecret: String) {
        (self.environment, self.apiKey, self.apiSecret) = (environment, apiKey, apiSecret)
    }

    /// The settings in `CRYPTOPAY_ENVIRONMENT`, `CRYPTOPAY_API_KEY`, `CRYPTOPAY_API_SECRET` and
    /// `CRYPTOPAY_CALLBACK_SECRET` (several with commas).
    ///
    /// - Parameter variables: The environment variables, by name.
    /// - Returns: The settings; the others are as `init` leaves them.
    /// - Throws: `ConfigurationError` when one of the first three is missing or empty.
    public static func fromEnvironment(
        _ variables: [String: String] = ProcessInfo.processInfo.environment
    ) throws -> Configuration {
        func read(_ words: String, _ variable: String) throws -> String {
            if let value = variables[variable], !value.isEmpty { return value }
            let message = "the \(words) is missing, set the environment variable \(variable)"
            throw ConfigurationError(message)
        }
        var configuration = Configuration(
            environment: try read("environment", "CRYPTOPAY_ENVIRONMENT"),
            apiKey: try read("API key", "CRYPTOPAY_API_KEY"),
            apiSecret: try read("API secret", "CRYPTOPAY_API_SECRET"))
        let secrets = variables["CRYPTOPAY_CALLBACK_SECRET"] ?? ""
        configuration.callbackSecrets = secrets.split(separator: ",").map(String.init)
        return configuration
    }

    /// As the core reads it.
    var json: JSON {
        var settings: [String: JSON] = [
            "environment": .string(environment),
            "api_key": .string(apiKey),
            "api_secret": .string(apiSecret),
            "callback_secrets": callbackSecrets.parameter,
            "deadline_ms": milliseconds(timeout),
            "attempt_timeout_ms": milliseconds(attemptTimeout),
            "max_retries": maxRetries.parameter,
            "rate_limit": rateLimit?.parameter ?? .null,
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

extension ConfigurationError {
    /// - Parameter words: Which setting is wrong, and what to do.
    init(_ words: String) { self.init(details: ErrorDetails(text: "configuration: \(words)", message: words)) }
}
