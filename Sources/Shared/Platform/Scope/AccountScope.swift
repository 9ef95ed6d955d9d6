/// Who may ask for which export. Asked twice: at the door, where a refusal is a 403, and by the worker that has claimed
/// the job, where it is `obsolete`.
package enum AccountScope {
    package enum Decision: Sendable, Hashable {
        /// Granted, with the filters as the account's scope completes them: these make the file, not those asked for.
        case allowed(OffersFilter)
        case refused(Refusal)
    }

    /// Why a request is refused; the raw value is the reason that a job is kept with.
    package enum Refusal: String, Error, Sendable, Hashable, CaseIterable {
        case requesterGone = "requester-gone"
        case notEntitled = "not-entitled"
        case otherDepartment = "other-department"
        case otherMinistry = "other-ministry"

        /// For the problem document of the refusal.
        package var explanation: String {
            switch self {
            case .requesterGone: "The account that asks does not exist any more."
            case .notEntitled: "Only référents and administrators may ask for this export."
            case .otherDepartment: "A référent départemental may ask for his own department only."
            case .otherMinistry: "A référent d'administration centrale may ask for his own ministry only."
            }
        }
    }

    /// Decides on an export of offers. A départemental référent is held to his department, a central one to his
    /// ministry: absent, it is put in; another one is refused rather than replaced in silence.
    /// - Parameter account: nil when there is no such account.
    package static func offers(_ filter: OffersFilter, askedBy account: AccountFacts?) -> Decision {
        guard let account, !account.isDiscarded else { return .refused(.requesterGone) }
        var scoped = filter
        switch account.kind {
        case .administrator:
            return .allowed(scoped)
        case .departmentalReferent:
            guard let own = account.department else { return .refused(.notEntitled) }
            guard filter.department == nil || filter.department == own else { return .refused(.otherDepartment) }
            scoped.department = own
            return .allowed(scoped)
        case .centralReferent:
            guard let own = account.ministry else { return .refused(.notEntitled) }
            guard filter.ministry == nil || filter.ministry == own else { return .refused(.otherMinistry) }
            scoped.ministry = own
            return .allowed(scoped)
        case .student, .employer, .schoolStaff, .association:
            return .refused(.notEntitled)
        }
    }
}
