// What came from any thread, in the order in which it came.
import Foundation

final class Kept<Value>: @unchecked Sendable {
    private let lock = NSLock()
    private var values: [Value] = []
    var all: [Value] { lock.withLock { values } }
    func add(_ value: Value) { lock.withLock { values.append(value) } }
}
