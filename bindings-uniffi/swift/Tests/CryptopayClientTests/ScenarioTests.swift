// Plays the contract's stories against a sandbox through the package's public, typed API, with time that jumps over waits.
import LocalSandbox
import XCTest

@testable import CryptopayClient

final class ScenarioTests: XCTestCase {
    func testEveryStoryHolds() async throws {
        let all = try Contract.all("scenarios")
        XCTAssertGreaterThan(all.count, 100)
        let wrong = await withTaskGroup(of: [String].self) { group in
            // Some at a time: most of a story is waiting for sockets.
            for part in 0..<4 {
                group.addTask {
                    var wrong: [String] = []
                    for (index, story) in all.enumerated() where index % 4 == part {
                        do {
                            let scene = try await Scene(story.json)
                            defer { scene.sandbox.stop() }
                            try await scene.play(story.json)
                            try Ledger.note("scenarios/\(story.name)", 1)
                        } catch {
                            wrong.append("\(story.name): \(error)")
                        }
                    }
                    return wrong
                }
            }
            return await group.reduce(into: [String]()) { $0 += $1 }
        }
        wrong.sorted().forEach { XCTFail($0) }
        print("scenarios: \(all.count) files")
    }
}

private actor Saved {
    private var values: [String: (value: JSON, done: JSON, outcome: Outcome?)] = [:]
    private var callbacks = 0

    func save(_ name: String, _ value: JSON, _ done: JSON, _ outcome: Outcome?) {
        values[name] = (value, done, outcome)
    }
    func get(_ name: String) -> (value: JSON, done: JSON, outcome: Outcome?)? { values[name] }
    func nextCallback() -> Int {
        defer { callbacks += 1 }
        return callbacks
    }
}

private final class Scene: Sendable {
    let sandbox: LocalSandbox
    private let time: VirtualTime
    private let client: Cryptopay
    private let saved = Saved()

    init(_ story: JSON) async throws {
        let asked = story["sandbox"]
        let sandbox = try LocalSandbox(seed: asked?["seed"]?.int ?? 7, rateLimit: asked?["rate_limit"]?.int ?? 200)
        self.sandbox = sandbox
        time = VirtualTime { ms in try await sandbox.control("POST", "clock", ["advance_ms": .of(ms)]) }
        var configuration = sandbox.configuration
        configuration.time = time
        configuration.fetch = DefaultFetch()
        for (name, value) in story["client"]?.members ?? [:] {
            switch name {
            case "max_retries": configuration.maxRetries = value.int ?? 0
            case "rate_limit": configuration.rateLimit = value.int
            case "api_secret": configuration.apiSecret = value.string ?? ""
            case "deadline_ms": configuration.timeout = Double(value.int ?? 0) / 1000
            case "attempt_timeout_ms": configuration.attemptTimeout = Double(value.int ?? 0) / 1000
            default: throw Wrong("no setting \(name)")
            }
        }
        client = try Cryptopay(configuration)
        if let quirks = asked?["quirks"] { try await sandbox.control("POST", "quirks", quirks) }
        if let key = asked?["key"] { try await sandbox.control("POST", "key", key) }
    }

    func play(_ story: JSON) async throws {
        for (index, step) in (story["do"]?.items ?? []).enumerated() {
            do {
                let once = step["parallel"]?.items ?? [step]
                let together = [[JSON]](repeating: once, count: step["times"]?.int ?? 1).flatMap { $0 }
                time.began(together.count)
                try await withThrowingTaskGroup(of: Void.self) { group in
                    for one in together {
                        group.addTask {
                            defer { self.time.ended() }
                            try await self.step(one)
                        }
                    }
                    try await group.waitForAll()
                }
            } catch {
                throw Wrong("step \(index + 1): \(step.text)", "\(error)")
            }
        }
        guard let expected = story["journal"] else { return }
        var wrong: [String] = []
        // The last entries of requests that nobody waits for any more are closed a moment later.
        for _ in 0..<50 {
            wrong = journal(expected, try await sandbox.control("GET", "journal"))
            if wrong.isEmpty { return }
            try await Task.sleep(nanoseconds: 20_000_000)
        }
        throw Wrong("journal: \(wrong)")
    }

    private func journal(_ expected: JSON, _ came: JSON) -> [String] {
        let told = (came.items ?? []).map { entry -> JSON in
            let ends = [entry["fault"], entry["status"]].compactMap { $0 }.first { !$0.isNull }
            return .array([entry["operation"] ?? .null, ends ?? .null])
        }
        guard let unordered = expected["unordered"]?.items else {
            return Contract.differences(expected, .array(told))
        }
        func sorted(_ list: [JSON]) -> JSON { .array(list.sorted { $0.text < $1.text }) }
        return Contract.differences(sorted(unordered), sorted(told))
    }

