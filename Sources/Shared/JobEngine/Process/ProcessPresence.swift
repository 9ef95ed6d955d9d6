package import Logging
package import Postgres
import ServiceLifecycle

/// Shows that this process lives: an advisory lock on a session of its own, and a beat every 10 s. The session also
/// listens, and never opens a transaction, so that nothing else can delay or end it.
package actor ProcessPresence: Service {
    private let configuration: PostgresConfiguration
    private let identity: ProcessIdentity
    private let ledger: Ledger
    private let due: WakeUp
    /// Signalled when an operator has changed something; a hint only, the version in the ledger is the news.
    nonisolated let control = WakeUp()
    /// Signalled when somebody wants a running job cancelled; a hint only.
    nonisolated let cancels = WakeUp()
    /// Asks for a beat at once, because somebody doubts that the ledger still knows this process.
    private nonisolated let doubt = WakeUp()
    private let logger: Logger
    private var process: Int64?
    private var waiters: [CheckedContinuation<Void, Never>] = []
    private var buriedHandlers: [@Sendable (Int64) async -> Void] = []

    /// `due` is signalled whenever an enqueue says that something is due and no relay is awake.
    package init(
        configuration: PostgresConfiguration,
        identity: ProcessIdentity,
        ledger: Ledger,
        due: WakeUp,
        logger: Logger
    ) {
        self.configuration = configuration
        self.identity = identity
        self.ledger = ledger
        self.due = due
        self.logger = logger
    }

    /// The number of this process in the ledger; waits until it is registered, or for the task's cancellation.
    package func number() async throws -> Int64 {
        while true {
            if let process { return process }
            try Task.checkCancellation()
            await withTaskCancellationHandler {
                await withCheckedContinuation { waiters.append($0) }
            } onCancel: {
                Task { await self.releaseWaiters() }
            }
        }
    }

    /// Calls `handler` with the old number when the ledger has declared this process dead: its jobs are others' now.
    package func whenBuried(_ handler: @escaping @Sendable (Int64) async -> Void) {
        buriedHandlers.append(handler)
    }

    /// Looks at once whether the ledger still knows this process: a claim found nothing where something must be.
    nonisolated func lookAtYourself() {
        doubt.signal()
    }

    package func run() async throws {
        await cancelWhenGracefulShutdown {
            await self.keepSession()
        }
        await leave()
    }

    private func keepSession() async {
        var failures = 0
        while !Task.isCancelled {
            do {
                let session = try await PostgresConnection.connect(configuration, logger: logger)
                do {
                    try await take(session)
                    failures = 0
                    try await stay(on: session)
                } catch {
                    await session.close()
                    throw error
                }
                await session.close()
            } catch {
                if Task.isCancelled { return }
                failures += 1
                if failures == 1 || failures % 8 == 0 {
                    logger.warning(
                        "The presence session was lost, will connect again",
                        metadata: [LogKey.error: "\(error)", LogKey.tries: "\(failures)"]
                    )
                }
                // At most 0.8 s: whoever needs longer than 2 s to come back after a cut is taken for dead.
                try? await Task.sleep(for: Persistence.pause(after: min(failures, 4)))
            }
        }
    }

    /// Registers the process, or takes a new lock for the number that it has.
    private func take(_ session: PostgresConnection) async throws {
        if let process {
            if try await session.query(ProcessSQL.relock(process)).isEmpty {
                await buried(process)
            }
        }
        if process == nil {
            let rows = try await session.query(ProcessSQL.register(identity))
            guard let row = rows.first, try row.decode("locked", as: Bool.self) else {
                throw LedgerError.unexpectedAnswer("register process: expected a fresh advisory lock, got none")
            }
            let number = try row.decode("id", as: Int64.self)
            process = number
            logger.info("Process registered", metadata: [LogKey.process: "\(number)"])
            releaseWaiters()
        }
        try await session.listen("relais_due")
        try await session.listen("relais_control")
        try await session.listen("relais_cancel")
        // What was notified before LISTEN took effect is unknown.
        due.signal()
    }

    /// Beats and passes notifications on until the session ends.
    private func stay(on session: PostgresConnection) async throws {
        let due = self.due
        let control = self.control
        let cancels = self.cancels
        try await withThrowingTaskGroup(of: Void.self) { group in
            group.addTask {
                for try await notification in await session.notifications() {
                    switch notification.channel {
                    case "relais_control": control.signal()
                    case "relais_cancel": cancels.signal()
                    default: due.signal()
                    }
                }
                throw LedgerError.unexpectedAnswer("presence session: expected it to stay open, it ended")
            }
            group.addTask {
                while true {
                    await self.doubt.wait(atMost: .seconds(Double.random(in: 9...11)))
                    try Task.checkCancellation()
                    try await self.beat()
                }
            }
            defer { group.cancelAll() }
            try await group.next()
        }
    }

    private func beat() async throws {
        guard let process else { return }
        do {
            if try await ledger.relaxed.execute(ProcessSQL.beat(process)) == 0 {
                await buried(process)
                throw LedgerError.unexpectedAnswer("beat: expected process \(process) in the ledger, it was buried")
            }
        } catch let error as PostgresError where error.isTransient {
            // The next beat comes in 10 s; four may be missed before anybody takes this process for dead.
            logger.debug("A beat was missed", metadata: [LogKey.error: "\(error)"])
        }
    }

    private func buried(_ old: Int64) async {
        logger.error(
            "The ledger has declared this process dead: it starts again under a new number",
            metadata: [LogKey.process: "\(old)"]
        )
        process = nil
        for handler in buriedHandlers {
            await handler(old)
        }
    }

    /// The last act of a graceful stop; a process that still owns running jobs stays registered for the chores.
    private func leave() async {
        guard let process else { return }
        let ledger = self.ledger
        // With the database away the chores bury this process later; a stop must not wait for that.
        await waitAtMost(.seconds(1)) {
            _ = try? await ledger.durable.execute(ProcessSQL.unregister(process))
        }
    }

    private func releaseWaiters() {
        let released = waiters
        waiters = []
        released.forEach { $0.resume() }
    }
}
