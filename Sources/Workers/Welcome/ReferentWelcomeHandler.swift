import Foundation
import JobEngine
import Mail
import MailTemplates
import Platform
import Postgres

/// `referent.welcome`: tells an invited référent that he may sign up, with the address that was authorised.
struct ReferentWelcomeHandler: JobHandler {
    let mailer: JobMailer
    let signUpURL: URL?

    func perform(_ arguments: ReferentWelcome, in context: JobContext) async throws -> JobOutcome {
        let rows = try await context.database.query(Self.invitation(arguments.invitationID))
        guard let row = rows.first else { return .obsolete(because: "invitation-gone") }
        if try row.decode("is_used") { return .obsolete(because: "already-signed-up") }
        let email: String = try row.decode("email")
        guard let address = try? MailAddress(address: email) else { return .obsolete(because: "invalid-address") }
        guard let role = try Self.role(row) else { return .discard(because: "invitation without a known scope") }
        let mail = ReferentWelcomeMail(
            role: role,
            email: email,
            schoolYear: SchoolYear.current(at: context.job.claimedAt),
            signUp: signUpURL
        )
        return try await mailer.deliver(try mail.content(), to: address, for: context, ifUnknown: .sendAgain)
    }

    private static func role(_ row: Row) throws -> ReferentWelcomeMail.Role? {
        switch try row.decode("kind", as: String.self) {
        case "departmental_referent":
            try row.decode("department_code", as: String?.self).flatMap { Department(code: $0) }.map {
                .departmental($0)
            }
        case "central_referent":
            try row.decode("ministry", as: String?.self).map { .central(ministry: $0) }
        default: nil
        }
    }

    private static func invitation(_ id: Int64) -> SQL {
        """
        SELECT btrim(i.email, relais.blanks()) AS email, i.kind, i.department_code, g.name AS ministry,
            i.account_id IS NOT NULL AS is_used
        FROM platform.referent_invitation i LEFT JOIN platform.organisation_group g ON g.id = i.ministry_id
        WHERE i.id = \(id)
        """
    }
}
