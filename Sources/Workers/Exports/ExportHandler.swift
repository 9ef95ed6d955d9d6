import Foundation
import JobEngine
import MailTemplates
import Platform
import Postgres
import Spreadsheet

/// An export: a file sent by mail to the account that asked for it. What is in the file is the sheet's business.
///
/// The steps: decide again who may have what; read the rows of one snapshot into a file; keep the file in PostgreSQL;
/// send it, attached or as a link. A second attempt makes and keeps the file anew.
struct ExportHandler<Sheet: ExportSheet>: JobHandler where Sheet.Arguments: MailedExport {
    typealias Arguments = Sheet.Arguments

    let delivery: ExportDelivery
    let directory: URL
    let rowLimit: Int?

    /// - Parameters:
    ///   - directory: an existing directory for temporary files, with room for the largest export three times over.
    ///   - rowLimit: the most rows of an `.xlsx` file; nil: what the format holds.
    init(
        _: Sheet.Type,
        delivery: ExportDelivery,
        directory: URL,
        rowLimit: Int? = SpreadsheetFormat.xlsx.maximumRows
    ) {
        self.delivery = delivery
        self.directory = directory
        self.rowLimit = rowLimit
    }

    func perform(_ asked: Arguments, in context: JobContext) async throws -> JobOutcome {
        let requester = try await ExportRequester.find(asked, in: context.database)
        guard case .allowed(let granted) = requester.decision else {
            return try await refuse(asked, to: requester, in: context)
        }
        if let obstacle = requester.recipient?.obstacle { return .obsolete(because: obstacle) }
        // Over HTTP it was refused; the file would be empty.
        if let ministry = granted.ministry, requester.ministryName == nil {
            return .discard(because: "unknown-ministry: expected the id of a ministry, got \(ministry)")
        }
        return try await ExportDirectory.with(for: context.job, in: directory, logger: context.logger) { directory in
            guard let file = try await write(granted, requester, in: directory, context) else {
                return try await delivery.giveUp(.tooManyRows, "too-many-rows", on: granted, to: requester, in: context)
            }
            // Reading takes a while: whoever was deleted or moved meanwhile gets no file.
            let requester = try await ExportRequester.find(asked, in: context.database)
            guard requester.decision == .allowed(granted) else {
                return try await refuse(asked, to: requester, in: context)
            }
            return try await deliver(file, of: granted, to: requester, in: context)
        }
    }

    /// nil: the format does not hold that many rows.
    private func write(
        _ export: Arguments,
        _ requester: ExportRequester<Arguments>,
        in directory: ExportDirectory,
        _ context: JobContext
    ) async throws -> ExportFile? {
        let name = export.filename(ministryName: requester.ministryName)
        let url = directory.url.appending(path: name)
        let reader = ExportReader<Sheet>(
            arguments: export,
            rowLimit: export.format == .xlsx ? rowLimit : nil,
            context: context
        )
        guard case .written(let rows, let changed) = try await reader.write(to: url) else { return nil }
        return try await ExportFile(url: url, name: name, format: export.format, rows: rows, changed: changed)
    }

    private func deliver(
        _ file: ExportFile,
        of export: Arguments,
        to requester: ExportRequester<Arguments>,
        in context: JobContext
    ) async throws -> JobOutcome {
        guard let recipient = requester.recipient, recipient.obstacle == nil else {
            return .obsolete(because: requester.recipient?.obstacle ?? AccountScope.Refusal.requesterGone.rawValue)
        }
        let id = context.job.id.uuid
        let keepsLink = try await context.previousHandover() != nil
        let expires = try await file.store(of: export, keepsLink: keepsLink, in: context)
        return try await delivery.send(
            file,
            id: id,
            linkExpires: expires,
            of: export,
            to: recipient,
            ministryName: requester.ministryName,
            in: context
        ) { connection in
            _ = try await connection.execute(ExportFileSQL.mailed(id))
        }
    }

    // MARK: - Refusing

    private func refuse(
        _ export: Arguments,
        to requester: ExportRequester<Arguments>,
        in context: JobContext
    ) async throws -> JobOutcome {
        // Allowed, but not what it was when the file was made: moved to another department or ministry.
        guard case .refused(let refusal) = requester.decision else {
            return .retry(because: "the requester's scope changed while the file was made")
        }
        return try await delivery.refuse(export, refusal, to: requester, in: context)
    }
}
