// Gives the contract's vectors to the core's pure functions and to the public API.
import CryptopayNative
import XCTest

@testable import CryptopayClient

final class VectorTests: XCTestCase {
    func testEveryVector() async throws {
        let all = try Contract.all("vectors")
        XCTAssertGreaterThanOrEqual(all.count, 9)
        for (file, vector) in all {
            let before = testRun?.totalFailureCount
            let function = vector["function"]?.string ?? ""
            for vectorCase in vector["cases"]?.items ?? [] {
                let name = "\(file): \(vectorCase["name"]?.string ?? "")"
                do {
                    let answer = try await told(function, vectorCase["in"] ?? .null)
                    judge(function, vectorCase, answer, name)
                } catch {
                    XCTFail("\(name): \(error)")
                }
            }
            if testRun?.totalFailureCount == before {
                try Ledger.note("vectors/\(file)", vector["cases"]?.items?.count ?? 0)
            }
        }
        print("vectors: \(all.count) files")
    }

    private func judge(_ function: String, _ vectorCase: JSON, _ answer: JSON, _ name: String) {
        if let code = vectorCase["error"]?.string {
            guard let error = answer["error"], !error.isNull else { return XCTFail("\(name): \(answer.text)") }
            XCTAssertTrue(code == "*" || code == error["code"]?.string, "\(name): \(answer.text)")
        } else if function == "error" {
            let out = vectorCase["out"]
            XCTAssertEqual(answer["code"], out?["code"], name)
            for text in out?["message_has"]?.items ?? [] {
                XCTAssertTrue(answer["text"]?.string?.contains(text.string ?? "") == true, "\(name): \(text.text)")
            }
            for text in out?["never"]?.items ?? [] {
                XCTAssertFalse(answer["shown"]?.string?.contains(text.string ?? "") == true, "\(name): shows a secret")
            }
        } else {
            let found = Contract.differences(vectorCase["out"] ?? .null, answer)
            XCTAssertTrue(found.isEmpty, "\(name): \(found)")
        }
    }

    private func told(_ function: String, _ given: JSON) async throws -> JSON {
        switch function {
        case "sign": return try JSON(text: sign(given: given.data))
        case "request": return try request(given)
        case "classify":
            let sent = only(given, ["status", "expect", "conditional", "write"])
            let answer = try JSON(text: classify(given: sent.data, body: Contract.body(given)))
            let waits = ["wait", "backoff"].contains(answer["retry"]?.string)
            return answer.with(["retry": .string(waits ? "wait" : "never")])
        case "retry":
            return try JSON(text: retryDelay(given: only(given, ["status", "attempt", "entropy", "look"]).data))
        case "verify_callback":
            let asked = only(given, ["signature", "secrets"])
            let answer = try JSON(text: verifyCallback(body: Contract.text(given["body"] ?? .null), given: asked.data))
            return answer["event"] ?? answer
        case "sign_callback":
            let body = Contract.text(given["body"] ?? .null)
            return try JSON(text: signCallback(body: body, secrets: JSON.array([given["secret"] ?? .null]).data))
        case "dedupe_key": return ["key": .string(try dedupeKey(body: Contract.text(given["body"] ?? .null)))]
        case "may_follow":
            return [
                "may": .bool(
                    try mayFollow(kind: data(given["type"]), before: data(given["from"]), after: data(given["to"])))
            ]
        case "amount":
            if given["a"] != nil {
                return ["equal": .bool(try sameAmount(one: data(given["a"]), other: data(given["b"])))]
            }
            let number = given["json"] != nil
            return try JSON(text: readAmount(text: data(given["text"] ?? given["json"]), number: number))
        case "decode": return try await decode(given)
        case "error": return try await error(given)
        case "resolve_record": return try record(given)
        default: throw Wrong("no function \(function)")
        }
    }

    private func data(_ text: JSON?) -> Data { Data((text?.string ?? "").utf8) }

    private func only(_ given: JSON, _ names: [String]) -> JSON {
        let headers = Contract.pairs(given["headers"]).map { JSON.array([.string($0.name), .string($0.value)]) }
        var sent = given.members.filter { names.contains($0.key) }
        if !names.contains("secrets") { sent["headers"] = .array(headers) }
        return .object(sent)
    }

