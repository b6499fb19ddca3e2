// What a call costs beside bare `URLSession`, in one run: medians of neighbouring rounds, CPU time of this process, and the
// 95th percentile of latency. The server is a tiny one of its own in another process; the bare side signs by itself and reads
// the same answer with `JSONDecoder`.
import CryptopayClient
import Foundation

#if canImport(FoundationNetworking)
    import FoundationNetworking
#endif

let rounds = CommandLine.arguments.dropFirst().first.flatMap(Int.init) ?? 11

if CommandLine.arguments.contains("--serve") {
    Server.serve()
}
let server = Process()
let (input, output) = (Pipe(), Pipe())
server.executableURL = URL(fileURLWithPath: CommandLine.arguments[0])
server.arguments = ["--serve"]
(server.standardInput, server.standardOutput) = (input, output)
try server.run()
let port = String(decoding: output.fileHandleForReading.availableData, as: UTF8.self)
    .trimmingCharacters(in: .whitespacesAndNewlines)
let url = "http://127.0.0.1:\(port)"

let bare = Bare(url: url)
var configuration = Configuration(environment: url, apiKey: "key", apiSecret: "secret")
configuration.rateLimit = nil
let client = try Cryptopay(configuration)
guard let id = UUID(uuidString: Server.id) else { fatalError("no id") }
let ours: @Sendable () async throws -> Void = { [client, id] in _ = try await client.invoices.retrieve(id) }
let peer: @Sendable () async throws -> Void = { [bare] in _ = try await bare.invoice(Server.id) }

try await measure("one after the other", calls: 300, lanes: 1, rounds: rounds, ours, peer)
try await measure("32 in parallel", calls: 960, lanes: 32, rounds: rounds, ours, peer)
try input.fileHandleForWriting.close()
server.terminate()
