/// Who may ask for which export. Asked twice: at the door, where a refusal is a 403, and by the worker that has claimed
/// the job, where it is `obsolete`.
package enum AccountScope {
    package enum Decision<Granted: Sendable & Hashable>: Sendable, Hashable {
        /// Granted, with the filters as the account's scope completes them: these make the file, not those asked for.
        case allowed(Granted)
        case refused(Refusal)

        package func map<Other>(_ transform: (Granted) -> Other) -> Decision<Other> {
            switch self {
            case .allowed(let granted): .allowed(transform(granted))
            case .refused(let refusal): .refused(refusal)
            }
        }
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
            case .notEntitled: "An account of this kind may not ask for this export."
            case .otherDepartment: "A référent départemental may ask for his own department only."
            case .otherMinistry: "A référent d'administration centrale may ask for his own ministry only."
            }
        }
    }

    /// Decides on an export of offers. A départemental référent is held to his department, a central one to his
    /// ministry: absent, it is put in; another one is refused rather than replaced in silence.
    /// - Parameter account: nil when there is no such account.
    package static func offers(_ filter: OffersFilter, askedBy account: AccountFacts?) -> Decision<OffersFilter> {
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

    /// Decides on what belongs to the page of a département: a référent départemental is held to his own, and a central
    /// one has no such page.
    package static func department(
        _ department: Department?,
        askedBy account: AccountFacts?
    ) -> Decision<Department?> {
        guard let account, !account.isDiscarded else { return .refused(.requesterGone) }
        switch account.kind {
        case .administrator:
            return .allowed(department)
        case .departmentalReferent:
            guard let own = account.department else { return .refused(.notEntitled) }
            return department == nil || department == own ? .allowed(own) : .refused(.otherDepartment)
        case .centralReferent, .student, .employer, .schoolStaff, .association:
            return .refused(.notEntitled)
        }
    }

    /// Decides on what only administrators may have.
    package static func administration<Asked>(_ asked: Asked, askedBy account: AccountFacts?) -> Decision<Asked> {
        guard let account, !account.isDiscarded else { return .refused(.requesterGone) }
        return account.kind == .administrator ? .allowed(asked) : .refused(.notEntitled)
    }
}
