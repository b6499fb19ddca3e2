// Whether a call costs the same in a crowd: with 1, 8, 32 and 256 tasks at a time, ours beside bare `URLSession`. Each side and
// width is a process of its own, because what a process holds at most cannot be told apart within one.
import Foundation

enum Widths {
    private static let lanes = [1, 8, 32, 256]
    private static let calls = 2048
    private static let rounds = 4

    static func rows(_ url: String) throws {
        for lanes in lanes {
            let (ours, bare) = (try load("ours", url, lanes), try load("bare", url, lanes))
            row("\(lanes) in parallel: calls in a second", ours[1], bare[1], "/s")
            row("\(lanes) in parallel: CPU of a call", ours[0], bare[0], "µs")
            row("\(lanes) in parallel: the most that the process holds", ours[2], bare[2], "MB")
        }
    }

    /// Prints µs of CPU for a call, calls in a second, and MB held at most; the first round only makes it warm, of the others
    /// the least disturbed counts.
    static func lane(_ lanes: Int, _ one: @escaping @Sendable () async throws -> Void) async throws {
        _ = try await round(calls, lanes, one)
        var (processor, perSecond) = (Double.infinity, 0.0)
        for _ in 0..<rounds {
            let began = DispatchTime.now().uptimeNanoseconds
            processor = min(processor, try await round(calls, lanes, one).0)
            perSecond = max(perSecond, Double(calls) * 1e9 / Double(DispatchTime.now().uptimeNanoseconds - began))
        }
        print(processor, perSecond, held())
    }

    /// As Linux tells it: what `getrusage` says of a child counts what its parent held.
    private static func held() -> Double {
        let status = (try? String(contentsOfFile: "/proc/self/status", encoding: .utf8)) ?? ""
        let most = status.split(separator: "\n").first { $0.hasPrefix("VmHWM") }
        return most.flatMap { Double($0.filter(\.isNumber)) }.map { $0 / 1e3 } ?? .nan
    }

    private static func load(_ side: String, _ url: String, _ lanes: Int) throws -> [Double] {
        let (process, output) = (Process(), Pipe())
        process.executableURL = URL(fileURLWithPath: CommandLine.arguments[0])
        process.arguments = ["--lane", side, url, String(lanes)]
        process.standardOutput = output
        try process.run()
        let told = String(decoding: output.fileHandleForReading.readDataToEndOfFile(), as: UTF8.self)
        process.waitUntilExit()
        let figures = told.split(whereSeparator: \.isWhitespace).compactMap { Double($0) }
        guard figures.count == 3 else { fatalError("the load `\(side)` with \(lanes) in parallel says `\(told)`") }
        return figures
    }
}
