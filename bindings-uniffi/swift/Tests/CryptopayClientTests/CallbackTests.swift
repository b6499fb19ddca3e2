// A callback is handled once, whatever its task comes to; and who runs the server hears why one was refused.
import XCTest

@testable import CryptopayClient

final class CallbackTests: XCTestCase {
    private let body = Data(#"{"type":"Invoice","event":"status_changed","data":{"id":"1","status":"completed"}}"#.utf8)

    func testACallbackIsHandledOnceAndSecretsRotate() async throws {
        let signature = try Callbacks(secrets: ["old"]).sign(body: body)
        let callbacks = Callbacks(secrets: ["new", "old"])
        XCTAssertEqual(try callbacks.verify(body: body, signature: signature).secret, 1)
        let store = MemoryStore()
        struct Failed: Error {}
        do {
            _ = try await callbacks.receive(body: body, signature: signature, store: store) { _ in throw Failed() }
            XCTFail("it was handled")
        } catch is Failed {}
        let first = try await callbacks.receive(body: body, signature: signature, store: store) { _ in }
        let again = try await callbacks.receive(body: body, signature: signature, store: store) { _ in
            XCTFail("handled twice")
        }
        XCTAssertEqual([first.text, again.text], ["ok", "handled before"])
    }

    /// What is answered to a callback that must not be handled, and what is heard of it.
    private func refused(_ secrets: [String], _ signature: String?) async throws -> (
        Callbacks.Reply, [any CryptopayError]
    ) {
        let heard = Kept<any CryptopayError>()
        let reply = try await Callbacks(secrets: secrets).receive(
            body: body, signature: signature, store: MemoryStore()
        ) { _ in
            XCTFail("it was handled")
        } onRefused: {
            heard.add($0)
        }
        return (reply, heard.all)
    }

    func testAForgedOneIsAnsweredWithWhy() async throws {
        let (reply, heard) = try await refused(["secret"], "00")
        XCTAssertEqual(reply.status, 400)
        XCTAssertEqual(heard.map(\.code), ["invalid_signature"])
        XCTAssertEqual(heard.map(\.description), [reply.text])
    }

    func testWhatIsWrongHereIsHeardAndNotAnswered() async throws {
        for secrets in [[], [""], ["one\n"]] {
            let (reply, heard) = try await refused(secrets, "00")
            XCTAssertEqual(reply, Callbacks.Reply(status: 500, text: "not configured"))
            XCTAssertEqual(heard.map(\.code), ["configuration"])
            XCTAssertTrue(heard.first?.description.contains("secret") == true, "\(heard)")
        }
    }

    func testARefusalIsNeverSilent() async throws {
        let (pipe, kept) = (Pipe(), dup(STDERR_FILENO))
        dup2(pipe.fileHandleForWriting.fileDescriptor, STDERR_FILENO)
        let reply = try await Callbacks(secrets: []).receive(body: body, signature: "00", store: MemoryStore()) { _ in }
        dup2(kept, STDERR_FILENO)
        close(kept)
        try pipe.fileHandleForWriting.close()
        let said = String(decoding: try pipe.fileHandleForReading.readToEnd() ?? Data(), as: UTF8.self)
        XCTAssertEqual(reply.status, 500)
        XCTAssertTrue(said.contains("cryptopay: a callback was refused: "), said)
        XCTAssertTrue(said.contains("secret"), said)
    }

    /// A store over a network, which gives up when its task is cancelled.
    private actor Listening: CallbackStore {
        private let inner = MemoryStore()
        func claim(_ key: String, leaseMs: Int) async throws -> Claim { await inner.claim(key, leaseMs: leaseMs) }
        func complete(_ key: String) async throws {
            try Task.checkCancellation()
            await inner.complete(key)
        }
        func release(_ key: String) async throws {
            try Task.checkCancellation()
            await inner.release(key)
        }
    }

    func testWhatWasHandledIsKeptAndWhatFailedIsFreedThoughTheRequestIsCancelled() async throws {
        let callbacks = Callbacks(secrets: ["secret"])
        let (body, signature) = (body, try callbacks.sign(body: body))
        for (fails, next) in [(false, "handled before"), (true, "ok")] {
            let store = Listening()
            let request = Task {
                try await callbacks.receive(body: body, signature: signature, store: store) { _ in
                    withUnsafeCurrentTask { $0?.cancel() }
                    if fails { throw CancellationError() }
                }
            }
            let ended = await request.result
            XCTAssertEqual(try? ended.get().text, fails ? nil : "ok")
            let again = try await callbacks.receive(body: body, signature: signature, store: store) { _ in }
            XCTAssertEqual(again.text, next)
        }
    }
}
