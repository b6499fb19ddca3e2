// A list as an `AsyncSequence`; the core decides where it goes on and where it ends.
import CryptopayNative
import Foundation

/// A list: loop over it with `for try await` to get its rows, over `pages` to get them page by page. Every loop begins anew;
/// each page is a call of its own, made when it is needed. After an error the list stays where it was: asking again reads the
/// same page.
public struct Pages<Row: Decodable & Sendable>: AsyncSequence, Sendable {
    public typealias Element = Row

    let engine: Engine
    let operation: String
    let params: JSON
    let options: JSON

    init(_ engine: Engine, _ operation: String, _ params: [String: JSON?], _ options: ReadOptions) {
        self.engine = engine
        self.operation = operation
        self.params = .object(params.compactMapValues { $0 })
        self.options = options.json
    }

    /// The list page by page.
    public var pages: ByPage { ByPage(list: self) }

    /// The first page alone; empty where the list is.
    ///
    /// - Throws: What the call for it ended with.
    public func firstPage() async throws -> Page<Row> {
        let pages = pages.makeAsyncIterator()
        guard let page = try await pages.next() else {
            throw MisuseError(operation, defect: "a list without a first page")
        }
        return page
    }

    public func makeAsyncIterator() -> Iterator { Iterator(pages: pages.makeAsyncIterator()) }

    /// Row by row.
    public struct Iterator: AsyncIteratorProtocol {
        let pages: ByPage.Iterator
        var rows: ArraySlice<Row> = []

        init(pages: ByPage.Iterator) { self.pages = pages }

        public mutating func next() async throws -> Row? {
            while rows.isEmpty {
                guard let page = try await pages.next() else { return nil }
                rows = page.rows[...]
            }
            return rows.removeFirst()
        }
    }

    /// Page by page.
    public struct ByPage: AsyncSequence, Sendable {
        public typealias Element = Page<Row>
        let list: Pages

        public func makeAsyncIterator() -> Iterator {
            Iterator(list: list, begun: Result { try list.engine.walk(list.operation, list.params) })
        }

        public struct Iterator: AsyncIteratorProtocol {
            let list: Pages
            let begun: Result<CryptopayNative.Pages, any Error>

            public func next() async throws -> Page<Row>? {
                let walk = try begun.get()
                guard let text = try crossed(list.operation, walk.next) else { return nil }
                let params = try JSON(text: text)
                let ended = try await list.engine.run(list.operation, params, list.options)
                return try list.page(ended, walk, params)
            }
        }
    }

    /// The rows that are new on this page. `params` are what it was asked with.
    private func page(_ ended: Ended, _ walk: CryptopayNative.Pages, _ params: JSON) throws -> Page<Row> {
        let outcome = ended.outcome
        if outcome.notModified { throw NotModified(outcome: outcome) }
        // The walk takes the page in only when all its rows fit: else whoever asks again would be given the page after it, and
        // never hear of these rows. A walk that begins here says where they are.
        var fitted: [Range<Int>: Row] = [:]
        for range in try read(outcome, try engine.walk(operation, params)).ranges {
            fitted[range] = try engine.fitting(ended, outcome.data.subdata(in: range))
        }
        let (ranges, told) = try read(outcome, walk)
        let rows = ranges.compactMap { fitted[$0] }
        let next = try crossed(operation, walk.next).flatMap { try? JSON(text: $0)["starting_after"]?.string }
        let last = try ranges.last.flatMap { try JSON(outcome.data.subdata(in: $0))["id"]?.string }
        return Page(rows: rows, more: told["more"] == .bool(true), lastId: next ?? last, outcome: outcome)
    }

    /// Takes a page in: where in its data the new rows are, and all that the walk told.
    private func read(
        _ outcome: Outcome, _ walk: CryptopayNative.Pages
    ) throws -> (ranges: [Range<Int>], told: JSON) {
        let told = try JSON(text: crossed(operation) { try walk.read(data: outcome.data, meta: outcome.meta) })
        if let error = told["error"] { throw errorOf(error, cause: nil) }
        return ((told["rows"]?.items ?? []).compactMap(\.range), told)
    }
}

/// One page of a list. Rows that moved onto it from the page before are left out.
public struct Page<Row: Sendable>: Sendable, RandomAccessCollection {
    /// The rows, in the order of the API.
    public let rows: [Row]
    /// Whether another page follows.
    public let more: Bool
    /// The id of its last row: what `startingAfter` takes.
    public let lastId: String?
    /// How the call went that read this page.
    public let outcome: Outcome

    public var startIndex: Int { rows.startIndex }
    public var endIndex: Int { rows.endIndex }
    public subscript(index: Int) -> Row { rows[index] }
}
