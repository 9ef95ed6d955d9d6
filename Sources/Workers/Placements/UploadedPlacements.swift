import Foundation
import Platform
import Postgres
import Spreadsheet

/// A file of placements, as the producer has taken it.
struct UploadedPlacements: Sendable {
    let id: UUID
    let association: Int64
    let hasAssociation: Bool
    /// The administrator for whom the platform asked; nil: nobody but the platform or an operator.
    let requester: Int64?
    /// The newer of two files of an association has the larger one.
    let number: Int64
    let size: Int
    let hasEnded: Bool

    /// The file is not there as a whole: its time was over.
    struct Incomplete: Error {}

    /// nil: there is none, or it is still on its way in.
    static func find(_ id: UUID, in database: PostgresPool) async throws -> UploadedPlacements? {
        guard let row = try await database.query(PlacementsSQL.file(id)).first else { return nil }
        return UploadedPlacements(
            id: id,
            association: try row.decode("association_id"),
            hasAssociation: try row.decode("has_association"),
            requester: try row.decode("requested_by"),
            number: try row.decode("number"),
            size: try row.decode("size"),
            hasEnded: try row.decode("has_ended")
        )
    }

    /// Reads the whole file, a chunk at a time, so that memory does not grow with it.
    ///
    /// - Throws: ``Incomplete``.
    func read(
        into parser: inout PlacementsParser,
        query: (SQL) async throws -> [Row],
        taking: ([Placement]) async throws -> Void = { _ in }
    ) async throws {
        var reader = CSVReader()
        var (last, bytes): (Int32, Int) = (-1, 0)
        while let row = try await query(PlacementsSQL.chunk(of: id, after: last)).first {
            try Task.checkCancellation()
            let content = try row.decode("content", as: Bytes.self).array
            last = try row.decode("number")
            bytes += content.count
            try await taking(parser.placements(reader.read(content)))
        }
        guard bytes == size else { throw Incomplete() }
        try await taking(parser.placements(reader.finish()))
        parser.finish()
    }
}
