import Foundation
import Mail
import Postgres

/// The account that a mail goes to, as it is when the mail is sent.
struct AccountRecipient: Sendable {
    let email: String?
    let firstName: String?
    let isConfirmed: Bool
    let isDiscarded: Bool

    /// What `init(_:)` reads of the account that a statement calls `a`.
    static let columns: SQL = """
        nullif(btrim(a.email, relais.blanks()), '') AS email, a.first_name,
            a.confirmed_at IS NOT NULL AS is_confirmed, a.discarded_at IS NOT NULL AS is_discarded
        """

    /// One account by id; no row: it is gone.
    static func select(_ id: Int64) -> SQL {
        """
        SELECT \(fragment: columns), nullif(btrim(a.phone, relais.blanks()), '') AS phone
        FROM platform.account a WHERE a.id = \(id)
        """
    }

    init(_ row: Row) throws {
        self.email = try row.decode("email")
        self.firstName = try row.decode("first_name")
        self.isConfirmed = try row.decode("is_confirmed")
        self.isDiscarded = try row.decode("is_discarded")
    }

    /// The account with this id; nil when there is none.
    static func find(_ id: Int64, in database: PostgresPool) async throws -> AccountRecipient? {
        try await database.query(select(id)).first.map(AccountRecipient.init)
    }

    /// Why nothing can be sent to this account; nil when something can.
    var obstacle: String? {
        if isDiscarded { return "account-discarded" }
        if email == nil { return "no-address" }
        return address == nil ? "invalid-address" : nil
    }

    /// The address, without the blanks that people leave around it; nil when there is none that a server would take.
    var address: MailAddress? {
        email.flatMap { try? MailAddress(address: $0) }
    }
}
