import Foundation
import JobEngine
import MailTemplates
import Platform
import Postgres

/// `export.not-prepared-notice`: tells whoever asked that an export ended dead or cancelled.
struct ExportNotPreparedNoticeHandler: JobHandler {
    let mailer: JobMailer

    func perform(_ arguments: ExportNotPreparedNotice, in context: JobContext) async throws -> JobOutcome {
        let rows = try await context.database.query(ExportEndSQL.end(of: arguments.exportID))
        // Sent back by an operator meanwhile, or forgotten.
        guard let row = rows.first else { return .obsolete(because: "export-not-ended") }
        guard let kind = ExportKinds.kind(named: try row.decode("kind")) else {
            return .obsolete(because: "unknown-export")
        }
        guard let export = try? row.decode("arguments", as: JSON.self).decode(kind) else {
            return .obsolete(because: "unreadable-export")
        }
        let reason: ExportNotPreparedMail.Reason =
            try row.decode("state", as: String.self) == "cancelled" ? .cancelled : .failed
        return try await tell(export, reason, in: context)
    }

    private func tell<Export: MailedExport>(
        _ export: Export,
        _ reason: ExportNotPreparedMail.Reason,
        in context: JobContext
    ) async throws -> JobOutcome {
        let requester = try await ExportRequester.find(export, in: context.database)
        guard let recipient = requester.recipient else {
            return .obsolete(because: AccountScope.Refusal.requesterGone.rawValue)
        }
        guard let address = recipient.address else { return .obsolete(because: recipient.obstacle ?? "no-address") }
        if let obstacle = recipient.obstacle { return .obsolete(because: obstacle) }
        let mail = ExportNotPreparedMail(
            firstName: recipient.firstName,
            export: export,
            ministryName: requester.ministryName,
            reason: reason
        )
        return try await mailer.deliver(try mail.content(), to: address, for: context, ifUnknown: .leave)
    }
}

/// The kinds that make files, by name.
enum ExportKinds {
    private static let all: [any MailedExport.Type] = [
        OffersExport.self, OfferStatisticsExport.self, SchoolsExport.self, AssociationsExport.self,
    ]

    static func kind(named name: String) -> (any MailedExport.Type)? {
        all.first { $0.definition.name == name }
    }
}

/// The statement of the notice.
enum ExportEndSQL {
    static func end(of export: UUID) -> SQL {
        """
        SELECT kind, arguments, state FROM relais.job_finished
        WHERE id = \(export) AND state IN ('dead', 'cancelled')
        """
    }
}
