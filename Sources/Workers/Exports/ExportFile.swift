import Foundation
import JobEngine
import Platform
import Postgres

/// A finished export on this machine's disk.
struct ExportFile: Sendable {
    let url: URL
    let name: String
    let format: ExportFormat
    let rows: Int
    let changed: ChangedCells
    let bytes: Int

    /// What one chunk of the stored file holds; also the memory that storing needs.
    private static let chunkSize = 256 * 1024

    init(url: URL, name: String, format: ExportFormat, rows: Int, changed: ChangedCells) async throws {
        self.url = url
        self.name = name
        self.format = format
        self.rows = rows
        self.changed = changed
        bytes = try await DiskQueue.run {
            try url.resourceValues(forKeys: [.fileSizeKey]).fileSize ?? 0
        }
    }

    /// A file whose size is known, for a link not even on this machine's disk.
    init(url: URL, name: String, format: ExportFormat, rows: Int, changed: ChangedCells, bytes: Int) {
        self.url = url
        self.name = name
        self.format = format
        self.rows = rows
        self.changed = changed
        self.bytes = bytes
    }

    /// Keeps the file in PostgreSQL, from where every producer can serve it, before the mail announces it. What an
    /// earlier attempt of the job stored is replaced.
    /// - Parameter keepsLink: an earlier attempt's mail may have arrived.
    /// - Returns: when the link to the file ends.
    func store<Export: ExportArguments>(
        of export: Export,
        keepsLink: Bool,
        in context: JobContext
    ) async throws -> Date {
        let id = context.job.id.uuid
        return try await context.transaction { connection in
            let row = try await connection.query(
                ExportFileSQL.replace(
                    id: id,
                    export: export,
                    arguments: JSON(encoding: export),
                    file: self,
                    changed: JSON(encoding: changed),
                    keepsLink: keepsLink
                )
            ).first
            _ = try await connection.execute(ExportFileSQL.forgetChunks(of: id))
            let reader = try await DiskQueue.run { try FileHandle(forReadingFrom: url) }
            var number = 0
            while let content = try await DiskQueue.run({ try reader.read(upToCount: Self.chunkSize) }),
                !content.isEmpty
            {
                _ = try await connection.execute(
                    ExportFileSQL.append(Bytes(Array(content)), number: number, to: id)
                )
                number += 1
            }
            guard let expires = try row?.decode("link_expires", as: Date.self) else {
                throw LedgerError.unexpectedAnswer("store an export: expected one row, got none")
            }
            return expires
        }
    }
}

/// The statements of a stored export.
enum ExportFileSQL {
    /// The link's life begins with the row. A second mail of a job whose first one may have arrived carries the same
    /// link, unless so much of its life is over that its reader would be left with a dead one.
    static func replace<Export: ExportArguments>(
        id: UUID,
        export: Export,
        arguments: JSON,
        file: ExportFile,
        changed: JSON,
        keepsLink: Bool
    ) -> SQL {
        """
        INSERT INTO delivery.file AS f (id, account_id, filename, content_type, size, rows, kind, arguments,
            changed_cells)
        VALUES (\(id), \(export.requestedBy), \(file.name), \(file.format.contentType), \(file.bytes), \(file.rows),
            \(Export.definition.name), \(arguments), \(changed))
        ON CONFLICT (id) DO UPDATE SET
            filename = excluded.filename, content_type = excluded.content_type, size = excluded.size,
            rows = excluded.rows, kind = excluded.kind, arguments = excluded.arguments,
            changed_cells = excluded.changed_cells, mailed_at = NULL, expires_at = NULL,
            created_at = CASE WHEN \(keepsLink) AND f.created_at > clock_timestamp() - interval '24 hours'
                THEN f.created_at ELSE clock_timestamp() END
        RETURNING created_at + make_interval(secs => \(SignedLink.lifetime.inSeconds)) AS link_expires
        """
    }

    static func forgetChunks(of file: UUID) -> SQL {
        "DELETE FROM delivery.file_chunk WHERE file = \(file)"
    }

    static func append(_ content: Bytes, number: Int, to file: UUID) -> SQL {
        "INSERT INTO delivery.file_chunk (file, number, content) VALUES (\(file), \(number), \(content))"
    }

    /// A file that was mailed and is still kept.
    static func live(_ file: UUID) -> SQL {
        """
        SELECT id, filename, size, rows, kind, arguments, changed_cells, expires_at FROM delivery.file
        WHERE id = \(file) AND expires_at > clock_timestamp()
        """
    }

    static func chunk(of file: UUID, after number: Int32) -> SQL {
        """
        SELECT number, content FROM delivery.file_chunk
        WHERE file = \(file) AND number > \(number) ORDER BY number LIMIT 1
        """
    }

    /// The file's own seven days begin with the mail, so that it outlives every link to it.
    static func mailed(_ file: UUID) -> SQL {
        """
        UPDATE delivery.file SET mailed_at = now.instant, expires_at = now.instant + interval '168 hours'
        FROM (SELECT clock_timestamp() AS instant) now WHERE id = \(file)
        """
    }
}
