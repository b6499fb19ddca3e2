// Makes a signed call and verifies a callback, with the published package alone; ends with another code than 0 if not so.
import CryptopayClient
import Foundation

let process = Process()
let (input, output) = (Pipe(), Pipe())
process.executableURL = URL(fileURLWithPath: ProcessInfo.processInfo.environment["CRYPTOPAY_SANDBOX_BINARY"] ?? "")
process.arguments = ["--port", "0", "--exit-on-stdin-close"]
(process.standardInput, process.standardOutput, process.standardError) = (input, output, FileHandle.nullDevice)
try process.run()
var line = Data()
while let byte = try output.fileHandleForReading.read(upToCount: 1), byte != Data("\n".utf8) { line.append(byte) }
let told = try JSONDecoder().decode([String: String].self, from: line)

let client = try Cryptopay.fromEnvironment([
    "CRYPTOPAY_ENVIRONMENT": told["url"] ?? "", "CRYPTOPAY_API_KEY": told["api_key"] ?? "",
    "CRYPTOPAY_API_SECRET": told["api_secret"] ?? "", "CRYPTOPAY_CALLBACK_SECRET": told["callback_secret"] ?? "",
])
let invoice = try await client.invoices.create(
    priceAmount: 100, priceCurrency: "EUR", payCurrency: "BTC", customId: "order-1")
guard invoice.customId == "order-1", invoice.priceAmount == 100, invoice.outcome.status == 201 else {
    fatalError("\(invoice)")
}
print("signed and answered: invoice \(invoice.id), \(invoice.payAmount) BTC")

let body = Data(#"{"type":"Invoice","event":"status_changed","data":{"id":"1","status":"completed"}}"#.utf8)
let event = try client.callbacks.verify(body: body, signature: client.callbacks.sign(body: body))
guard event.status == "completed", (try? client.callbacks.verify(body: body + [0x20], signature: "00")) == nil else {
    fatalError("\(event)")
}
print("verified: \(event.type) \(event.event)")
try input.fileHandleForWriting.close()
process.waitUntilExit()
