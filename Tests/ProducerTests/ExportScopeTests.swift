import HTTPTypes
import JobEngine
import Postgres
import Testing

@testable import producer

/// Every kind of account × every export × own, foreign and no department or ministry, at the door.
@Suite struct ExportScopeTests {
    enum Account: Int, CaseIterable, Sendable {
        case administrator = 1
        case departmental, student, central, employer, staff, association
    }

    enum Asked: CaseIterable, Sendable {
        case all, ownDepartment, foreignDepartment, ownMinistry, foreignMinistry

        var arguments: [String: JSONValue] {
            switch self {
            case .all: [:]
            case .ownDepartment: ["department": .string("75")]
            case .foreignDepartment: ["department": .string("69")]
            case .ownMinistry: ["ministry": .integer(1)]
            case .foreignMinistry: ["ministry": .integer(2)]
            }
        }
    }

    private static let exports = ["offers", "offer-statistics", "schools", "associations"]

    /// nil: no such filter in this export. Otherwise why it is refused; empty: granted.
    private static func expectation(_ account: Account, _ export: String, _ asked: Asked) -> String? {
        let isOfOffers = export == "offers" || export == "offer-statistics"
        switch asked {
        case .all: break
        case .ownDepartment, .foreignDepartment: if export == "associations" { return nil }
        case .ownMinistry, .foreignMinistry: if !isOfOffers { return nil }
        }
        switch (account, export) {
        case (.administrator, _): return ""
        case (.departmental, "associations"): return "not-entitled"
        case (.departmental, _): return asked == .foreignDepartment ? "other-department" : ""
        case (.central, "offers"): return asked == .foreignMinistry ? "other-ministry" : ""
        default: return "not-entitled"
        }
    }

    private static let accounts: SQL = """
        WITH groups AS (
            INSERT INTO platform.organisation_group (id, name, is_public) VALUES (1, 'M', true), (2, 'N', true)
        )
        INSERT INTO platform.account (id, kind, email, first_name, last_name, ministry_id)
            SELECT id, kind, id || '@example.test', 'X', 'X', CASE WHEN id = 4 THEN 1 END
            FROM (VALUES (4, 'central_referent'), (5, 'employer'), (6, 'school_staff'), (7, 'association')) t(id, kind)
        """

    @Test(arguments: Account.allCases)
    func everyoneIsHeldToHisScopeAtTheDoor(_ account: Account) async throws {
        try await withIntake { world in
            try await world.pool.execute(Self.accounts)
            for export in Self.exports {
                for asked in Asked.allCases {
                    guard let reason = Self.expectation(account, export, asked) else { continue }
                    let arguments = asked.arguments.merging([
                        "school_year": .integer(2021), "requested_by": .integer(Int64(account.rawValue)),
                    ]) { $1 }
                    let answer = try await world.call(
                        .post,
                        "/v1/jobs/export.\(export)",
                        body: JSONBody.text(.object(arguments))
                    )
                    let cell: Comment = "\(account) asks for \(asked) of \(export)"
                    if reason.isEmpty {
                        #expect(answer.status == 202, cell)
                        try await expectForced(account, answer, world, cell)
                    } else {
                        #expect(answer.status == 403 && answer.slug == "outside-scope", cell)
                        #expect(answer.members["reason"] == .string(reason), cell)
                    }
                }
            }
            let refused = try await world.pool.query(
                "SELECT count(*) AS rows FROM relais.job WHERE subject <> \(Int64(account.rawValue))"
            )
            let others: Int? = try refused.first?.decode("rows")
            #expect(others == 0)
        }
    }

    /// What was granted stands in the job: his department or his ministry, though he did not name it.
    private func expectForced(_ account: Account, _ answer: Answer, _ world: IntakeWorld, _ cell: Comment) async throws
    {
        guard case .string(let text)? = answer.members["id"], let id = JobID(text) else {
            Issue.record(cell)
            return
        }
        let row = try await world.pool.query("SELECT arguments FROM relais.job WHERE id = \(id.uuid)").first
        let granted = try #require(row).decode("arguments", as: JSON.self).decode([String: JSONValue].self)
        if account == .departmental { #expect(granted["department"] == .string("75"), cell) }
        if account == .central { #expect(granted["ministry"] == .integer(1), cell) }
    }

    /// An unknown code is refused, and never an empty file.
    @Test(arguments: [
        ("offers", #""ministry": 999"#), ("offer-statistics", #""ministry": 999"#), ("offers", #""department": "99""#),
        ("offer-statistics", #""dimension": "city""#), ("offer-statistics", #""department": "20""#),
        ("schools", #""registered": "maybe""#), ("schools", #""ministry": 1"#), ("schools", #""department": "99""#),
        ("associations", #""department": "75""#), ("associations", #""format": "pdf""#),
    ])
    func whatIsNoFilterIsRefused(_ export: String, _ argument: String) async throws {
        try await withIntake { world in
            let body = #"{"school_year": 2021, "requested_by": 1, \#(argument)}"#
            let answer = try await world.call(.post, "/v1/jobs/export.\(export)", body: body)
            #expect(answer.status == 422)
        }
    }

    @Test func aMinistryThatIsNoneIsNamedInABulkToo() async throws {
        try await withIntake { world in
            try await world.pool.execute(Self.accounts)
            let jobs = [1, 999].map {
                #"{"kind": "export.offers", "arguments": {"school_year": 2021, "requested_by": 1, "ministry": \#($0)}}"#
            }
            let answer = try await world.call(.post, "/v1/jobs", body: #"{"jobs": [\#(jobs.joined(separator: ", "))]}"#)
            #expect(answer.status == 422 && answer.slug == "invalid-jobs")
            let fault: JSONValue = .object([
                "index": .integer(1), "field": .string("arguments.ministry"),
                "expected": .string("the id of a ministry"), "got": .string("an unknown id"),
            ])
            #expect(answer.members["errors"] == .array([fault]))
            #expect(try await world.count("relais.job") == 0)
        }
    }

    /// "All years" once became year 0, and an empty file.
    @Test(arguments: exports) func noExportIsWithoutASchoolYear(_ export: String) async throws {
        try await withIntake { world in
            for year in ["", #""school_year": 0, "#, #""school_year": "all", "#] {
                let answer = try await world.call(
                    .post,
                    "/v1/jobs/export.\(export)",
                    body: "{\(year)\"requested_by\": 1}"
                )
                #expect(answer.status == 422)
            }
        }
    }

    @Test(arguments: exports) func eachClickIsTheSameJobWhileItWaits(_ export: String) async throws {
        try await withIntake { world in
            let bodies = [
                #"{"school_year": 2021, "requested_by": 1}"#,
                #"{"school_year": 2021, "requested_by": 1, "format": "xlsx"}"#,
            ]
            let path = "/v1/jobs/export.\(export)"
            for body in bodies + bodies {
                let answer = try await world.call(.post, path, body: body)
                #expect(answer.status == 202)
            }
            let once = try await world.count("relais.job")
            #expect(once == 1)
            let other = #"{"school_year": 2021, "requested_by": 1, "format": "csv"}"#
            let answer = try await world.call(.post, path, body: other)
            #expect(answer.status == 202)
            let both = try await world.count("relais.job")
            #expect(both == 2)
        }
    }
}
