// Payouts through bad weather: `payouts [--payouts N] [--seeds N] [--seed N] [--world NAME]`. Makes N payouts (500), shared by
// all worlds of `tests/chaos.json`, each under several seeds (3, so that each meets both limits, both pauses and every skew),
// while 30 % of all requests are struck by faults around the moment at which they are carried out; exchange transfers and
// refunds besides. Ends with 1 and a story if a single write was doubled, lost or stayed unknown, and with 1 if what must go
// wrong for this to prove anything did not.
import Chaos
import CryptopayClient
import Foundation

/// How many stories of doubled or lost writes are told.
let stories = 5
/// How many runs go on at once: most of one is waiting for sockets.
let atOnce = 3

/// Plays all runs, some at a time, each told when it has ended.
func played(_ runs: [Run]) -> AsyncThrowingStream<(Int, Verdict), any Error> {
    AsyncThrowingStream { told in
        Task {
            do {
                try await withThrowingTaskGroup(of: Void.self) { group in
                    for (at, run) in runs.enumerated() {
                        if at >= atOnce { try await group.next() }
                        group.addTask { told.yield((at, try await run.play())) }
                    }
                    try await group.waitForAll()
                }
                told.finish()
            } catch {
                told.finish(throwing: error)
            }
        }
    }
}

func option(_ name: String) -> String? {
    CommandLine.arguments.firstIndex(of: "--\(name)").flatMap { at in
        CommandLine.arguments.indices.contains(at + 1) ? CommandLine.arguments[at + 1] : nil
    }
}

/// A number that is asked for; one that cannot be read is no reason to take another.
func number(_ name: String, _ otherwise: Int) -> Int {
    guard let text = option(name) else { return otherwise }
    guard let number = Int(text), number > 0 else {
        print("--\(name) takes a number")
        exit(2)
    }
    return number
}

if CommandLine.arguments.contains("--resolve") {
    try await Elsewhere.main()
    exit(0)
}
let root = (0..<5).reduce(URL(fileURLWithPath: #filePath)) { path, _ in path.deletingLastPathComponent() }
let weather = try Weather(file: root.appendingPathComponent("tests/chaos.json"))
let worlds = weather.worlds.filter { [nil, $0["name"]?.string].contains(option("world")) }
let seeds = number("seeds", 3)
let from = number("seed", 1)
let payouts = number("payouts", 500)
guard !worlds.isEmpty else {
    print("there is no such world")
    exit(2)
}
// The seeds go on from world to world, so that together they meet every combination. Each run has as many payouts as the
// others, and the first ones one more until the sum is right.
let runs = (0..<seeds * worlds.count).map { at in
    let (each, more) = payouts.quotientAndRemainder(dividingBy: seeds * worlds.count)
    return Run(
        world: worlds[at / seeds], rules: weather.rules, seed: from + at, payouts: each + (at < more ? 1 : 0))
}
print("\(payouts) payouts in \(runs.count) runs, \(Int(weather.struck * 100)) % of all requests struck")
let began = Date()
var total = Verdict()
var lines: [Int: String] = [:]

for try await (at, verdict) in played(runs) {
    let name = runs[at].name
    for (flow, count) in verdict.flows.sorted(by: { $0.key < $1.key }) {
        let cells = [count.done, count.doubled, count.lost, count.resolved, count.unknown].map(String.init)
        lines[at, default: ""] += ([flow, name, "\(runs[at].seed)"] + cells).joined(separator: "\t") + "\n"
    }
    total += verdict
    let all = verdict.all
    print(
        "  \(name), seed \(runs[at].seed): \(all.done) writes, \(all.resolved) resolved, \(all.unknown) unknown, "
            + "\(all.doubled) doubled, \(all.lost) lost")
}
if let folder = ProcessInfo.processInfo.environment["CRYPTOPAY_LEDGER"], !folder.isEmpty {
    try FileManager.default.createDirectory(atPath: folder, withIntermediateDirectories: true)
    let file = URL(fileURLWithPath: folder).appendingPathComponent("chaos-swift.tsv")
    let known = (try? Data(contentsOf: file)) ?? Data()
    try (known + Data(lines.sorted { $0.key < $1.key }.map(\.value).joined().utf8)).write(to: file)
}
for (flow, count) in total.flows.sorted(by: { $0.key < $1.key }) {
    print(
        "\(flow): \(count.done) done, \(count.doubled) doubled, \(count.lost) lost, \(count.resolved) resolved, \(count.unknown) unknown"
    )
}
print(
    "\(total.requests) requests, \(total.struck) of them struck; \(String(format: "%.1f", Date().timeIntervalSince(began))) s"
)
total.offences.prefix(stories).forEach { print("\n\($0)") }
print("\n\(total.all.doubled) doubled, \(total.all.lost) lost, \(total.all.unknown) unknown for ever")
let unproven = total.unproven(payouts: payouts)
unproven.forEach { print("this proves nothing: \($0)") }
exit(total.offences.isEmpty && unproven.isEmpty ? 0 : 1)
