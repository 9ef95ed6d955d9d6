import Foundation
import Mail
import Postgres

/// The account that a link or code goes to, and the way to reach it, as both are when the message is sent.
struct AccountHolder: Sendable {
    /// How somebody is reached.
    enum Way: Sendable {
        case mail(MailAddress)
        /// A mobile number such as +33612345678.
        case text(String)
    }

    let person: AccountRecipient
    private let phone: String?

    /// The account with this id; nil when there is none.
    static func find(_ id: Int64, in database: PostgresPool) async throws -> AccountHolder? {
        guard let row = try await database.query(AccountRecipient.select(id)).first else { return nil }
        return AccountHolder(person: try AccountRecipient(row), phone: try row.decode("phone"))
    }

    /// Why nothing can be sent; nil when something can.
    var obstacle: String? {
        if person.isDiscarded { return "account-discarded" }
        if person.email != nil { return person.obstacle }
        return phone == nil ? "no-address" : way == nil ? "invalid-phone" : nil
    }

    /// By mail where there is an address: a link is safer than six digits, and costs nothing.
    var way: Way? {
        if person.email != nil { return person.address.map(Way.mail) }
        guard let phone, phone.wholeMatch(of: /\+[1-9][0-9]{6,14}/) != nil else { return nil }
        return .text(phone)
    }
}
