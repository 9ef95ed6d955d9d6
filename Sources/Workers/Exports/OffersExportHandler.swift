import Foundation
import JobEngine
import Mail
import MailTemplates
import Platform
import Postgres
import Spreadsheet

/// `export.offers`: a file of offers, sent by mail to the account that asked for it.
///
/// The steps: decide again who may have what; read the rows of one snapshot into a file; keep the file in PostgreSQL;
/// send it, attached or as a link. A second attempt makes and keeps the file anew.
struct OffersExportHandler: JobHandler {
    private let mailer: JobMailer
    private let links: ExportLinks
    private let directory: URL
    private let attachmentLimit: Int
    private let rowLimit: Int?

    /// Most mail servers refuse messages over 10 MiB, and base64 makes a third more of a file.
    static let usualAttachmentLimit = 7 * 1024 * 1024

    /// - Parameters:
    ///   - directory: an existing directory for temporary files, with room for the largest export three times over.
    ///   - attachmentLimit: the most bytes that are attached; a larger file is announced by a link.
    ///   - rowLimit: the most rows of an `.xlsx` file; nil: what the format holds.
    init(
        mailer: JobMailer,
        links: ExportLinks,
        directory: URL,
        attachmentLimit: Int = usualAttachmentLimit,
        rowLimit: Int? = SpreadsheetFormat.xlsx.maximumRows
    ) {
        self.mailer = mailer
        self.links = links
        self.directory = directory
        self.attachmentLimit = attachmentLimit
        self.rowLimit = rowLimit
    }

    func perform(_ arguments: OffersExport, in context: JobContext) async throws -> JobOutcome {
        let requester = try await ExportRequester.find(arguments, in: context.database)
        guard case .allowed(let filter) = requester.decision else {
            return try await refuse(arguments, to: requester, in: context)
        }
        if let obstacle = requester.recipient?.obstacle { return .obsolete(because: obstacle) }
        return try await ExportDirectory.with(for: context.job, in: directory, logger: context.logger) { directory in
            guard let file = try await write(filter, for: arguments, requester, in: directory, context) else {
                return try await giveUp(.tooManyRows, "too-many-rows", on: arguments, to: requester, in: context)
            }
            // Reading takes a while: whoever was deleted or moved meanwhile gets no file.
            let requester = try await ExportRequester.find(arguments, in: context.database)
            guard requester.decision == .allowed(filter) else {
                return try await refuse(arguments, to: requester, in: context)
            }
            return try await deliver(file, filter, for: arguments, to: requester, in: context)
        }
    }

    /// nil: the format does not hold that many rows.
    private func write(
        _ filter: OffersFilter,
        for arguments: OffersExport,
        _ requester: ExportRequester,
        in directory: ExportDirectory,
        _ context: JobContext
    ) async throws -> ExportFile? {
        let name = OffersExportName.make(
            filter: filter,
            ministryName: requester.ministryName,
            format: arguments.format
        )
        let url = directory.url.appending(path: name)
        let reader = OffersReader(
            filter: filter,
            format: arguments.format.spreadsheet,
            rowLimit: arguments.format == .xlsx ? rowLimit : nil,
            context: context
        )
        guard case .written(let rows) = try await reader.write(to: url) else { return nil }
        return try await ExportFile(url: url, name: name, format: arguments.format, rows: rows)
    }

    // MARK: - Delivering

    private struct Result: Encodable {
        enum Delivery: String, Encodable {
            case attachment, link
        }

        let file: String
        let rows: Int
        let bytes: Int
        let delivery: Delivery
    }

    private func deliver(
        _ file: ExportFile,
        _ filter: OffersFilter,
        for arguments: OffersExport,
        to requester: ExportRequester,
        in context: JobContext
    ) async throws -> JobOutcome {
        guard let recipient = requester.recipient, let address = recipient.address else {
            return .obsolete(because: requester.recipient?.obstacle ?? AccountScope.Refusal.requesterGone.rawValue)
        }
        let keepsLink = try await context.previousHandover() != nil
        let expires = try await file.store(for: arguments.requestedBy, keepsLink: keepsLink, in: context)
        let id = context.job.id.uuid
        let isAttached = file.bytes <= attachmentLimit
        let mail = OffersExportMail(
            firstName: recipient.firstName,
            filter: filter,
            ministryName: requester.ministryName,
            filename: file.name,
            rows: file.rows,
            delivery: isAttached ? .attachment : .link(try links.url(file: id, expires: expires), expires: expires)
        )
        let result = Result(
            file: file.name,
            rows: file.rows,
            bytes: file.bytes,
            delivery: isAttached ? .attachment : .link
        )
        return try await mailer.deliver(
            try mail.content(),
            to: address,
            attachment: isAttached ? try file.attachment : nil,
            for: context,
            ifUnknown: .sendAgain,
            result: try JSON(encoding: result)
        ) { connection in
            _ = try await connection.execute(ExportFileSQL.mailed(id))
        }
    }

    // MARK: - Refusing

    private func refuse(
        _ arguments: OffersExport,
        to requester: ExportRequester,
        in context: JobContext
    ) async throws -> JobOutcome {
        // Allowed, but not what it was when the file was made: moved to another department or ministry.
        guard case .refused(let refusal) = requester.decision else {
            return .retry(because: "the requester's scope changed while the file was made")
        }
        guard let reason = ExportNotPreparedMail.Reason(refusal) else { return .obsolete(because: refusal.rawValue) }
        return try await giveUp(reason, refusal.rawValue, on: arguments, to: requester, in: context)
    }

    /// Ends the job without a file, with one plain mail that says why to whoever can still be reached.
    private func giveUp(
        _ reason: ExportNotPreparedMail.Reason,
        _ word: String,
        on arguments: OffersExport,
        to requester: ExportRequester,
        in context: JobContext
    ) async throws -> JobOutcome {
        guard let recipient = requester.recipient, recipient.obstacle == nil, let address = recipient.address else {
            return .obsolete(because: word)
        }
        let mail = ExportNotPreparedMail(
            firstName: recipient.firstName,
            filter: arguments.filter,
            ministryName: requester.ministryName,
            reason: reason
        )
        switch try await mailer.deliver(try mail.content(), to: address, for: context, ifUnknown: .sendAgain) {
        case .retry(let delay, let reason): return .retry(after: delay, because: reason)
        case .done(_, let answer): return .obsolete(because: word, mail: answer)
        // Refused for good: the export is not made either way.
        default: return .obsolete(because: word)
        }
    }
}

extension ExportFormat {
    fileprivate var spreadsheet: SpreadsheetFormat {
        switch self {
        case .xlsx: .xlsx
        case .csv: .csv
        }
    }
}

extension ExportFile {
    fileprivate var attachment: Attachment {
        get throws {
            // Without parameters, which a part's header does not take.
            try Attachment(
                file: url,
                filename: name,
                contentType: String(format.contentType.prefix { $0 != ";" })
            )
        }
    }
}
