import Foundation
import Platform
import Testing

@Suite struct SchoolYearTests {
    private func instant(_ text: String) throws -> Date {
        try Date(text, strategy: .iso8601)
    }

    /// The switch is on 1 June in Paris, where midnight is 22:00 UTC of the day before.
    @Test(arguments: [
        ("2022-01-01T12:00:00Z", 2021), ("2022-05-31T21:59:59Z", 2021), ("2022-05-31T22:00:00Z", 2022),
        ("2022-08-31T22:00:00Z", 2022), ("2022-12-31T23:30:00Z", 2022), ("2010-01-01T00:00:00Z", 2019),
    ])
    func theCurrentYearSwitchesOnTheFirstOfJune(_ text: String, _ year: Int) throws {
        #expect(SchoolYear.current(at: try instant(text)).start == year)
    }

    @Test func aYearGoesFromMidnightToMidnightInParis() throws {
        let year = try #require(SchoolYear(startingIn: 2021))
        let start = try instant("2021-08-31T22:00:00Z")
        let end = try instant("2022-08-31T22:00:00Z")
        #expect(year.interval == start..<end)
        #expect(year.label == "2021-2022")
    }

    @Test(arguments: 2019...2099) func yearsFollowEachOtherWithoutGap(_ start: Int) throws {
        let year = try #require(SchoolYear(startingIn: start))
        guard let next = SchoolYear(startingIn: start + 1) else { return }
        #expect(year.interval.upperBound == next.interval.lowerBound)
        #expect(year.offPlatformWeeks.upperBound == next.offPlatformWeeks.lowerBound)
        let days = (year.interval.upperBound.timeIntervalSince(year.interval.lowerBound)) / 86_400
        #expect((365...366).contains(days))
    }

    @Test(arguments: [0, 2018, 2100]) func aYearNobodyKnowsIsRefused(_ year: Int) {
        #expect(SchoolYear(startingIn: year) == nil)
        #expect(throws: DecodingError.self) {
            try JSONDecoder().decode(SchoolYear.self, from: Data("\(year)".utf8))
        }
    }

    /// 1 September 2019 was a Sunday: its week began in August and belongs to the new year all the same.
    @Test(arguments: [
        (2019, "2019-W35", "2020-W36"), (2020, "2020-W36", "2021-W35"), (2021, "2021-W35", "2022-W35"),
    ])
    func theOffPlatformYearBeginsWithTheWeekOfTheFirstOfSeptember(_ start: Int, _ first: String, _ end: String) throws {
        let weeks = try #require(SchoolYear(startingIn: start)).offPlatformWeeks
        #expect(weeks.lowerBound.description == first)
        #expect(weeks.upperBound.description == end)
    }

    @Test func daysAroundNewYearBelongToTheirISOWeek() throws {
        #expect(ISOWeek(containing: try instant("2021-01-03T12:00:00Z")).description == "2020-W53")
        #expect(ISOWeek(containing: try instant("2021-01-03T23:00:00Z")).description == "2021-W01")
        #expect(ISOWeek(containing: try instant("2024-12-30T12:00:00Z")).description == "2025-W01")
    }
}
