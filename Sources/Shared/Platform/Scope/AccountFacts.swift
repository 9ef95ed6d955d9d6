package import Postgres

/// What decides about an account's rights. Always read from `platform.account` at the moment of the decision, never
/// taken from a token or from the job: the account may have changed meanwhile.
package struct AccountFacts: Sendable, Hashable {
    package let kind: AccountKind
    /// The department of a départemental référent.
    package let department: Department?
    /// The ministry of a central référent (`platform.organisation_group`).
    package let ministry: Int64?
    package let isDiscarded: Bool

    package init(kind: AccountKind, department: Department? = nil, ministry: Int64? = nil, isDiscarded: Bool = false) {
        self.kind = kind
        self.department = department
        self.ministry = ministry
        self.isDiscarded = isDiscarded
    }

    /// The statement that reads the facts of one account; no row: there is no such account.
    package static func select(account id: Int64) -> SQL {
        """
        SELECT kind, department_code, ministry_id, discarded_at IS NOT NULL AS is_discarded
        FROM platform.account WHERE id = \(id)
        """
    }

    /// The same of many accounts, with their `id`.
    package static func select(accounts ids: [Int64]) -> SQL {
        """
        SELECT id, kind, department_code, ministry_id, discarded_at IS NOT NULL AS is_discarded
        FROM platform.account WHERE id = ANY(\(ids))
        """
    }

    /// Reads a row of `select`. nil: a kind of account that this version does not know, and that therefore may
    /// ask for nothing.
    package init?(_ row: Row) throws {
        guard let kind = AccountKind(rawValue: try row.decode("kind", as: String.self)) else { return nil }
        self.kind = kind
        department = try row.decode("department_code", as: String?.self).flatMap(Department.init(code:))
        ministry = try row.decode("ministry_id", as: Int64?.self)
        isDiscarded = try row.decode("is_discarded", as: Bool.self)
    }
}
