// The loop that runs a call: do what the step says, report back, until it is done. Every decision is the core's. A
// cancelled task ends the call at once in every state; what that means for a write that may have left is the core's to say.
import CryptopayNative
import Foundation

/// What a client lends to its calls.
struct Host: Sendable {
    let fetch: any Fetch
    let time: any Time
    let permits: (any PermitStore)?
    let observers: [Observer]
}

/// A call that ended well, and the body that its ending points into.
struct Ended: Sendable {
    let call: CryptopayNative.Call
    let operation: String
    let outcome: Outcome
    let resolved: JSON
}

/// A call on its way.
struct Running {
    let call: CryptopayNative.Call
    let operation: String
    let host: Host
    private(set) var step: Step
    private(set) var body = Data()
    private var failure: (any Error)?
    /// Whether a request was given to the transport.
    private var sent = false

    init(_ begun: Begun, _ operation: String, _ host: Host) throws {
        (call, self.operation, self.host) = (begun.call, operation, host)
        step = try Step(text: begun.step, operation: operation, cause: nil)
        see()
    }

    private mutating func see() {
        if case .fetch = step { sent = true }
        // Whatever goes wrong here must not end the call.
        guard !host.observers.isEmpty, let text = try? call.seen(), let json = try? JSON(text: text) else { return }
        let seen = Seen(json)
        host.observers.forEach { $0(seen) }
    }

    private mutating func tell(_ event: JSON, _ name: String, _ body: Data = Data()) throws {
        let now = host.time.now()
        let told: JSON = [
            "unix_ms": .number(String(now.unixMs)), "tick_ms": .number(String(now.tickMs)), name: event,
        ]
        do {
            step = try Step(
                text: call.advance(event: told.data, body: body), operation: operation, cause: failure)
        } catch {
            throw brokenOff(call, operation, sent: sent, error)
        }
        see()
    }

    mutating func answered(_ response: Response) throws {
        var headers: [JSON] = []
        for (name, value) in response.headers {
            let name = name.lowercased()
            if Response.headers.contains(name) { headers.append([.string(name), .string(value)]) }
        }
        (body, failure) = (response.body, nil)
        try tell(["status": .number(String(response.status)), "headers": .array(headers)], "response", body)
    }

    mutating func failed(_ error: FetchError) throws {
        failure = error.cause ?? error
        let detail: JSON = .string(error.told)
        try tell(
            ["kind": .string(error.kind.rawValue), "sent": .string(error.sent ? "maybe" : "no"), "detail": detail],
            "failed")
    }

    mutating func woken() throws { try tell([:], "woken") }
    /// A time that has passed means now.
    mutating func permitted(_ waitMs: Int) throws {
        try tell(["wait_ms": .number(String(max(waitMs, 0)))], "permitted")
    }
    mutating func permitFailed() throws { try tell([:], "permit_failed") }

    /// - Parameter sent: False: what was on its way is known not to have left.
    mutating func cancelled(sent: Bool = true) throws {
        failure = CancellationError()
        try tell(sent ? [:] : ["sent": "no"], "cancelled")
    }
}

/// Runs a call to its end.
func drive(_ running: inout Running) async throws -> Done {
    let host = running.host
    while true {
        switch running.step {
        case .done(let done): return done
        case .failed(let error): throw error
        case .fetch where Task.isCancelled: try running.cancelled(sent: false)
        case _ where Task.isCancelled: try running.cancelled()
        case .fetch(let request):
            switch await exchange(host.fetch, request) {
            case .response(let response): try running.answered(response)
            case .failed(let error) where Task.isCancelled: try running.cancelled(sent: error.sent)
            case .failed(let error): try running.failed(error)
            }
        case .sleep(let ms):
            try? await host.time.sleep(ms: ms)
            if !Task.isCancelled { try running.woken() }
        case .permit(let permit):
            guard let permits = host.permits,
                let waitMs = try? await leaving(within: permit.timeoutMs, { try await permits.permit(permit) })
            else {
                if !Task.isCancelled { try running.permitFailed() }
                continue
            }
            try running.permitted(waitMs)
        }
    }
}
