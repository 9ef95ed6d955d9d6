import Logging
import TestSupport
import Testing

@testable import JobEngine

/// Each in a process of its own, where nothing else takes memory meanwhile. A sleeping task for each limit would be 35 MB
/// and more.
@Suite("What ends long before its limit leaves nothing behind")
struct GrowthTests {
    @Test func attempt() async {
        await #expect(processExitsWith: .success) {
            try await withEngineWorld { world in
                let job = try await world.sample()
                let logger = Logger(label: "growth") { _ in SwiftLogNoOpLogHandler() }
                var registry = HandlerRegistry()
                registry.register(Handling(Work.self) { _, _ in .done() })
                let entry = try #require(registry.entries[job.kind])
                let running = RunningJobs()
                let run = JobRun(
                    job: job,
                    entry: entry,
                    context: JobContext(job: job, ledger: world.ledger, logger: logger),
                    running: running,
                    solitude: Solitude(),
                    stuck: StuckAttempts(patience: .seconds(10), ledger: world.ledger, logger: logger)
                )
                let growth = try await growth(over: 500) {
                    for _ in 0..<100 {
                        running.begin(job, process: 1)
                        _ = await run.verdict()
                        running.end(job.claim)
                    }
                    await cancelledAlarmsAreGone()
                }
                #expect(growth < 4 << 20, "\(growth) bytes")
            }
        }
    }

    @Test func waitForASignal() async {
        await #expect(processExitsWith: .success) {
            // Two that wait for each other: a signal that is there before the wait sets no alarm in motion.
            let (ping, pong) = (WakeUp(), WakeUp())
            let other = Task {
                while !Task.isCancelled {
                    await ping.wait(atMost: .seconds(900))
                    pong.signal()
                }
            }
            let growth = try await growth(over: 500) {
                for _ in 0..<100 {
                    ping.signal()
                    await pong.wait(atMost: .seconds(900))
                }
                await cancelledAlarmsAreGone()
            }
            other.cancel()
            await other.value
            #expect(growth < 4 << 20, "\(growth) bytes")
        }
    }

    @Test func boundedWork() async {
        await #expect(processExitsWith: .success) {
            let growth = try await growth(over: 500) {
                for _ in 0..<100 { await waitAtMost(.seconds(900)) {} }
                await cancelledAlarmsAreGone()
            }
            #expect(growth < 4 << 20, "\(growth) bytes")
        }
    }
}

/// Alarms are let go of on a queue of their own, which on a busy machine comes later than the next thousand of them: one
/// that rings has had its turn after those.
private func cancelledAlarmsAreGone() async {
    await WakeUp().wait(atMost: .zero)
}
