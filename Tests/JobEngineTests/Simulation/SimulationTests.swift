import Testing

@testable import JobEngine

@Suite("A million random steps over the table of transitions neither lose a job nor do one twice")
struct SimulationTests {
    private static let jobs = 12
    private static let steps = 500

    /// The simulations compute without waiting for anything. On two cores they would keep the threads that all other tests
    /// of this process wait for.
    private static func letOthersOn() async { await Task.yield() }

    @Test(arguments: [UInt64(1), 2, 3, 4])
    func noInterleavingOfDeathsAndDelaysLosesOrDoublesAJob(part: UInt64) async throws {
        var taken = 0
        var seed = part << 32
        var walked: Set<String> = []
        while taken < 250_000 {
            var world = SimulatedWorld(seed: seed, without: nil)
            do {
                taken += try world.run(jobs: Self.jobs, steps: Self.steps)
            } catch {
                Issue.record("seed \(seed): \(error)")
                return
            }
            walked.formUnion(world.ledger.walked)
            seed += 1
            await Self.letOthersOn()
        }
        let expected: Set<String> = [
            "enqueue", "mark", "take back", "batch lost", "batch overlooked", "claim", "claim without the broker",
            "done",
            "retry", "snooze", "outage", "give back", "rescue", "rescue cancelled", "cancel", "ask to cancel",
            "return cancelled",
        ]
        #expect(walked == expected, "every way but those of a handler's own verdict is walked")
    }

    @Test(arguments: Fence.allCases)
    func aMissingFenceIsFound(_ fence: Fence) async throws {
        for seed in UInt64(0)..<2000 {
            var world = SimulatedWorld(seed: seed, without: fence)
            do {
                _ = try world.run(jobs: Self.jobs, steps: Self.steps)
            } catch let fault as SimulatedLedger.Fault {
                if case .notInTheTable(let step) = fault { Issue.record("seed \(seed): no such transition: \(step)") }
                return
            }
            await Self.letOthersOn()
        }
        Issue.record("a million steps without \(fence), and nothing went wrong")
    }
}
