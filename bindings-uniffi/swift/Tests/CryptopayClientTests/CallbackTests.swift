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

    func testAHandlerThatFailsAfterItsLeaseDoesNotFreeTheClaimOfTheNextDelivery() async throws {
        struct Failed: Error {}
        let (callbacks, store) = (Callbacks(secrets: ["secret"]), MemoryStore())
        let signature = try callbacks.sign(body: body)
        do {
            _ = try await callbacks.receive(body: body, signature: signature, store: store, lease: 0.001) { event in
                let lapsed = Date().addingTimeInterval(0.002)
                while Date() < lapsed {}
                let next = await store.claim(event.dedupeKey, leaseMs: 60_000)
                XCTAssertEqual(next, .new)
                throw Failed()
            }
            XCTFail("it was handled")
        } catch is Failed {}
        let after = await store.claim(try callbacks.verify(body: body, signature: signature).dedupeKey, leaseMs: 1)
        XCTAssertEqual(after, .inProgress)
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

    func testABodyIsReadWithoutASecretAndThenNotCalledVerified() throws {
        let event = try Callbacks(secrets: []).parse(body: body)
        XCTAssertEqual([event.type, event.event], ["Invoice", "status_changed"])
        XCTAssertEqual([event.id, event.status], ["1", "completed"])
        XCTAssertNil(event.secret)
        XCTAssertEqual(event.raw, Data(#"{"id":"1","status":"completed"}"#.utf8))
        XCTAssertFalse(event.dedupeKey.isEmpty)
        for wrong in ["", "[]", "no JSON"] {
            XCTAssertThrowsError(try Callbacks(secrets: []).parse(body: Data(wrong.utf8))) { error in
                XCTAssertEqual((error as? InvalidResponseError)?.description, "the body is not a JSON object")
            }
        }
    }

    func testADeliveryOfWhatIsBeingHandledComesAgain() async throws {
        let (callbacks, store) = (Callbacks(secrets: ["secret"]), MemoryStore())
        let (body, signature) = (body, try callbacks.sign(body: body))
        _ = try await callbacks.receive(body: body, signature: signature, store: store) { _ in
            let second = try await callbacks.receive(body: body, signature: signature, store: store) { _ in
                XCTFail("handled twice")
            }
            XCTAssertEqual(second, Callbacks.Reply(status: 503, text: "being handled, come again"))
        }
    }

    func testAMissingSecretIsToldInTheWordsOfTheCore() throws {
        let text =
            "no callback secret was given, give the client the one shown in the dashboard; a client made from "
            + "environment variables reads it from CRYPTOPAY_CALLBACK_SECRET"
        let callbacks = Callbacks(secrets: [])
        XCTAssertThrowsError(try callbacks.sign(body: body)) { error in
            XCTAssertEqual((error as? ConfigurationError)?.description, text)
        }
        XCTAssertThrowsError(try callbacks.verify(body: body, signature: "00")) { error in
            XCTAssertEqual((error as? ConfigurationError)?.description, text)
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

    /// A store that tells for how long a key was claimed.
    private actor Claiming: CallbackStore {
        private(set) var leases: [Int] = []
        func claim(_ key: String, leaseMs: Int) async throws -> Claim {
            leases.append(leaseMs)
            return .new
        }
        func complete(_ key: String) async throws {}
        func release(_ key: String) async throws {}
    }

    func testAnEventIsClaimedForAsLongAsItsHandlerMayTake() async throws {
        let (callbacks, store) = (Callbacks(secrets: ["secret"]), Claiming())
        let signature = try callbacks.sign(body: body)
        _ = try await callbacks.receive(body: body, signature: signature, store: store) { _ in }
        for lease in [0.0001, 1.5, 3600] {
            _ = try await callbacks.receive(body: body, signature: signature, store: store, lease: lease) { _ in }
        }
        let leases = await store.leases
        XCTAssertEqual(leases, [300_000, 1, 1500, 3_600_000])
        for wrong in [0, -1, .infinity, .nan] as [TimeInterval] {
            do {
                _ = try await callbacks.receive(body: body, signature: signature, store: store, lease: wrong) { _ in
                    XCTFail("it was handled")
                }
                XCTFail("\(wrong) is no lease")
            } catch let error as ConfigurationError {
                XCTAssertTrue(error.description.contains("lease: must be a number of seconds"), "\(error)")
            }
        }
        let after = await store.leases
        XCTAssertEqual(after.count, 4)
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
