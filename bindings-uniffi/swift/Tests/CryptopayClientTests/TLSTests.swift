// Who answers is checked before anything is sent: a certificate that nobody vouches for, or of another name, ends an exchange
// as not sent. The server is OpenSSL's own.
#if os(Linux)
    import XCTest

    @testable import CryptopayClient

    final class TLSTests: XCTestCase {
        func testOnlyATrustedServerIsSpokenTo() async throws {
            let server = try Server()
            defer { server.stop() }
            let (trusting, stranger) = (CurlFetch(authorities: server.certificate), CurlFetch())
            let request = Request(method: "POST", url: "https://127.0.0.1:\(server.port)/", timeoutMs: 20_000)
            let named = Request(method: "POST", url: "https://localhost:\(server.port)/", timeoutMs: 20_000)
            for (fetch, request) in [
                (stranger, request), (trusting, named), (CurlFetch(authorities: "/nowhere"), request),
            ] {
                do {
                    _ = try await fetch.fetch(request)
                    XCTFail("it was answered")
                } catch let error as FetchError {
                    XCTAssertEqual(error.kind, .connect)
                    XCTAssertFalse(error.sent)
                    XCTAssertTrue(error.told.contains("certificate"), error.told)
                }
            }
            let page = Request(method: "GET", url: request.url, timeoutMs: 20_000)
            for _ in 0..<2 {
                let response = try await trusting.fetch(page)
                XCTAssertEqual(response.status, 200)
                XCTAssertGreaterThan(response.body.count, 100)
            }
        }

        /// Shows a page about each connection, with a certificate for 127.0.0.1 that it signed itself.
        private final class Server {
            let certificate: String
            private(set) var port = ""
            private let folder: URL
            private let process = Process()

            init() throws {
                folder = FileManager.default.temporaryDirectory.appendingPathComponent("tls-\(UUID().uuidString)")
                try FileManager.default.createDirectory(at: folder, withIntermediateDirectories: true)
                let (key, own) = (
                    folder.appendingPathComponent("key.pem").path, folder.appendingPathComponent("own.pem").path
                )
                certificate = own
                let made = try Server.openssl(
                    Process(),
                    [
                        "req", "-x509", "-newkey", "ec", "-pkeyopt", "ec_paramgen_curve:prime256v1", "-nodes", "-days",
                        "2",
                        "-subj", "/CN=test", "-addext", "subjectAltName=IP:127.0.0.1", "-keyout", key, "-out", own,
                    ])
                _ = try made.readToEnd()
                let told = try Server.openssl(
                    process, ["s_server", "-accept", "127.0.0.1:0", "-cert", own, "-key", key, "-www"])
                var text = ""
                while port.isEmpty {
                    let more = told.availableData
                    guard !more.isEmpty else { throw Wrong("no server: \(text)") }
                    text += String(decoding: more, as: UTF8.self)
                    let line = text.split(separator: "\n", omittingEmptySubsequences: false).dropLast().first {
                        $0.hasPrefix("ACCEPT")
                    }
                    port = line?.split(separator: ":").last.map(String.init) ?? ""
                }
            }

            private static func openssl(_ process: Process, _ arguments: [String]) throws -> FileHandle {
                let output = Pipe()
                process.executableURL = URL(fileURLWithPath: "/usr/bin/env")
                process.arguments = ["openssl"] + arguments
                (process.standardOutput, process.standardError) = (output, FileHandle.nullDevice)
                process.standardInput = Pipe()
                try process.run()
                return output.fileHandleForReading
            }

            func stop() {
                // A program that is started from a task inherits that task's blocked signals, and hears no other.
                kill(process.processIdentifier, SIGKILL)
                process.waitUntilExit()
                try? FileManager.default.removeItem(at: folder)
            }
        }
    }
#endif