    private func step(_ step: JSON) async throws {
        let (value, done, outcome) = try await one(step)
        if let expected = step["expect"] {
            let expected = try await filled(expected)
            var wrong = Contract.differences(expected, done)
            for ending in ["error", "resolved", "cancelled"] where (expected[ending] == nil) != (done[ending] == nil) {
                wrong.append("it ended with \(done.text)")
            }
            if !wrong.isEmpty { throw Wrong(wrong.joined(separator: "\n")) }
        }
        if let name = step["save"]?.string { await saved.save(name, value, done, outcome) }
    }

    private func one(_ step: JSON) async throws -> (JSON, JSON, Outcome?) {
        if let asked = step["control"]?.string {
            let body = try await filled(step["json"] ?? .null)
            if asked.hasSuffix(" clock"), let ms = body["advance_ms"]?.int {
                try await time.pass(ms)
                return (.null, [:], nil)
            }
            let words = asked.split(separator: " ").map(String.init)
            return (try await sandbox.control(words[0], words[1], body.isNull ? nil : body), [:], nil)
        }
        if step["callback"] != nil {
            let next = try await sandbox.control("GET", "callbacks")[await saved.nextCallback()] ?? .null
            let body = Data((next["body"]?.string ?? "").utf8)
            let event = try client.callbacks.verify(body: body, signature: next["signature"]?.string)
            let told: JSON = ["type": .string(event.type), "event": .string(event.event), "value": try JSON(body)]
            return (told, told, nil)
        }
        do {
            return try await call(step)
        } catch let error as any CryptopayError {
            if step["cancel_after_ms"] != nil, error.cause is CancellationError {
                return (["record": error.record?.json ?? .null], ["cancelled": true], nil)
            }
            return (error.json, ["error": error.json], nil)
        } catch let notModified as NotModified {
            return (.null, Told(value: .null, outcome: notModified.outcome).done, nil)
        }
    }

    private func call(_ step: JSON) async throws -> (JSON, JSON, Outcome?) {
        if let record = step["resolve"] {
            let found = try await client.resolve(PendingRecord(json: try await filled(record)))
            let value = found.outcome.data.isEmpty ? JSON.null : try JSON(found.outcome.data)
            var unresolved: [String: JSON] = ["differing": .array(found.differing.map(JSON.string))]
            unresolved["retry_at_ms"] = found.retryAt.map { .of($0.milliseconds) }
            let why: JSON = found.state == .unknown ? .object(unresolved) : .null
            return (value, ["resolved": .string(found.state.rawValue), "value": value, "unresolved": why], nil)
        }
        let operation = (step["call"] ?? step["list"])?.string ?? ""
        var given = Given(try await filled(step["params"] ?? [:]))
        var options = step["options"]?.members ?? [:]
        if let name = options.removeValue(forKey: "quote")?.string {
            given.quote = await saved.get(String(name.dropFirst()))?.outcome
        }
        given.options = try await filled(.object(options))
        given.take = step["take"]?.int
        let (client, ready) = (client, given)
        let running = Task { try await ready.dispatch(operation, client) }
        if let ms = step["cancel_after_ms"]?.int {
            try await Task.sleep(nanoseconds: UInt64(ms) * 1_000_000)
            running.cancel()
        }
        let told = try await running.value
        return (told.value, told.done, told.outcome)
    }

    /// `$w.id` is a saved value's member, `$w@record` one of how the call went.
    private func filled(_ value: JSON) async throws -> JSON {
        switch value {
        case .string(let text) where text.hasPrefix("$"):
            let name = String(text.dropFirst().prefix { $0 != "." && $0 != "@" })
            let rest = text.dropFirst(name.count + 1)
            guard let from = await saved.get(name) else { throw Wrong("nothing is saved as \(name)") }
            var found: JSON? = rest.hasPrefix("@") ? from.done : from.value
            for part in rest.dropFirst().split(separator: ".") {
                found = Int(part).flatMap { found?[$0] } ?? found?[String(part)]
            }
            return found ?? .null
        case .array(let items):
            var all: [JSON] = []
            for item in items { all.append(try await filled(item)) }
            return .array(all)
        case .object(let members):
            var all: [String: JSON] = [:]
            for (name, item) in members { all[name] = try await filled(item) }
            return .object(all)
        default: return value
        }
    }
}
