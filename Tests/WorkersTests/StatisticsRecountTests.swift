import Testing

@testable import workers

/// The figures must equal what the rows say, whatever happened to the rows.
@Suite struct StatisticsRecountTests {
    @Test(arguments: [1, 2])
    func figuresEqualARecountAfterARandomHistory(seed: Int) async throws {
        try await StatisticsWorld.run { world in
            try await world.run(script: history(["--create", "--seed", "\(seed)"]))
            try await world.refresh()
            #expect(try await world.difference() == nil)
            for round in 1...4 {
                try await world.run(script: history(["--seed", "\(seed)\(round)", "--changes", "4"]))
                // Only the years that the triggers marked: one they forgot shows as a difference.
                try await world.refresh()
                #expect(try await world.difference() == nil)
            }
        }
    }

    @Test func aRecountSeesAWrongFigure() async throws {
        try await StatisticsWorld.run { world in
            try await world.run(script: history(["--create", "--seed", "3"]))
            try await world.refresh()
            try await world.run(
                script: """
                    UPDATE statistics.platform_figures
                    SET accepted_f = applications - accepted_m WHERE block = 'total' AND department_code = 'FR'
                    """
            )
            #expect(try await world.difference() != nil)
        }
    }

    private func history(_ arguments: [String]) async throws -> String {
        let run = try await Repository.run("Tests/Recount/history", arguments)
        try #require(run.status == 0)
        return run.output
    }
}
