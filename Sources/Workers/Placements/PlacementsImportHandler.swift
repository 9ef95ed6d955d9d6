import JobEngine
import Platform
import Postgres

/// `placements.import`: replaces an association's off-platform placements by those of a file.
///
/// The file is read twice. First outside of any transaction, for all that is wrong with it: then the rows of before stay,
/// and whoever asked reads the report. A file with nothing wrong is read once more in the transaction that ends the job,
/// in which it takes the place of all rows of before.
struct PlacementsImportHandler: JobHandler {
    private struct Result: Encodable {
        let associationID: Int64
        let rows: Int

        enum CodingKeys: String, CodingKey {
            case associationID = "association_id"
            case rows
        }
    }

    /// A newer file was imported in the meantime.
    private struct Superseded: Error {}

    func perform(_ arguments: PlacementsImport, in context: JobContext) async throws -> JobOutcome {
        guard let file = try await UploadedPlacements.find(arguments.importID, in: context.database) else {
            return .obsolete(because: "unknown-import")
        }
        guard !file.hasEnded else { return .obsolete(because: "already-ended") }
        if let refusal = try await refusal(of: file, in: context.database) {
            return try await end(file, refusal, in: context)
        }
        do {
            let references = try await references(in: context.database)
            var parser = PlacementsParser(association: file.association, references: references)
            try await file.read(into: &parser, query: { try await context.database.query($0) })
            guard parser.faultCount == 0 else { return try await end(file, .invalid, parser, in: context) }
            return try await replace(file, references, rows: parser.rows, in: context)
        } catch is UploadedPlacements.Incomplete {
            return .obsolete(because: "file-gone")
        } catch is Superseded {
            return try await end(file, .superseded, in: context)
        }
    }

    /// Decided again: account and association may have gone since the door let the file in.
    private func refusal(of file: UploadedPlacements, in database: PostgresPool) async throws -> PlacementsOutcome? {
        if let requester = file.requester {
            let row = try await database.query(AccountFacts.select(account: requester)).first
            let account = try row.flatMap { try AccountFacts($0) }
            if case .refused(let refusal) = AccountScope.administration(file.association, askedBy: account) {
                return PlacementsOutcome(refusal)
            }
        }
        return file.hasAssociation ? nil : .unknownAssociation
    }

    private func references(in database: PostgresPool) async throws -> PlacementReferences {
        guard let row = try await database.query(PlacementsSQL.references).first else {
            throw LedgerError.unexpectedAnswer("read the ids that placements name: expected one row, got none")
        }
        return PlacementReferences(
            departments: Set(try row.decode("departments", as: [String].self)),
            groups: Set(try row.decode("groups", as: [Int64].self)),
            sectors: Set(try row.decode("sectors", as: [Int64].self)),
            weeks: Set(try row.decode("weeks", as: [String].self))
        )
    }

    private func replace(
        _ file: UploadedPlacements,
        _ references: PlacementReferences,
        rows: Int,
        in context: JobContext
    ) async throws -> JobOutcome {
        let result = Result(associationID: file.association, rows: rows)
        return try await context.finish(.done(result: try JSON(encoding: result))) { connection in
            let became = PlacementsSQL.become(source: file.number, of: file.association)
            guard try await connection.execute(became) == 1 else { throw Superseded() }
            _ = try await connection.execute(PlacementsSQL.forgetPlacements(of: file.association))
            var parser = PlacementsParser(association: file.association, references: references)
            try await file.read(into: &parser, query: { try await connection.query($0) }) { placements in
                guard !placements.isEmpty else { return }
                _ = try await connection.execute(PlacementsSQL.insert(placements, of: file.association))
            }
            try await Self.record(.imported, of: file, parser, on: connection)
        }
    }

    /// The end of a file that was not imported.
    private func end(
        _ file: UploadedPlacements,
        _ outcome: PlacementsOutcome,
        _ parser: PlacementsParser? = nil,
        in context: JobContext
    ) async throws -> JobOutcome {
        try await context.finish(.obsolete(because: outcome.rawValue)) { connection in
            try await Self.record(outcome, of: file, parser, on: connection)
        }
    }

    private static func record(
        _ outcome: PlacementsOutcome,
        of file: UploadedPlacements,
        _ parser: PlacementsParser?,
        on connection: PostgresConnection
    ) async throws {
        _ = try await connection.execute(try PlacementsSQL.end(file.id, outcome, parser))
        _ = try await connection.execute(PlacementsSQL.forgetChunks(of: file.id))
    }
}
