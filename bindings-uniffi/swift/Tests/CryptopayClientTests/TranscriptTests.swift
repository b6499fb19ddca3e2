// Plays the contract's transcripts through the border, as the driver does.
import CryptopayNative
import XCTest

@testable import CryptopayClient

final class TranscriptTests: XCTestCase {
    func testEveryTranscriptPlaysAsWritten() throws {
        let all = try Contract.all("transcripts")
        XCTAssertGreaterThan(all.count, 100)
        for (name, transcript) in all {
            do {
                try Play(transcript).play()
                try Ledger.note("transcripts/\(name)", 1)
            } catch {
                XCTFail("\(name): \(error)")
            }
        }
        print("transcripts: \(all.count) files")
    }
}

private final class Play {
    private final class Running {
        let call: CryptopayNative.Call
        var step: JSON
        var body = Data()
        var record: JSON = .null
        var fetch: JSON?
        var done: JSON?

        init(_ begun: Begun) throws {
            call = begun.call
            step = try JSON(text: begun.step)
        }
    }

    private let transcript: JSON
    private let client: CryptopayNative.Client
    private var calls: [String: Running] = [:]

    init(_ transcript: JSON) throws {
        self.transcript = transcript
        var config: [String: JSON] = ["environment": "sandbox", "api_key": "key", "api_secret": "secret"]
        for (name, value) in transcript["client"]?.members ?? [:] {
            config[name == "base_url" ? "environment" : name] = value
        }
        client = try CryptopayNative.Client(config: JSON.object(config).data)
    }

    func play() throws {
        var wall = transcript["wall"]?.int ?? 0
        for line in transcript["play"]?.items ?? [] {
            let name = line["call"]?.string ?? "a"
            wall = line["wall"]?.int ?? wall
            let at = line["at"]?.int ?? 0
            let moment: JSON = ["unix_ms": .of(max(at + wall, 0)), "tick_ms": .of(at)]
            let answered: JSON
            if let start = line["start"] {
                let running = try begin(transcript["calls"]?[name] ?? .null, start, moment)
                calls[name] = running
                answered = running.step
            } else {
                guard let running = calls[name] else { throw Wrong("no call \(name)") }
                answered = try advance(running, line, moment)
            }
            let found = try judge(calls[name]!, line, answered)
            if !found.isEmpty { throw Wrong("at \(at), call \(name): \(found)", line.text, answered.text) }
        }
        for (name, expected) in transcript["ends"]?.members ?? [:] {
            guard let done = calls[name]?.done else { throw Wrong("\(name) has not ended") }
            let found = Contract.differences(expected, done)
            if !found.isEmpty { throw Wrong("\(name) ended otherwise: \(found)") }
        }
    }

    private func begin(_ asked: JSON, _ start: JSON, _ moment: JSON) throws -> Running {
        let zeros = JSON.string(String(repeating: "0", count: 32))
        let event = moment.with(["entropy": start["entropy"] ?? zeros, "options": asked["options"] ?? .null])
        if var record = asked["resolve"] {
            if let place = record.string {
                record = calls[String(place.dropFirst().prefix { $0 != "." })]?.record ?? .null
            }
            return try Running(client.resolve(start: event.with(["params": record]).data))
        }
        let text = event.with(["params": asked["params"] ?? [:]])
        return try Running(client.begin(operation: Data((asked["operation"]?.string ?? "").utf8), start: text.data))
    }

    private func advance(_ running: Running, _ line: JSON, _ moment: JSON) throws -> JSON {
        var event = moment
        for name in ["failed", "woken", "cancelled", "permitted", "permit_failed"] {
            if let told = line[name] { event = event.with([name: told]) }
        }
        var body = Data()
        if let expected = line["for"] {
            guard let fetch = running.fetch else { throw Wrong("no request is waiting for an answer") }
            let found = Contract.differences(expected, fetch)
            if !found.isEmpty { throw Wrong("another request: \(found)") }
        }
        if let given = line["response"] {
            body = Contract.body(given)
            let headers = Contract.pairs(given["headers"]).map { JSON.array([.string($0.name), .string($0.value)]) }
            event = event.with(["response": ["status": given["status"] ?? .null, "headers": .array(headers)]])
        }
        let answered = try JSON(text: running.call.advance(event: event.data, body: body))
        if line["response"] != nil, answered["misuse"] == nil { running.body = body }
        return answered
    }

    private func judge(_ running: Running, _ line: JSON, _ came: JSON) throws -> [String] {
        var answered = came
        if answered["misuse"] == nil {
            running.fetch = try answered["fetch"].map(Play.spelled)
            if let fetch = running.fetch { answered = answered.with(["fetch": fetch]) }
        }
        if var done = answered["done"] {
            for (name, place) in [("value", "data"), ("meta", "meta")] {
                let part = try done[place]?.range.map { try JSON(running.body.subdata(in: $0)) }
                done = done.with([name: part ?? .null])
            }
            running.done = done
            answered = answered.with(["done": done])
        }
        let pending = try running.call.pending().map { try JSON(text: $0) } ?? .null
        let done = answered["done"]
        let records = [done?["error"]?["record"], done?["record"], pending]
        running.record = records.compactMap { $0 }.first { !$0.isNull } ?? .null
        var found: [String] = []
        if let step = line["step"] {
            found += Contract.differences(step, answered)
            if let expected = step["done"], expected["error"] == nil, expected["resolved"] == nil {
                found += Contract.differences(["error": .null], done)
            }
        }
        if let misuse = line["misuse"] { found += Contract.differences(["misuse": misuse], answered) }
        if let expected = line["pending"] { found += Contract.differences(expected, pending) }
        return found
    }

    static func spelled(_ fetch: JSON) throws -> JSON {
        guard let url = fetch["url"]?.string, let parts = URLComponents(string: url) else { throw Wrong("no URL") }
        let query = (parts.queryItems ?? []).map { ($0.name, JSON.string($0.value ?? "")) }
        let headers = (fetch["headers"]?.items ?? []).compactMap { pair in
            pair[0]?.string.map { ($0.lowercased(), pair[1] ?? .null) }
        }
        let route = parts.percentEncodedPath
        return fetch.with([
            "route": .string(route),
            "path": .string(route + (parts.percentEncodedQuery.map { "?" + $0 } ?? "")),
            "query": .object(Dictionary(query, uniquingKeysWith: { $1 })),
            "headers": .object(Dictionary(headers, uniquingKeysWith: { $1 })),
            "body": try fetch["body"]?.string.map { try JSON(text: $0) } ?? .null,
        ])
    }
}
