import Platform
import Testing

@Suite struct AccountScopeTests {
    /// One cell of the table: who asks, for which department and ministry, and what comes of it.
    struct Case: Sendable, CustomStringConvertible {
        let kind: AccountKind
        let department: String?
        let ministry: Int64?
        let expected: Expected

        var description: String { "\(kind) asks for \(department ?? "all") and \(ministry.map(String.init) ?? "all")" }
    }

    enum Expected: Sendable, Equatable {
        /// The department and the ministry that the file is held to.
        case allowed(String?, Int64?)
        case refused(AccountScope.Refusal)
    }

    private static let ownMinistry: Int64 = 3

    static let cases: [Case] = AccountKind.allCases.flatMap { kind in
        [nil, "75", "13"].flatMap { department in
            [nil, 3, 4].map { ministry in
                Case(
                    kind: kind,
                    department: department,
                    ministry: ministry,
                    expected: expectation(kind, department, ministry)
                )
            }
        }
    }

    /// The rules in the words of the guide: his department, his ministry, everything, nothing.
    private static func expectation(_ kind: AccountKind, _ department: String?, _ ministry: Int64?) -> Expected {
        switch kind {
        case .administrator: .allowed(department, ministry)
        case .departmentalReferent: department == "13" ? .refused(.otherDepartment) : .allowed("75", ministry)
        case .centralReferent: ministry == 4 ? .refused(.otherMinistry) : .allowed(department, ownMinistry)
        case .student, .employer, .schoolStaff, .association: .refused(.notEntitled)
        }
    }

    private func filter(_ department: String?, _ ministry: Int64?) throws -> OffersFilter {
        OffersFilter(
            schoolYear: try #require(SchoolYear(startingIn: 2021)),
            department: department.flatMap(Department.init(code:)),
            academy: Academy(name: "Académie de Paris"),
            isPublic: true,
            track: .general,
            ministry: ministry
        )
    }

    @Test(arguments: cases) func everyoneIsHeldToHisScope(_ row: Case) throws {
        let asked = try filter(row.department, row.ministry)
        let account = AccountFacts(kind: row.kind, department: Department(code: "75"), ministry: Self.ownMinistry)
        switch (AccountScope.offers(asked, askedBy: account), row.expected) {
        case (.allowed(let scoped), .allowed(let department, let ministry)):
            // Nothing else that was asked for may get lost.
            #expect(scoped == (try filter(department, ministry)))
        case (.refused(let refusal), .refused(let expected)):
            #expect(refusal == expected)
        case (let decision, let expected):
            Issue.record("expected \(expected), got \(decision)")
        }
    }

    @Test(arguments: AccountKind.allCases) func whoIsGoneGetsNothing(_ kind: AccountKind) throws {
        let asked = try filter("75", 3)
        let discarded = AccountFacts(kind: kind, department: Department(code: "75"), ministry: 3, isDiscarded: true)
        #expect(AccountScope.offers(asked, askedBy: discarded) == .refused(.requesterGone))
        #expect(AccountScope.offers(asked, askedBy: nil) == .refused(.requesterGone))
    }

    /// A référent whose department or ministry is missing must not be taken for one without limits.
    @Test func aScopeThatIsMissingIsNotEverything() throws {
        let asked = try filter(nil, nil)
        #expect(
            AccountScope.offers(asked, askedBy: AccountFacts(kind: .departmentalReferent, ministry: 3))
                == .refused(.notEntitled)
        )
        #expect(
            AccountScope.offers(
                asked,
                askedBy: AccountFacts(kind: .centralReferent, department: Department(code: "75"))
            )
                == .refused(.notEntitled)
        )
    }
}
