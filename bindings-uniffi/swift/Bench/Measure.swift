// Neighbouring rounds of two sides, compared by their CPU time.
import Foundation

/// At most so many times what the bare transport takes.
let budget = 1.1

/// CPU time of this process, in µs.
func processor() -> Double {
    var usage = rusage()
    getrusage(thisProcess, &usage)
    func micro(_ time: timeval) -> Double { Double(time.tv_sec) * 1e6 + Double(time.tv_usec) }
    return micro(usage.ru_utime) + micro(usage.ru_stime)
}

/// What one round of calls takes: CPU time per call, and how long each one took, in µs.
func round(_ calls: Int, _ lanes: Int, _ one: @escaping @Sendable () async throws -> Void) async throws -> (
    Double, [Double]
) {
    let began = processor()
    let took = try await withThrowingTaskGroup(of: [Double].self) { group in
        for _ in 0..<lanes {
            group.addTask {
                var took: [Double] = []
                for _ in 0..<calls / lanes {
                    let began = DispatchTime.now().uptimeNanoseconds
                    try await one()
                    took.append(Double(DispatchTime.now().uptimeNanoseconds - began) / 1000)
                }
                return took
            }
        }
        return try await group.reduce(into: []) { $0 += $1 }
    }
    return ((processor() - began) / Double(calls), took)
}

func measure(
    _ name: String, calls: Int, lanes: Int, rounds: Int, _ ours: @escaping @Sendable () async throws -> Void,
    _ peer: @escaping @Sendable () async throws -> Void
) async throws {
    var (mine, others): ([Double], [Double]) = ([], [])
    var (myWaits, otherWaits): ([Double], [Double]) = ([], [])
    for at in 0...rounds {
        // Whoever goes first has the warmer machine in turn.
        let first = try await round(calls, lanes, at % 2 == 0 ? ours : peer)
        let second = try await round(calls, lanes, at % 2 == 0 ? peer : ours)
        let (one, other) = at % 2 == 0 ? (first, second) : (second, first)
        guard at > 0 else { continue }
        mine.append(one.0)
        others.append(other.0)
        myWaits += one.1
        otherWaits += other.1
    }
    let ratio = middle(zip(mine, others).map { $0 / $1 })
    row(
        "\(name), CPU of a call", middle(mine), middle(others), "µs", String(format: "%.2f", ratio), "≤ \(budget) ×",
        ratio <= budget ? "met" : "missed")
    row("\(name), 95th percentile", part(myWaits, 0.95), part(otherWaits, 0.95), "µs")
}

/// Prints a row, and keeps it for the table of all languages in the folder that CRYPTOPAY_LEDGER names (`tests/README.md`).
func row(
    _ what: String, _ ours: Double, _ bare: Double, _ unit: String, _ ratio: String? = nil, _ budget: String = "-",
    _ verdict: String = "-"
) {
    let told = [
        what, "\(whole(ours)) \(unit)", "\(whole(bare)) \(unit) bare URLSession",
        ratio ?? String(format: "%.2f", ours / bare), budget, verdict,
    ]
    print(told.joined(separator: "   "))
    guard let folder = ProcessInfo.processInfo.environment["CRYPTOPAY_LEDGER"], !folder.isEmpty else { return }
    let file = "\(folder)/bench-swift.tsv"
    if !FileManager.default.fileExists(atPath: file) {
        _ = FileManager.default.createFile(atPath: file, contents: nil)
    }
    guard let ledger = FileHandle(forWritingAtPath: file) else { return }
    ledger.seekToEndOfFile()
    ledger.write(Data((told.joined(separator: "\t") + "\n").utf8))
    ledger.closeFile()
}

func middle(_ values: [Double]) -> Double { part(values, 0.5) }
func part(_ values: [Double], _ share: Double) -> Double { values.sorted()[Int(Double(values.count - 1) * share)] }
func whole(_ value: Double) -> String { String(format: "%.0f", value) }
