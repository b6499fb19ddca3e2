// The core's steps and endings, read from the border's text. Only translation: nothing is decided here.
import Foundation

/// What to do next.
enum Step {
    case fetch(Request)
    case sleep(ms: Int)
    case permit(Permit)
    case done(Done)
    case failed(any CryptopayError)
}

/// A call that ended well.
struct Done {
    let json: JSON
    let data: Range<Int>?
    let meta: Range<Int>?
}

extension Step {
    /// - Parameters:
    ///   - text: What the core answered.
    ///   - operation: Whose call it is.
    ///   - cause: The transport's own error, should the call end with what it caused.
    /// - Throws: `MisuseError` when the driver has a defect.
    init(text: String, operation: String, cause: (any Error)?) throws {
        let json = try JSON(text: text)
        if let fetch = json["fetch"] {
            self = .fetch(Request(fetch))
        } else if let sleep = json["sleep"] {
            self = .sleep(ms: sleep["ms"]?.int ?? 0)
        } else if let permit = json["permit"] {
            self = .permit(Permit(permit))
        } else if let done = json["done"] {
            if let error = done["error"], !error.isNull {
                self = .failed(errorOf(error, cause: cause))
            } else {
                self = .done(Done(json: done, data: done["data"]?.range, meta: done["meta"]?.range))
            }
        } else {
            let (state, event) = (json["misuse"]?["state"]?.string ?? "", json["misuse"]?["event"]?.string ?? "")
            throw MisuseError(operation, defect: "\(event) while \(state)")
        }
    }
}

extension Request {
    fileprivate init(_ json: JSON) {
        var headers: [(name: String, value: String)] = []
        for pair in json["headers"]?.items ?? [] {
            if case .array(let parts) = pair, parts.count == 2, let name = parts[0].string, let value = parts[1].string
            {
                headers.append((name, value))
            }
        }
        self.init(
            method: json["method"]?.string ?? "",
            url: json["url"]?.string ?? "",
            headers: headers,
            body: json["body"]?.string.map { Data($0.utf8) },
            timeoutMs: json["timeout_ms"]?.int ?? 0,
            maxBody: json["max_body"]?.int ?? 0,
            fresh: json["fresh"] == .bool(true),
            purpose: json["purpose"]?.string ?? ""
        )
    }
}

/// The error in the border's words.
func errorOf(_ json: JSON, cause: (any Error)?, accepted: Outcome? = nil) -> any CryptopayError {
    var details = ErrorDetails(text: json["text"]?.string ?? "")
    details.message = json["message"]?.string ?? ""
    details.hint = json["hint"]?.string ?? ""
    details.operation = json["operation"]?.string ?? ""
    details.status = json["status"]?.int
    details.requestId = json["request_id"]?.string
    details.apiCode = json["api_code"]?.string
    details.fields = (json["fields"]?.items ?? []).map { field in
        FieldError(
            target: field["target"]?.string ?? "", code: field["code"]?.string ?? "",
            message: field["message"]?.string ?? "", args: field["args"]?.string ?? "")
    }
    details.existingId = json["existing_id"]?.string
    details.differing = (json["differing"]?.items ?? []).compactMap(\.string)
    details.retryAt = json["retry_at_ms"]?.int.map(Date.init(milliseconds:))
    details.record = json["record"].flatMap { $0.isNull ? nil : PendingRecord(json: $0) }
    details.reason = json["cause"].flatMap(Cause.init)
    if let signed = json["signed"], !signed.isNull {
        details.signed = Signed(
            stringToSign: signed["string_to_sign"]?.string ?? "",
            clockDifferenceMs: signed["clock_difference_ms"]?.int,
            likely: signed["likely"]?.string ?? "")
    }
    details.trace = Trace(json["trace"])
    details.accepted = accepted
    details.cause = cause
    return errorOf(code: json["code"]?.string ?? "", details)
}

extension Cause {
    init?(_ json: JSON) {
        guard let code = json["code"]?.string else { return nil }
        self.init(
            code: code, message: json["message"]?.string ?? "", status: json["status"]?.int,
            requestId: json["request_id"]?.string)
    }
}

extension Trace {
    init(_ json: JSON?) {
        self.init(
            sends: json?["sends"]?.int ?? 0, looks: json?["looks"]?.int ?? 0,
            waits: (json?["waits"]?.items ?? []).map { wait in
                Wait(ms: wait["ms"]?.int ?? 0, reason: wait["reason"]?.string ?? "")
            })
    }
}

extension JSON {
    /// A place in a body, `[start, end]` in bytes.
    var range: Range<Int>? {
        guard let items, items.count == 2, let start = items[0].int, let end = items[1].int, start <= end else {
            return nil
        }
        return start..<end
    }
}
