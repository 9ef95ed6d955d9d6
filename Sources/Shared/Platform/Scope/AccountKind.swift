/// What an account is, as `platform.account.kind` says it.
package enum AccountKind: String, Sendable, Hashable, CaseIterable {
    case student
    case employer
    case schoolStaff = "school_staff"
    case association
    /// Référent départemental: sees his department.
    case departmentalReferent = "departmental_referent"
    /// Référent d'administration centrale: sees his ministry.
    case centralReferent = "central_referent"
    case administrator
}
