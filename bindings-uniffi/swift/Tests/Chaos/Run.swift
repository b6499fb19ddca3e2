// One run: a sandbox with its faults, and a few programs at once that make their writes through one client. Then time passes
// until nothing can come late any more, another process resolves everything unknown, and the run is judged.
import CryptopayClient
import Foundation
import LocalSandbox

/// What goes wrong, read from `tests/chaos.json`: the faults, and the worlds in which they strike.
public struct Weather: Sendable {
    public let struck: Double
    public let rules: [JSON]
    public let worlds: [JSON]

    public init(file: URL) throws {
        let told = try JSON(Data(contentsOf: file))
        struct Share: Decodable {
            struct Fault: Decodable { let weight: Double }
            let struck: Double
            let faults: [Fault]
        }
        let shares = try JSONDecoder().decode(Share.self, from: Data(told.text.utf8))
        struck = shares.struck
        guard let faults = told["faults"]?.items, let worlds = told["worlds"]?.items else {
            throw Unread(what: "there are no faults or no worlds")
        }
        self.worlds = worlds
        // A rule is asked only when those before did not strike.
        let every = shares.faults.reduce(0) { $0 + $1.weight }
        var left = 1.0
        var rules: [JSON] = []
        for (fault, share) in zip(faults, shares.faults) {
            // One that is left out would make the weather better than it says.
            guard case .object(var rule)? = fault["rule"], rule["kind"]?.string != nil else {
                throw Unread(what: "this is no rule: \(fault.text)")
            }
            let probability = struck * share.weight / every
            rule["probability"] = .number("\(probability / left)")
            left -= probability
            rules.append(.object(rule))
        }
        self.rules = rules
    }

    /// What is not of the form that is expected.
    struct Unread: Error { let what: String }
}

/// A world under one seed.
public struct Run: Sendable {
    /// How many programs share one client.
    private static let lanes = 8
    /// After this nothing comes late any more, and `resolve` may say that a write never happened.
    private static let drainedMs = 21 * 60_000
    /// How wrong the server's clock is: too little to be minded, so that nothing corrects it.
    private static let skewsMs = [0, -30_000, 20_000]

    private let world: JSON
    private let rules: [JSON]
    public let seed: Int
    let payouts: Int

    /// The world's name.
    public var name: String { world["name"]?.string ?? "" }
    /// What a seed changes beside the dice. Twelve that follow each other are every combination of these, three are both
    /// limits, both pauses and every skew.
    public var limited: Bool { seed % 2 == 0 }
    public var skewMs: Int { Run.skewsMs[seed % 3] }
    /// The longest pause of a program between two writes.
    public var longestMs: Int { seed / 2 % 2 == 0 ? 120_000 : 2_000 }

    public init(world: JSON, rules: [JSON], seed: Int, payouts: Int) {
        (self.world, self.rules, self.seed, self.payouts) = (world, rules, seed, payouts)
    }

    /// Payouts, half of them in two steps, and for ten payouts three of the others.
    private func writes() -> [Write] {
        (0..<payouts).flatMap { n -> [Write] in
            let one = Write(n % 2 == 1 ? .payoutInTwo : .payout, "payout-\(n)")
            let others: [Int: Flow] = [2: .transfer, 5: .transferInTwo, 8: .refund]
            return [one] + (others[n % 10].map { [Write($0, "other-\(n)")] } ?? [])
        }
    }

    public func play() async throws -> Verdict {
        let sandbox = try LocalSandbox(seed: seed, rateLimit: limited ? 200 : 0)
        defer { sandbox.stop() }
        let control = sandbox.control
        try await control("POST", "quirks", world["quirks"])
        try await control("POST", "faults", .array(rules))
        try await control("POST", "clock", ["skew_ms": .number("\(skewMs)")])
        let time = FastTime(random: Dice(seed)) { ms in
            try await control("POST", "clock", ["advance_ms": .number("\(ms)")])
        }
        var configuration = sandbox.configuration
        configuration.rateLimit = limited ? 195 : nil
        let writes = writes()
        try await made(writes, configuration, time, control)
        try await drain(time)
        // What is unknown is resolved by another process, at first in the same weather.
        for clear in [false, true] {
            if clear {
                try await control("DELETE", "faults")
                try await drain(time)
            }
            try await elsewhere(
                configuration, time,
                writes.filter { $0.record != nil && $0.resolved != .applied && $0.resolved != .notApplied })
        }
        try await drain(time)
        let ledger = try await control("GET", "ledger")
        return judge(writes, ledger: ledger, journal: try await control("GET", "journal").items ?? [])
    }