    private func request(_ given: JSON) throws -> JSON {
        let config: JSON = [
            "environment": given["base_url"] ?? .null, "api_key": given["api_key"] ?? .null,
            "api_secret": given["api_secret"] ?? .null,
        ]
        var start: JSON = [
            "unix_ms": given["unix_ms"] ?? .null, "tick_ms": 0, "entropy": .string(String(repeating: "0", count: 32)),
            "params": given["params"] ?? [:],
        ]
        if given["params"]?["custom_id"] == nil { start = start.with(["options": ["custom_id": ["generated": false]]]) }
        let client = try CryptopayNative.Client(config: config.data)
        let operation = data(given["operation"])
        var begun = try client.begin(operation: operation, start: start.data)
        if try JSON(text: begun.step)["done"] != nil {
            begun = try client.begin(operation: operation, start: start.with(["options": .null]).data)
        }
        var step = try JSON(text: begun.step)
        while step["fetch"]?["purpose"] == "before" {
            // What a forced write reads first is no part of the vector.
            let event: JSON = [
                "unix_ms": given["unix_ms"] ?? .null, "tick_ms": 0, "response": ["status": 200, "headers": []],
            ]
            let empty = Data(#"{"data":[],"meta":{"total":0,"has_more":false}}"#.utf8)
            step = try JSON(text: begun.call.advance(event: event.data, body: empty))
        }
        if let done = step["done"] { return ["error": done["error"] ?? .null] }
        guard let fetch = step["fetch"] else { throw Wrong("no request: \(step.text)") }
        var headers: [String: JSON] = [:]
        for pair in fetch["headers"]?.items ?? [] { headers[pair[0]?.string?.lowercased() ?? ""] = pair[1] }
        let body = try fetch["body"]?.string.map { try JSON(text: $0) } ?? .null
        if let text = fetch["body"], !text.isNull, let url = fetch["url"]?.string, let base = given["base_url"]?.string
        {
            let own = try JSON(
                text: sign(
                    given: JSON.object([
                        "api_secret": given["api_secret"] ?? .null, "method": fetch["method"] ?? .null,
                        "date": headers["date"] ?? .null, "path": .string(String(url.dropFirst(base.count))),
                        "body": text,
                    ]).data))
            let signed = "HMAC \(given["api_key"]?.string ?? ""):\(own["signature"]?.string ?? "")"
            XCTAssertEqual(headers["authorization"]?.string, signed)
        }
        return fetch.with(["headers": .object(headers), "body": body])
    }

    /// Calls the operation through the public API, with made-up parameters where the vector names none.
    private func called(_ given: JSON) async throws -> Told {
        var configuration = Configuration(
            environment: "sandbox", apiKey: "k", apiSecret: given["api_secret"]?.string ?? "s")
        configuration.maxRetries = 0
        configuration.fetch = Answering(given: given)
        let client = try Cryptopay(configuration)
        let id: JSON = "06a54ccb-889f-4c1f-8a59-086a84a1e2dd"
        var params: [String: JSON] = [:]
        for name in ["invoice", "channel", "channel_payment", "coin_withdrawal", "customer", "exchange_transfer"] {
            params["\(name)_id"] = id
        }
        for name in ["subscription", "account", "recalculation"] { params["\(name)_id"] = id }
        let texts = [
            "address", "charged_currency", "received_currency", "base_currency", "quote_currency", "price_currency",
            "pay_currency", "receiver_currency", "name",
        ]
        for name in texts { params[name] = "EUR" }
        let operation = given["operation"]?.string ?? ""
        if given["params"] == nil || operation.hasSuffix("by_custom_id") { params["custom_id"] = "c-1" }
        if given["params"] == nil, operation == "coin_withdrawals.create" { params["received_amount"] = "1" }
        if operation == "invoices.create" { params["price_amount"] = "1" }
        if operation == "channels.list" || operation == "channels.update" { params["customer_id"] = nil }
        for (name, value) in given["params"]?.members ?? [:] { params[name] = value }
        return try await Given(.object(params)).dispatch(operation, client)
    }

    private func decode(_ given: JSON) async throws -> JSON {
        do {
            let told = try await called(given)
            guard let outcome = told.outcome, case .object(let raw)? = try? outcome.json(), !told.labels.isEmpty else {
                return told.done
            }
            let extra = raw.filter { !told.labels.contains(camel($0.key)) }
            return ["value": told.value.with(extra), "extra": .object(extra)]
        } catch let error as any CryptopayError {
            return ["error": error.json]
        }
    }

    private func camel(_ name: String) -> String {
        let words = name.split(separator: "_")
        return words.dropFirst().reduce(String(words.first ?? "")) { $0 + $1.prefix(1).uppercased() + $1.dropFirst() }
    }

    private func error(_ given: JSON) async throws -> JSON {
        do {
            let told = try await called(given)
            throw Wrong("no error: \(told.value.text)")
        } catch let error as any CryptopayError {
            var dumped = ""
            dump(error, to: &dumped)
            let shown = "\(error) \(String(reflecting: error)) \(error.localizedDescription) \(dumped)"
            return ["code": .string(error.code), "text": .string(error.description), "shown": .string(shown)]
        }
    }

    private func record(_ given: JSON) throws -> JSON {
        let config: JSON = ["environment": "sandbox", "api_key": "k", "api_secret": "s"]
        let start: JSON = [
            "unix_ms": 0, "tick_ms": 0, "entropy": .string(String(repeating: "0", count: 32)),
            "params": given["record"] ?? .null, "options": .null,
        ]
        let begun = try CryptopayNative.Client(config: config.data).resolve(start: start.data)
        if let error = try JSON(text: begun.step)["done"]?["error"], !error.isNull { return ["error": error] }
        return try begun.call.pending().map { try JSON(text: $0) } ?? .null
    }
}

/// A transport that always answers the same, or fails.
private struct Answering: Fetch {
    let given: JSON

    func fetch(_ request: Request) async throws -> Response {
        if let failure = given["failure"] {
            let kind = FetchError.Kind(rawValue: failure["kind"]?.string ?? "") ?? .broken
            throw FetchError(kind, sent: failure["sent"]?.string != "no")
        }
        return Response(
            status: given["status"]?.int ?? 200, headers: Contract.pairs(given["headers"]), body: Contract.body(given))
    }
}
