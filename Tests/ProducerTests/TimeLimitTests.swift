import JobEngine
import TestSupport
import Testing

@testable import producer

@Suite("TimeLimit: work that must end in time")
struct TimeLimitTests {
    @Test func workThatTakesTooLongIsCancelled() async throws {
        await #expect(throws: TimeLimit.Exceeded.self) {
            try await TimeLimit.run(.milliseconds(20)) { try await Task.sleep(for: .seconds(600)) }
        }
    }

    @Test func cancellationOfTheCallerReachesTheWork() async throws {
        let call = Task {
            try await TimeLimit.run(.seconds(600)) { try await Task.sleep(for: .seconds(600)) }
        }
        call.cancel()
        await #expect(throws: CancellationError.self) { try await call.value }
    }

    @Test func workThatEndsInTimeLeavesNothingBehind() async {
        await #expect(processExitsWith: .success) {
            let growth = try await growth(over: 500) {
                for _ in 0..<100 { try await TimeLimit.run(.seconds(600)) {} }
                // What was cancelled is let go of on the alarms' own queue: one that rings has had its turn after it.
                await WakeUp().wait(atMost: .zero)
            }
            #expect(growth < 4 << 20, "\(growth) bytes")
        }
    }
}
