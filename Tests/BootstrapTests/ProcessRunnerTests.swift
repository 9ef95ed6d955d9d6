import Foundation
import Logging
import ServiceLifecycle
import Testing

@testable import Bootstrap

@Suite struct ProcessRunnerTests {
    /// Reports what happens to it.
    private struct Witness: Service {
        enum Event { case started, asked, cancelled }
        let events: AsyncStream<Event>.Continuation
        /// Whether it goes on after being asked, until it is cancelled.
        let lingers: Bool

        func run() async throws {
            events.yield(.started)
            try await gracefulShutdown()
            events.yield(.asked)
            guard lingers else { return }
            do { try await Task.sleep(for: .seconds(3600)) } catch {
                events.yield(.cancelled)
                throw error
            }
        }
    }

    private struct Failing: Service {
        let error: any Error
        func run() async throws { throw error }
    }

    private func runner(
        _ services: [any Service],
        maximumShutdown: Duration = .seconds(3600),
        signals: [Int32] = []
    ) -> ProcessRunner {
        ProcessRunner(
            services: services,
            maximumShutdown: maximumShutdown,
            // It would end the process of all tests on a machine that is busy.
            lastResort: .seconds(3600),
            signals: signals,
            logger: Logger(label: "test") { _ in SwiftLogNoOpLogHandler() }
        )
    }

    @Test(.timeLimit(.minutes(5))) func theFirstSignalStopsGracefullyAndEndsWell() async throws {
        let (events, continuation) = AsyncStream.makeStream(of: Witness.Event.self)
        async let code = runner([Witness(events: continuation, lingers: false)], signals: [SIGUSR1]).run()
        var seen: [Witness.Event] = []
        for await event in events {
            seen.append(event)
            if event == .started { kill(getpid(), SIGUSR1) }
            if event == .asked { break }
        }
        #expect(await code == .ok)
        #expect(seen == [.started, .asked])
    }

    @Test(.timeLimit(.minutes(5))) func theSecondSignalSkipsTheWaiting() async throws {
        let (events, continuation) = AsyncStream.makeStream(of: Witness.Event.self)
        async let code = runner([Witness(events: continuation, lingers: true)], signals: [SIGUSR2]).run()
        var seen: [Witness.Event] = []
        for await event in events {
            seen.append(event)
            if event == .cancelled { break }
            kill(getpid(), SIGUSR2)
        }
        #expect(await code == .ok)
        #expect(seen == [.started, .asked, .cancelled])
    }

    @Test(.timeLimit(.minutes(5))) func stoppingTakesNoLongerThanItsLimit() async throws {
        let (events, continuation) = AsyncStream.makeStream(of: Witness.Event.self)
        async let code = runner(
            [Witness(events: continuation, lingers: true)],
            maximumShutdown: .milliseconds(200),
            signals: [SIGWINCH]
        ).run()
        for await event in events {
            if event == .started { kill(getpid(), SIGWINCH) }
            if event == .cancelled { break }
        }
        #expect(await code == .ok)
    }

    @Test func aFailingServiceEndsTheProcessWithItsCode() async {
        #expect(await runner([Failing(error: ConfigurationError(faults: ["x"]))]).run() == .configuration)
        #expect(await runner([Failing(error: POSIXError(.EIO))]).run() == .internalFailure)
    }
}
