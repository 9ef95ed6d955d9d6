import CPostgres
import Dispatch

/// How long the server may take to obey a cancel request. One that comes just before the statement is lost, so it
/// is sent anew, and after the last the connection is dropped.
private let patience = Duration.seconds(1)
private let maximumRequests = 5

// MARK: - Limits and cancellation
extension PostgresConnection {
    /// Runs `body` with the connection to itself, within the call's limit, cancelled when the task is.
    func exclusively<R>(_ call: Call, _ body: () async throws -> R) async throws -> R {
        lastCallID += 1
        let id = lastCallID
        let started = ContinuousClock.now
        if !call.isShielded { try Task.checkCancellation() }
        await takeTurn()
        defer { endTurn() }
        begin(call, id: id, started: started)
        return try await withTaskCancellationHandler {
            do {
                if !call.isShielded { try Task.checkCancellation() }
                if let interruption = running?.interruption { throw interruption.error }
                let result = try await body()
                await cancelRequestIsDone()
                return result
            } catch {
                await cancelRequestIsDone()
                throw outcome(of: error)
            }
        } onCancel: {
            guard !call.isShielded else { return }
            queue.async { [weak self] in
                self?.assumeIsolated { $0.interrupt(id, .cancelled) }
            }
        }
    }

    private func begin(_ call: Call, id: UInt64, started: ContinuousClock.Instant) {
        var call = call
        var deadline = call.limit.map { started + $0 }
        if let outer = transactionLimit, !call.isShielded, deadline.map({ outer.deadline < $0 }) ?? true {
            (call.operation, call.limit, deadline) = (outer.operation, outer.limit, outer.deadline)
        }
        running = RunningCall(id: id, call: call, interruption: nil, deadline: deadline)
        if let deadline {
            if deadline <= .now { lookAtDeadline() } else { setAlarm(for: deadline) }
        }
    }

    // One alarm serves many calls: setting one for each would leave thousands behind, for calls long done.
    private func setAlarm(for deadline: ContinuousClock.Instant) {
        if let alarm, alarm <= deadline { return }
        alarm = deadline
        queue.asyncAfter(deadline: .after(deadline - .now)) { [weak self] in
            self?.assumeIsolated { connection in
                // One that an earlier one took the place of: it must not make room for yet another.
                guard connection.alarm == deadline else { return }
                connection.alarm = nil
                connection.lookAtDeadline()
            }
        }
    }

    private func lookAtDeadline() {
        guard let running, let deadline = running.deadline else { return }
        guard deadline <= .now else { return setAlarm(for: deadline) }
        let call = running.call
        if running.interruption == nil {
            self.running?.interruption = .timedOut(after: call.limit ?? .zero, operation: call.operation)
        }
        if call.dropsWhenLate || running.requests >= maximumRequests {
            connectionWasLost("the server did not answer in time")
        } else {
            obeyInterruption()
        }
    }

    func interrupt(_ id: UInt64, _ reason: Interruption) {
        guard running?.id == id, running?.interruption == nil else { return }
        running?.interruption = reason
        obeyInterruption()
    }

    func obeyInterruption() {
        running?.requests += 1
        let deadline = ContinuousClock.now + patience
        running?.deadline = deadline
        setAlarm(for: deadline)
        sendCancelRequest()
        wake()
    }

    /// Asks the server, over a connection of its own, to cancel what runs. That blocks, so it has its own threads.
    private func sendCancelRequest() {
        guard !isCancelling, PQtransactionStatus(handle.raw) == PQTRANS_ACTIVE, let request = PQgetCancel(handle.raw)
        else { return }
        isCancelling = true
        let cancel = CancelRequest(raw: request)
        DispatchQueue.global().async { [queue, weak self] in
            cancel.send()
            queue.async { [weak self] in
                self?.assumeIsolated { $0.cancelRequestWasSent() }
            }
        }
    }

    private func cancelRequestWasSent() {
        isCancelling = false
        wake()
    }

    // Whoever comes next must not be hit by a late request. When `PQcancel` returns the server has passed it on.
    func cancelRequestIsDone() async {
        while isCancelling, !isLost { await waitForEvent() }
    }

    /// What an interrupted call throws: the reason, unless the server failed the statement for another one.
    private func outcome(of error: any Error) -> any Error {
        guard let interruption = running?.interruption else { return error }
        guard let error = error as? PostgresError else { return interruption.error }
        if error.sqlState != "57014", !isLost { return error }
        guard var reason = interruption.error as? PostgresError else { return interruption.error }
        reason.outcomeUnknown = error.outcomeUnknown
        return reason
    }
}

/// A request to cancel, usable from any thread.
private final class CancelRequest: @unchecked Sendable {
    // libpq copies what it needs into the request; `PQcancel` and `PQfreeCancel` do not touch the connection.
    private let raw: OpaquePointer

    init(raw: OpaquePointer) {
        self.raw = raw
    }

    deinit {
        PQfreeCancel(raw)
    }

    func send() {
        // A request that fails is noticed when the server's answer does not come in time.
        var reason = [CChar](repeating: 0, count: 256)
        _ = PQcancel(raw, &reason, CInt(reason.count))
    }
}
