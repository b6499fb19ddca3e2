// What a call costs beside bare `URLSession`, in one run: medians of neighbouring rounds, CPU time of this process, and the
// 95th percentile of latency. The server is a tiny one of its own in another process; the bare side signs by itself and reads
// the same answer with `JSONDecoder`.
import CryptopayClient
import Foundation

#if canImport(FoundationNetworking)
    import FoundationNetworking
#endif

/// A call of each side, over a client of its own.
func calls(_ url: String) throws -> [String: @Sendable () async throws -> Void] {
    let bare = Bare(url: url)
    var configuration = Configuration(environment: url, apiKey: "key", apiSecret: "secret")
    configuration.rateLimit = nil
    let client = try Cryptopay(configuration)
    guard let id = UUID(uuidString: Server.id) else { fatalError("no id") }
    return [
        "ours": { _ = try await client.invoices.retrieve(id) },
        "bare": { _ = try await bare.invoice(Server.id) },
    ]
}

switch CommandLine.arguments.dropFirst().first {
case "--serve":
    Server.serve()
case "--lane":
    guard CommandLine.arguments.count == 5, let lanes = Int(CommandLine.arguments[4]),
        let one = try calls(CommandLine.arguments[3])[CommandLine.arguments[2]]
    else { fatalError("--lane takes a side, a URL and how many at a time") }
    try await Widths.lane(lanes, one)
case let rounds:
    try await all(rounds: rounds.flatMap(Int.init) ?? 11)
}

func all(rounds: Int) async throws {
    let server = Process()
    let (input, output) = (Pipe(), Pipe())
    server.executableURL = URL(fileURLWithPath: CommandLine.arguments[0])
    server.arguments = ["--serve"]
    (server.standardInput, server.standardOutput) = (input, output)
    try server.run()
    defer { server.terminate() }
    let port = String(decoding: output.fileHandleForReading.availableData, as: UTF8.self)
        .trimmingCharacters(in: .whitespacesAndNewlines)
    let url = "http://127.0.0.1:\(port)"
    let sides = try calls(url)
    guard let ours = sides["ours"], let peer = sides["bare"] else { fatalError("a side is missing") }
    try await measure("one after the other", calls: 300, lanes: 1, rounds: rounds, ours, peer)
    try await measure("32 in parallel", calls: 960, lanes: 32, rounds: rounds, ours, peer)
    try Widths.rows(url)
    try input.fileHandleForWriting.close()
}