    private func drain(_ time: FastTime) async throws {
        time.join()
        try await time.sleep(ms: Run.drainedMs)
        time.leave()
    }

    /// The writes, made by a few programs at once.
    private func made(_ writes: [Write], _ settings: Configuration, _ time: FastTime, _ control: SandboxControl)
        async throws
    {
        var configuration = settings
        configuration.fetch = Impatient(inner: DefaultFetch(), random: time.random)
        configuration.time = time
        let caller = Caller(try Cryptopay(configuration), time, control)
        time.join(Run.lanes)
        try await withThrowingTaskGroup(of: Void.self) { group in
            for lane in 0..<Run.lanes {
                group.addTask {
                    defer { time.leave() }
                    for at in stride(from: lane, to: writes.count, by: Run.lanes) {
                        try await caller.make(writes[at])
                        try await time.sleep(ms: time.random.draw(0...longestMs))
                    }
                }
            }
            try await group.waitForAll()
        }
    }

    /// Has another process resolve them; it is told the records as a database would keep them.
    private func elsewhere(_ settings: Configuration, _ time: FastTime, _ writes: [Write]) async throws {
        guard !writes.isEmpty else { return }
        let asked = Elsewhere.Asked(
            url: settings.environment, key: settings.apiKey, secret: settings.apiSecret,
            limited: settings.rateLimit != nil,
            passedMs: time.passedMs, seed: seed, records: writes.compactMap(\.record))
        let answer = try await Elsewhere.process(asked)
        // The other process moved the sandbox's clock; ours follows.
        time.catchUp(answer.passedMs)
        for (write, end) in zip(writes, answer.ends) {
            (write.resolved, write.object) = (Resolution.State(rawValue: end.state), end.object)
            write.note(time.now().tickMs, "  resolved elsewhere: \(end.state)")
        }
    }
}

/// The other process, which knows nothing but what was stored.
public enum Elsewhere {
    /// How long it waits between two records: the quota for looks (T6) is one of a client, and many records that are
    /// asked for at once would use it up.
    private static let pauseMs = 30_000

    struct Asked: Codable, Sendable {
        let url: String
        let key: String
        let secret: String
        let limited: Bool
        let passedMs: Int
        let seed: Int
        let records: [PendingRecord]
    }

    struct Answer: Codable, Sendable {
        let passedMs: Int
        let ends: [End]
    }

    /// How a write ended, and the object that shows it.
    struct End: Codable, Sendable {
        let state: String
        let object: String?
    }

    static func process(_ asked: Asked) async throws -> Answer {
        let told = try JSONEncoder().encode(asked)
        return try await withCheckedThrowingContinuation { done in
            DispatchQueue.global().async {
                done.resume(
                    with: Result {
                        let (process, input, output) = (Process(), Pipe(), Pipe())
                        process.executableURL = URL(fileURLWithPath: CommandLine.arguments[0])
                        process.arguments = ["--resolve"]
                        (process.standardInput, process.standardOutput) = (input, output)
                        try process.run()
                        try input.fileHandleForWriting.write(contentsOf: told)
                        try input.fileHandleForWriting.close()
                        let answer = try output.fileHandleForReading.readToEnd() ?? Data()
                        process.waitUntilExit()
                        return try JSONDecoder().decode(Answer.self, from: answer)
                    })
            }
        }
    }

    /// What the other process does.
    public static func main() async throws {
        let asked = try JSONDecoder().decode(Asked.self, from: FileHandle.standardInput.readToEnd() ?? Data())
        let control = SandboxControl(url: asked.url)
        let time = FastTime(passedMs: asked.passedMs, random: Dice(asked.seed + 1000)) { ms in
            try await control("POST", "clock", ["advance_ms": .number("\(ms)")])
        }
        time.join()
        var configuration = Configuration(environment: asked.url, apiKey: asked.key, apiSecret: asked.secret)
        configuration.rateLimit = asked.limited ? 195 : nil
        configuration.fetch = Impatient(inner: DefaultFetch(), random: time.random)
        configuration.time = time
        let caller = Caller(try Cryptopay(configuration), time, control)
        var ends: [End] = []
        for record in asked.records {
            let write = Write(.payout, "", told: .unknown(record))
            try await caller.resolve(write)
            ends.append(End(state: write.resolved?.rawValue ?? "unknown", object: write.object))
            try await time.sleep(ms: pauseMs)
        }
        try FileHandle.standardOutput.write(
            contentsOf: JSONEncoder().encode(Answer(passedMs: time.passedMs, ends: ends)))
    }
}
