import Foundation
import JobEngine
import NIOCore
import Platform
import Postgres

/// A file of placements on its way into PostgreSQL, where the worker finds it: its row, then chunk after chunk, and at
/// last the job that imports it. Memory holds one chunk, whatever the file's size.
struct PlacementsUpload: Sendable {
    /// The row of `delivery.placements_import`.
    let id: UUID
    private(set) var size = 0
    private var chunk: [UInt8] = []
    private var number: Int32 = 0

    /// A statement is worth it, and hardly any memory is held.
    private static let chunkSize = 256 * 1024

    init(id: UUID) {
        self.id = id
    }

    /// - Parameter write: carries out a statement that keeps a chunk.
    /// - Throws: `NIOTooManyBytesError` when the file is larger than it may be.
    mutating func take(_ bytes: [UInt8], write: (SQL) async throws -> Void) async throws {
        size += bytes.count
        guard size <= PlacementsFile.maximumBytes else {
            throw NIOTooManyBytesError(maxBytes: PlacementsFile.maximumBytes)
        }
        var rest = bytes[...]
        while !rest.isEmpty {
            let part = rest.prefix(Self.chunkSize - chunk.count)
            chunk += part
            rest = rest.dropFirst(part.count)
            if chunk.count == Self.chunkSize { try await keep(write) }
        }
    }

    /// Keeps what is left of the file.
    mutating func finish(write: (SQL) async throws -> Void) async throws {
        if !chunk.isEmpty { try await keep(write) }
    }

    private mutating func keep(_ write: (SQL) async throws -> Void) async throws {
        try await write(PlacementsUploadSQL.keep(Bytes(chunk), number: number, of: id))
        chunk.removeAll(keepingCapacity: true)
        number += 1
    }
}

/// The statements of an upload.
enum PlacementsUploadSQL {
    /// A row for a file of this association; none when there is no such association.
    static func begin(_ association: Int64, requestedBy account: Int64?) -> SQL {
        """
        INSERT INTO delivery.placements_import (association_id, requested_by)
        SELECT a.id, \(account) FROM platform.association a WHERE a.id = \(association)
        RETURNING id
        """
    }

    static func keep(_ content: Bytes, number: Int32, of id: UUID) -> SQL {
        "INSERT INTO delivery.placements_chunk (import, number, content) VALUES (\(id), \(number), \(content))"
    }

    /// The file is there as a whole: from now on it is newer than all that were taken before.
    static func accept(_ id: UUID, size: Int, job: JobID) -> SQL {
        """
        UPDATE delivery.placements_import
        SET number = nextval('delivery.placements_order'), size = \(size), job = \(job.uuid)
        WHERE id = \(id) AND number IS NULL
        """
    }

    static func forget(_ id: UUID) -> SQL {
        "DELETE FROM delivery.placements_import WHERE id = \(id) AND number IS NULL"
    }
}
