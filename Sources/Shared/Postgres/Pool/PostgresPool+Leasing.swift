import Dispatch
import Logging
import Synchronization

// MARK: - Acquiring
extension PostgresPool {
    func acquire() async throws -> PostgresConnection {
        try Task.checkCancellation()
        while true {
            switch try await grant() {
            case .connection(let connection) where connection.health.state == .ready:
                return connection
            case .connection(let connection):
                // Lost while it was idle. Its place is free now, and this caller takes part again.
                await discard(connection)
            case .place:
                return try await open()
            }
        }
    }

    private func grant() async throws -> Grant {
        let deadline = ContinuousClock.now + configuration.acquireTimeout
        let id = guarded.withLock { guarded in
            guarded.lastID += 1
            return guarded.lastID
        }
        let grant = try await withTaskCancellationHandler {
            try await withCheckedThrowingContinuation { continuation in
                enqueue(id, deadline, continuation)
            }
        } onCancel: {
            giveUp(id, because: CancellationError())
        }
        guarded.withLock { $0.totals.acquired += 1 }
        return grant
    }

    private func enqueue(_ id: UInt64, _ deadline: ContinuousClock.Instant, _ waiter: Waiter) {
        let answer = guarded.withLock { guarded in
            let answer = guarded.state.acquire(id, until: deadline)
            if case .wait = answer { guarded.waiters[id] = waiter }
            return answer
        }
        switch answer {
        case .grant(let grant):
            waiter.resume(returning: grant)
        case .closed:
            waiter.resume(throwing: closed)
        case .wait:
            setTimer()
            // The cancellation handler may have run before there was a waiter.
            if Task.isCancelled { giveUp(id, because: CancellationError()) }
        }
    }

    private func giveUp(_ id: UInt64, because error: any Error) {
        let waiter = guarded.withLock { guarded in
            guarded.state.abandon(id) ? guarded.waiters.removeValue(forKey: id) : nil
        }
        waiter?.resume(throwing: error)
    }

    // One timer, for the waiter at the front: the others' time ends later.
    private func setTimer() {
        let deadline = guarded.withLock { guarded -> ContinuousClock.Instant? in
            guard !guarded.isTimerSet, let deadline = guarded.state.nextDeadline else { return nil }
            guarded.isTimerSet = true
            return deadline
        }
        guard let deadline else { return }
        timers.asyncAfter(deadline: .after(deadline - .now)) { [weak self] in self?.expireWaiters() }
    }

    private func expireWaiters() {
        let (expired, statistics) = guarded.withLock { guarded in
            guarded.isTimerSet = false
            let expired = guarded.state.expire(at: .now).compactMap { guarded.waiters.removeValue(forKey: $0) }
            guarded.totals.timedOut += UInt64(expired.count)
            return (expired, (inUse: guarded.state.inUse, waiting: guarded.state.waitingCount + expired.count))
        }
        var error = PostgresError(
            kind: .timeout,
            message: "no PostgreSQL connection free within \(configuration.acquireTimeout.inWords) "
                + "(pool of \(configuration.poolSize), \(statistics.inUse) in use, \(statistics.waiting) waiting): "
                + "raise the pool's size, or shorten what holds connections",
            operation: "acquire a connection"
        )
        error.isBeforeStatement = true
        for waiter in expired { waiter.resume(throwing: error) }
        setTimer()
    }

    private func open() async throws -> PostgresConnection {
        let connection: PostgresConnection
        do {
            connection = try await PostgresConnection.connect(configuration, logger: logger)
        } catch {
            pass(guarded.withLock { $0.state.gaveUpPlace() })
            resumeClosersIfDrained()
            throw error
        }
        let isWanted = guarded.withLock { guarded in
            guarded.totals.opened += 1
            return guarded.state.opened(connection)
        }
        guard isWanted else {
            await connection.close()
            resumeClosersIfDrained()
            throw closed
        }
        logger.debug("PostgreSQL connection opened", metadata: connection.metadata)
        return connection
    }
}

// MARK: - Releasing
extension PostgresPool {
    func release(_ connection: PostgresConnection) async {
        if connection.health.state == .busy { await connection.abandonOpenStream() }
        guard connection.health.state == .ready else { return await discard(connection) }
        let (keep, next) = guarded.withLock { $0.state.release(connection, reusable: true) }
        pass(next)
        if !keep { await connection.close() }
        resumeClosersIfDrained()
    }

    private func discard(_ connection: PostgresConnection) async {
        logger.info("PostgreSQL connection discarded", metadata: connection.metadata)
        // Closed before its place is given away, so that there are never more connections than the pool's size.
        await connection.close()
        let next = guarded.withLock { guarded in
            guarded.totals.discarded += 1
            return guarded.state.release(connection, reusable: false).next
        }
        pass(next)
        resumeClosersIfDrained()
    }

    private func pass(_ next: (id: UInt64, grant: Grant)?) {
        guard let next, let waiter = guarded.withLock({ $0.waiters.removeValue(forKey: next.id) }) else { return }
        waiter.resume(returning: next.grant)
    }

    private func resumeClosersIfDrained() {
        guard guarded.withLock({ $0.state.isClosed && $0.state.isDrained }) else { return }
        resumeClosers()
    }
}

extension PostgresConnection {
    /// For a stream whose reader went away without ending it. Its end may be on the way already.
    func abandonOpenStream() async {
        if let stream { return await abandonStream(stream.id) }
        guard isAbandoning else { return }
        await takeTurn()
        endTurn()
    }
}
