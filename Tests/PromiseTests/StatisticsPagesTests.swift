import Foundation
import Postgres
import TestSupport
import Testing

@Suite("Figures from the rows to their pages, through the real programs", .serialized)
struct StatisticsPagesTests {
    private static func program(_ path: String) -> String {
        PromiseData.repository.appending(path: path).path
    }

    /// The recount counts the rows one by one in another language, and then asks for every page of every year.
    @Test func everyFigureOfEveryPageEqualsARecount() async throws {
        let platform = try await ChildProcess.run(Self.program("Tests/Recount/history"), ["--create", "--seed", "5"])
        try #require(platform.status == 0, "\(platform.errors)")
        try await PromiseWorld.run(fixture: platform.output) { world in
            let intake = try await world.startIntake()
            _ = try await world.startWorkers(only: "statistics")
            #expect(try await intake.call("GET", "/v1/statistics/global").status == 503)
            #expect(try await intake.enqueue("statistics.refresh", #"{"every_year": true}"#).status == 202)
            try await world.waitUntilAllEnded(1)
            #expect(try await intake.call("GET", "/v1/statistics/global").status == 200)
            let recount = try await ChildProcess.run(
                Self.program("deploy/platform/recount"),
                ["--database", world.servers.database.conninfo, "--api", "http://127.0.0.1:\(intake.port)"],
                environment: ProcessInfo.processInfo.environment.merging(["TOKEN": intake.token]) { $1 }
            )
            #expect(recount.status == 0, "\(recount)")
            // 4 départements, and 4 ministries in all of France and in each of those.
            let years = try await world.count("SELECT count(*) FROM statistics.known_school_years()")
            let compared = recount.output.firstMatch(of: /(\d+) figures of/).flatMap { Int($0.output.1) }
            #expect(try #require(compared) > years * (4 * 80 + 4 * 5 * 30), "\(recount.output)")
        }
    }
}
