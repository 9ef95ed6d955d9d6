import Foundation
import Testing

@testable import JobEngine

@Suite("Cron expressions")
struct CronTests {
    /// Ticks from one instant, as UTC texts.
    private static func ticks(
        _ expression: String,
        _ zone: String = "UTC",
        after start: String,
        count: Int
    ) throws -> [String] {
        let ticks = try Ticks(expression, zone: zone)
        var instant = try Date(start, strategy: .iso8601)
        return (0..<count).map { _ in
            instant = ticks.first(after: instant)
            return instant.formatted(.iso8601)
        }
    }

    // MARK: - Fields

    @Test(arguments: [
        ("*/20 * * * *", ["2026-11-23T10:20:00Z", "2026-11-23T10:40:00Z", "2026-11-23T11:00:00Z"]),
        ("5,10-12,50-59/5 9 * * *", ["2026-11-24T09:05:00Z", "2026-11-24T09:10:00Z", "2026-11-24T09:11:00Z"]),
        ("0 7 * * mon-FRI", ["2026-11-24T07:00:00Z", "2026-11-25T07:00:00Z", "2026-11-26T07:00:00Z"]),
        ("0 7 * * sun", ["2026-11-29T07:00:00Z", "2026-12-06T07:00:00Z", "2026-12-13T07:00:00Z"]),
        ("0 7 * * 7", ["2026-11-29T07:00:00Z", "2026-12-06T07:00:00Z", "2026-12-13T07:00:00Z"]),
        ("0 0 29 feb *", ["2028-02-29T00:00:00Z", "2032-02-29T00:00:00Z", "2036-02-29T00:00:00Z"]),
        ("0 0 31 * *", ["2026-12-31T00:00:00Z", "2027-01-31T00:00:00Z", "2027-03-31T00:00:00Z"]),
        ("30 6 1 jan,jul *", ["2027-01-01T06:30:00Z", "2027-07-01T06:30:00Z", "2028-01-01T06:30:00Z"]),
        // POSIX: two restricted day fields are joined by "or"; one that begins with * restricts by itself alone.
        ("0 0 1 * mon", ["2026-11-30T00:00:00Z", "2026-12-01T00:00:00Z", "2026-12-07T00:00:00Z"]),
        ("0 0 */10 * mon", ["2026-12-21T00:00:00Z", "2027-01-11T00:00:00Z", "2027-02-01T00:00:00Z"]),
    ])
    func fieldsMeanWhatCrontabSays(_ expression: String, _ expected: [String]) throws {
        #expect(try Self.ticks(expression, after: "2026-11-23T10:00:00Z", count: 3) == expected)
    }

    @Test(arguments: [
        "", "* * * *", "* * * * * *", "60 * * * *", "* 24 * * *", "* * 0 * *", "* * 32 * *", "* * * 13 *", "* * * * 8",
        "-1 * * * *", "+1 * * * *", "1- * * * *", "5-1 * * * *", "*/0 * * * *", "5/10 * * * *", "1,,2 * * * *",
        "1, * * * *", "mon * * * *", "* * * * monday", "a * * * *", "٣ * * * *", "@daily", "0 0 30 2 *", "*/ * * * *",
        "99999999999999999999 * * * *",
    ])
    func whatIsNoExpressionIsRefusedInWords(_ text: String) throws {
        let fault = #expect(throws: CronExpression.Fault.self) { try Ticks(text, zone: "UTC") }
        #expect(fault?.description.hasPrefix("expected ") == true)
    }

    @Test(arguments: ["Europe/Pari", "CEST+2", "", "GMT+25"])
    func anUnknownZoneIsRefused(_ zone: String) {
        #expect(throws: CronExpression.Fault.self) { try Ticks("0 7 * * *", zone: zone) }
    }

    // MARK: - Clock changes (Europe/Paris: 2027-03-28 01:00Z forward, 2026-10-25 01:00Z back)

    @Test func aTimeInTheGapOfMarchFiresOnceAtItsEnd() throws {
        let ticks = try Self.ticks("30 2 * * *", "Europe/Paris", after: "2027-03-27T00:00:00Z", count: 3)
        #expect(ticks == ["2027-03-27T01:30:00Z", "2027-03-28T01:00:00Z", "2027-03-29T00:30:00Z"])
        let several = try Self.ticks("0,15,30 2,3 * * *", "Europe/Paris", after: "2027-03-28T00:00:00Z", count: 4)
        #expect(
            several == ["2027-03-28T01:00:00Z", "2027-03-28T01:15:00Z", "2027-03-28T01:30:00Z", "2027-03-29T00:00:00Z"]
        )
    }

    @Test func aTimeThatComesTwiceInOctoberFiresTheFirstTime() throws {
        let ticks = try Self.ticks("30 2 * * *", "Europe/Paris", after: "2026-10-24T00:00:00Z", count: 3)
        #expect(ticks == ["2026-10-24T00:30:00Z", "2026-10-25T00:30:00Z", "2026-10-26T01:30:00Z"])
    }

    @Test(arguments: ["*/20 * * * *", "0,20,40 * * * *", "0-59/20 0-23 * * *"])
    func minutesOfEveryHourGoByElapsedTime(_ expression: String) throws {
        let march = try Self.ticks(expression, "Europe/Paris", after: "2027-03-28T00:40:00Z", count: 3)
        #expect(march == ["2027-03-28T01:00:00Z", "2027-03-28T01:20:00Z", "2027-03-28T01:40:00Z"])
        let october = try Self.ticks(expression, "Europe/Paris", after: "2026-10-24T23:40:00Z", count: 7)
        #expect(
            october == [
                "2026-10-25T00:00:00Z", "2026-10-25T00:20:00Z", "2026-10-25T00:40:00Z", "2026-10-25T01:00:00Z",
                "2026-10-25T01:20:00Z", "2026-10-25T01:40:00Z", "2026-10-25T02:00:00Z",
            ]
        )
    }

    @Test func aGapOfHalfAnHourAndOneAtMidnightAreTakenAsTheyAre() throws {
        // Lord Howe: 02:00 to 02:30 on 2026-10-04. Beirut: 00:00 to 01:00 on 2026-03-29.
        let lordHowe = try Self.ticks("15 2 * * *", "Australia/Lord_Howe", after: "2026-10-03T00:00:00Z", count: 1)
        #expect(lordHowe == ["2026-10-03T15:30:00Z"])
        let beirut = try Self.ticks("0 0 * * *", "Asia/Beirut", after: "2026-03-28T12:00:00Z", count: 2)
        #expect(beirut == ["2026-03-28T22:00:00Z", "2026-03-29T21:00:00Z"])
    }

    /// A walk through a year by both questions: what comes next, and what came last.
    @Test(arguments: ["30 2 * * *", "0 */2 * * *", "*/30 * * * *", "0 7 1,15 * fri"])
    func theLatestTickIsTheOneBeforeTheNext(_ expression: String) throws {
        let ticks = try Ticks(expression, zone: "Europe/Paris")
        let start = try Date("2026-10-20T00:00:00Z", strategy: .iso8601)
        var tick = ticks.first(after: start)
        for _ in 0..<400 {
            let next = ticks.first(after: tick)
            try #require(next > tick)
            #expect(ticks.latest(from: start, through: next.addingTimeInterval(-1)) == tick)
            #expect(ticks.latest(from: start, through: next) == next)
            #expect(ticks.latest(from: tick.addingTimeInterval(1), through: next.addingTimeInterval(-1)) == nil)
            tick = next
        }
    }
}
