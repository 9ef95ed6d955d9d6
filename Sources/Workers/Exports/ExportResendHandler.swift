import Foundation
import JobEngine
import MailTemplates
import Platform
import Postgres

/// `export.resend`: sends a kept file once more. The file keeps its end: a second mail does not prolong it.
struct ExportResendHandler: JobHandler {
    let delivery: ExportDelivery
    let directory: URL

    func perform(_ arguments: ExportResend, in context: JobContext) async throws -> JobOutcome {
        let rows = try await context.database.query(ExportFileSQL.live(arguments.fileID))
        guard let row = rows.first, let name = try row.decode("kind", as: String?.self),
            let kind = ExportKinds.kind(named: name)
        else { return .obsolete(because: "file-gone") }
        let export = try row.decode("arguments", as: JSON.self).decode(kind)
        return try await send(export, KeptExport(row), in: context)
    }

    private func send<Export: MailedExport>(
        _ export: Export,
        _ kept: KeptExport,
        in context: JobContext
    ) async throws -> JobOutcome {
        let requester = try await ExportRequester.find(export, in: context.database)
        switch requester.decision {
        case .refused(let refusal):
            return try await delivery.refuse(export, refusal, to: requester, in: context)
        case .allowed(let granted) where granted != export:
            // Moved to another department or ministry: what the file holds is not his any more.
            return try await delivery.giveUp(.outOfScope, "scope-changed", on: export, to: requester, in: context)
        case .allowed: break
        }
        guard let recipient = requester.recipient, recipient.obstacle == nil else {
            return .obsolete(because: requester.recipient?.obstacle ?? AccountScope.Refusal.requesterGone.rawValue)
        }
        return try await ExportDirectory.with(for: context.job, in: directory, logger: context.logger) { directory in
            let url = directory.url.appending(path: kept.name)
            if delivery.attaches(kept.bytes) {
                guard try await kept.write(to: url, context.database) else { return .obsolete(because: "file-gone") }
            }
            return try await delivery.send(
                ExportFile(
                    url: url,
                    name: kept.name,
                    format: export.format,
                    rows: kept.rows,
                    changed: kept.changed,
                    bytes: kept.bytes
                ),
                id: kept.id,
                linkExpires: kept.expires,
                of: export,
                to: recipient,
                ministryName: requester.ministryName,
                in: context
            )
        }
    }
}

/// A file as `delivery.file` keeps it.
struct KeptExport: Sendable {
    let id: UUID
    let name: String
    let rows: Int
    let changed: ChangedCells
    let bytes: Int
    let expires: Date

    init(_ row: Row) throws {
        id = try row.decode("id")
        name = try row.decode("filename")
        rows = try row.decode("rows")
        changed = try row.decode("changed_cells", as: JSON?.self)?.decode() ?? ChangedCells()
        bytes = try row.decode("size")
        expires = try row.decode("expires_at")
    }

    /// Puts the file together from its chunks, one at a time; false: it was deleted meanwhile.
    func write(to url: URL, _ database: PostgresPool) async throws -> Bool {
        let file = try await DiskQueue.run {
            try Data().write(to: url)
            return try FileHandle(forWritingTo: url)
        }
        var last: Int32 = -1
        var written = 0
        while written < bytes {
            let rows = try await database.query(ExportFileSQL.chunk(of: id, after: last))
            guard let row = rows.first else { return false }
            let content = try row.decode("content", as: Bytes.self).array
            try await DiskQueue.run { try file.write(contentsOf: content) }
            last = try row.decode("number")
            written += content.count
        }
        try await DiskQueue.run { try file.close() }
        return written == bytes
    }
}
