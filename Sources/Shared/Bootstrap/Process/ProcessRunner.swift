import Dispatch
import Foundation
package import Logging
package import ServiceLifecycle

/// Runs the services of a program until it is asked to stop, and says how it ended.
///
/// The first SIGTERM or SIGINT stops the services in reverse order, each finishing its work within the time it is
/// given. A second one skips the waiting: `hurry` ends it where there is any, and the services still stop in order, so
/// that the last finds those that it gives its work back to. Without `hurry`, or at a third signal, the services are
/// cancelled. Those that do not even obey that are left behind when `lastResort` is over.
package struct ProcessRunner: Sendable {
    private let services: [any Service]
    private let maximumShutdown: Duration
    private let lastResort: Duration
    private let hurry: (@Sendable () -> Void)?
    private let signals: [Int32]
    private let logger: Logger

    /// - Parameters:
    ///   - services: in order of dependency: a service may use those before it.
    ///   - maximumShutdown: what stopping may take in all before the services are cancelled; longer than the grace that
    ///     the services themselves give to running jobs.
    ///   - lastResort: what cancelled services may take before the process ends without them.
    ///   - hurry: ends what the stopping services wait for; nil: nothing does, and a second signal cancels them.
    ///   - signals: those that stop the program.
    package init(
        services: [any Service],
        maximumShutdown: Duration,
        lastResort: Duration = .seconds(10),
        hurry: (@Sendable () -> Void)? = nil,
        signals: [Int32] = [SIGTERM, SIGINT],
        logger: Logger
    ) {
        self.services = services
        self.maximumShutdown = maximumShutdown
        self.lastResort = lastResort
        self.hurry = hurry
        self.signals = signals
        self.logger = logger
    }

    /// Returns once all services have ended.
    ///
    /// - Returns: ``ExitCode/ok`` after a stop that was asked for, otherwise the code of the first service's error.
    package func run() async -> ExitCode {
        var configuration = ServiceGroupConfiguration(services: services, logger: logger)
        configuration.maximumGracefulShutdownDuration = maximumShutdown
        let group = ServiceGroup(configuration: configuration)
        let watch = await SignalWatch(signals)
        return await withTaskGroup(of: ExitCode?.self) { tasks in
            let running = Task { try await group.run() }
            let signals = watch.signals
            tasks.addTask {
                var heard = 0
                var alarm: (any DispatchSourceTimer)?
                for await signal in signals {
                    heard += 1
                    if heard == 1 {
                        logger.info("Stopping", metadata: [LogKey.signal: "\(signal)"])
                        alarm = leave(after: maximumShutdown + lastResort)
                        await group.triggerGracefulShutdown()
                    } else {
                        logger.warning("Stopping without waiting", metadata: [LogKey.signal: "\(signal)"])
                        alarm?.cancel()
                        alarm = leave(after: lastResort)
                        if let hurry, heard == 2 {
                            hurry()
                        } else {
                            running.cancel()
                        }
                    }
                }
                alarm?.cancel()
                return nil
            }
            tasks.addTask {
                await withTaskCancellationHandler {
                    Self.code(of: await running.result, logger)
                } onCancel: {
                    running.cancel()
                }
            }
            for await code in tasks {
                guard let code else { continue }
                watch.stop()
                tasks.cancelAll()
                return code
            }
            return .internalFailure
        }
    }

    private static func code(of result: Result<Void, any Error>, _ logger: Logger) -> ExitCode {
        switch result {
        // Only a further signal, the end of `maximumShutdown` or our caller cancels services: they were asked to stop.
        case .success, .failure(is CancellationError):
            return .ok
        case .failure(let error):
            let code = ExitCode(error)
            logger.critical(
                "A service failed, the process ends",
                metadata: [LogKey.error: "\(error)", LogKey.exitCode: "\(code.rawValue)"]
            )
            return code
        }
    }

    /// A service that ignores its cancellation must not keep the process: whoever sent the signal means it. Its jobs are
    /// rescued like those of a process that died. The timer is Dispatch's, so that it fires even when the shared threads
    /// are what hangs.
    private func leave(after delay: Duration) -> any DispatchSourceTimer {
        let milliseconds = delay.components.seconds * 1000 + delay.components.attoseconds / 1_000_000_000_000_000
        let timer = DispatchSource.makeTimerSource(queue: .global())
        timer.schedule(deadline: .now() + .milliseconds(Int(clamping: milliseconds)))
        timer.setEventHandler { @Sendable [logger] in
            logger.critical(
                "Services did not end, leaving them",
                metadata: [LogKey.exitCode: "\(ExitCode.internalFailure.rawValue)"]
            )
            ExitCode.internalFailure.exit()
        }
        timer.activate()
        return timer
    }
}
