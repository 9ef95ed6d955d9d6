import Foundation
import JobEngine
import Platform
import Postgres
import TestSupport
import Testing

@testable import workers

/// The faults that the exports of the original had, absent from each export that could have them. "All years" and
/// "each click sends another file" are tried at the door (ExportScopeTests), the list cut at a hundred schools and girls
/// as the rest beside their files (ExportsKindsTests), the requester deleted meanwhile in ExportsRefusalTests.
@Suite struct ExportsOriginalFaultsTests {
    private func text(_ export: some ComparedExport, _ world: ExportsWorld) async throws -> String {
        let id = try await world.enqueue(export)
        _ = try await world.attempt(id, export)
        return try await world.keptText(id)
    }

    private func filter(_ change: (inout OffersFilter) -> Void = { _ in }) throws -> OffersFilter {
        var filter = OffersFilter(schoolYear: try #require(SchoolYear(startingIn: 2021)))
        change(&filter)
        return filter
    }

    /// A missing department once became `department IS NULL`.
    @Test func aNationalExportHoldsAllOfFrance() async throws {
        try await ExportsWorld.run { world in
            let offers = try await text(OffersExport(filter: try filter(), requestedBy: 1, format: .csv), world)
            #expect(offers.contains(";Paris;") && offers.contains(";Corse-du-Sud;") && offers.contains(";La Réunion;"))
            let statistics = OfferStatisticsExport(filter: try filter(), requestedBy: 1, format: .csv)
            #expect(try await text(statistics, world).contains("\r\nTotal;210;"))
            let year = try filter().schoolYear
            let schools = try await text(SchoolsExport(schoolYear: year, requestedBy: 1, format: .csv), world)
            #expect(
                schools.contains(";Paris;") && schools.contains(";Corse-du-Sud;") && schools.contains(";La Réunion;")
            )
        }
    }

    /// Académie, public or private and track were once on the screen and not in the file.
    @Test func everyFilterOnTheScreenIsInTheFile() async throws {
        try await ExportsWorld.run { world in
            let all = try await text(OfferStatisticsExport(filter: try filter(), requestedBy: 1, format: .csv), world)
            let narrowed: [(inout OffersFilter) -> Void] = [
                { $0.department = Department(code: "75") }, { $0.academy = Academy(name: "Académie de Corse") },
                { $0.isPublic = true }, { $0.isPublic = false }, { $0.track = .adapted }, { $0.ministry = 1 },
            ]
            for change in narrowed {
                let filter = try filter(change)
                let offers = OffersExport(filter: filter, requestedBy: 1, format: .csv)
                let id = try await world.enqueue(offers)
                _ = try await world.attempt(id, offers)
                let rows = try await world.integer("SELECT rows FROM delivery.file WHERE id = \(id.uuid)")
                #expect((1...4).contains(rows), "\(filter)")
                let statistics = OfferStatisticsExport(filter: filter, requestedBy: 1, format: .csv)
                let some = try await text(statistics, world)
                #expect(some != all && some.contains("\r\nTotal;"), "\(filter)")
            }
        }
    }

    /// An offer of one day had an empty range of dates, and was in no year.
    @Test func anOfferOfOneDayIsInTheYearOfItsDay() async throws {
        try await ExportsWorld.run { world in
            try await world.run(script: "DELETE FROM platform.application; DELETE FROM platform.offer_week;")
            try await world.run(script: "DELETE FROM platform.offer WHERE id <> 6")
            for (year, expected) in [(2020, 0), (2021, 1), (2022, 0)] {
                let filter = OffersFilter(schoolYear: try #require(SchoolYear(startingIn: year)))
                let offers = OffersExport(filter: filter, requestedBy: 1, format: .csv)
                let id = try await world.enqueue(offers)
                _ = try await world.attempt(id, offers)
                #expect(try await world.integer("SELECT rows FROM delivery.file WHERE id = \(id.uuid)") == expected)
                let statistics = OfferStatisticsExport(filter: filter, requestedBy: 1, format: .csv)
                #expect(try await text(statistics, world).contains("\r\nTotal;2;") == (expected == 1))
            }
        }
    }

    @Test func anOfferOverTwoYearsIsInBoth() async throws {
        try await ExportsWorld.run { world in
            for year in [2020, 2021] {
                let filter = OffersFilter(schoolYear: try #require(SchoolYear(startingIn: year)))
                let statistics = OfferStatisticsExport(
                    filter: filter,
                    dimension: .group,
                    requestedBy: 1,
                    format: .csv
                )
                #expect(try await text(statistics, world).contains("\r\nLa Poste;200;"))
            }
        }
    }

    /// The same request while one runs is the same job, and another one after its end.
    @Test func aClickWhileTheExportRunsSendsNoOtherFile() async throws {
        try await ExportsWorld.run { world in
            let year = try filter().schoolYear
            let arguments = SchoolsExport(schoolYear: year, requestedBy: 1, format: .csv)
            let first = try await world.enqueue(arguments)
            let running = try await world.claim(first, as: SchoolsExport.self)
            #expect(try await world.enqueue(arguments) == first)
            _ = try await running.finish(.done()) { _ in }
            #expect(try await world.enqueue(arguments) != first)
        }
    }

    /// Rows that change while a file is made: the file is that of one instant.
    @Test func rowsChangedWhileTheFileIsMadeDoNotTearIt() async throws {
        try await ExportsWorld.run { world in
            let arguments = OfferStatisticsExport(
                filter: try filter(),
                dimension: .group,
                requestedBy: 1,
                format: .csv
            )
            let before = try await text(arguments, world)
            let id = try await world.enqueue(arguments)
            try await world.database.withConnection { held in
                try await held.run(script: "BEGIN; LOCK TABLE platform.organisation_group IN ACCESS EXCLUSIVE MODE")
                let export = Task { try await world.attempt(id, arguments) }
                // The rows have been counted by then; the names are what it waits for.
                try await world.whileReading("platform.organisation_group", from: held) {
                    try await world.run(script: "UPDATE platform.offer SET max_candidates = 7, group_id = NULL")
                }
                _ = try await export.value
            }
            #expect(try await world.keptText(id) == before)
        }
    }
}
