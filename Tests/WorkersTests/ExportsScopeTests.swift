import JobEngine
import Platform
import Postgres
import TestSupport
import Testing

@testable import workers

/// Every kind of account × every export × own, foreign and no department or ministry, in the worker: a job that was
/// enqueued in SQL has passed no door, and an account may have changed since the door.
@Suite struct ExportsScopeTests {
    enum Asked: CaseIterable, Sendable {
        case all, ownDepartment, foreignDepartment, ownMinistry, foreignMinistry

        var department: Department? {
            switch self {
            case .ownDepartment: Department(code: "75")
            case .foreignDepartment: Department(code: "2A")
            default: nil
            }
        }

        var ministry: Int64? {
            switch self {
            case .ownMinistry: 1
            case .foreignMinistry: 2
            default: nil
            }
        }
    }

    private static let accounts: [AccountKind: Int64] = [
        .administrator: 1, .departmentalReferent: 2, .centralReferent: 3, .employer: 4, .student: 101,
        .schoolStaff: 201, .association: 301,
    ]

    @Test(arguments: AccountKind.allCases)
    func everyoneIsHeldToHisScopeInTheWorker(_ kind: AccountKind) async throws {
        try await ExportsWorld.run { world in
            try await world.run(
                script: """
                    INSERT INTO platform.account (id, kind, email, first_name, last_name)
                        VALUES (301, 'association', 'association@example.test', 'H', 'H')
                    """
            )
            let account = try #require(Self.accounts[kind])
            let year = try #require(SchoolYear(startingIn: 2021))
            for asked in Asked.allCases {
                let filter = OffersFilter(schoolYear: year, department: asked.department, ministry: asked.ministry)
                try await expect(
                    OffersExport(filter: filter, requestedBy: account, format: .csv),
                    Self.offers(kind, asked),
                    world
                )
                let departmental = Self.departmental(kind, asked)
                try await expect(
                    OfferStatisticsExport(filter: filter, requestedBy: account, format: .csv),
                    departmental,
                    world
                )
                guard asked.ministry == nil else { continue }
                try await expect(
                    SchoolsExport(schoolYear: year, department: asked.department, requestedBy: account, format: .csv),
                    departmental,
                    world
                )
            }
            try await expect(
                AssociationsExport(schoolYear: year, requestedBy: account, format: .csv),
                kind == .administrator ? nil : "not-entitled",
                world
            )
        }
    }

    /// Why it is refused; nil: granted.
    private static func offers(_ kind: AccountKind, _ asked: Asked) -> String? {
        switch kind {
        case .administrator: nil
        case .departmentalReferent: asked == .foreignDepartment ? "other-department" : nil
        case .centralReferent: asked == .foreignMinistry ? "other-ministry" : nil
        default: "not-entitled"
        }
    }

    private static func departmental(_ kind: AccountKind, _ asked: Asked) -> String? {
        switch kind {
        case .administrator: nil
        case .departmentalReferent: asked == .foreignDepartment ? "other-department" : nil
        default: "not-entitled"
        }
    }

    private func expect<Export: ComparedExport>(_ export: Export, _ reason: String?, _ world: ExportsWorld) async throws
    {
        let id = try await world.enqueue(export)
        let cell: Comment = "\(Export.definition.name), \(export)"
        switch try await world.attempt(id, export) {
        case .committed:
            #expect(reason == nil, cell)
            // What the file holds is what was granted.
            let row = try await world.pool.query("SELECT arguments FROM delivery.file WHERE id = \(id.uuid)").first
            let made = try #require(row).decode("arguments", as: JSON.self).decode(Export.self)
            if export.requestedBy == 2 { #expect("\(made)".contains("Paris"), cell) }
            if export.requestedBy == 3 { #expect(made.ministry == 1, cell) }
        case .obsolete(let why, let mail):
            #expect(why == reason, cell)
            #expect(mail != nil, "one plain mail says so")
            #expect(try await world.integer("SELECT count(*) FROM delivery.file WHERE id = \(id.uuid)") == 0)
        case let other:
            Issue.record("\(cell): \(other)")
        }
    }
}
