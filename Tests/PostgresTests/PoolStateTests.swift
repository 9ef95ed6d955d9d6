import Testing

@testable import Postgres

/// The pool's decisions, without a server.
@Suite struct PoolStateTests {
    private final class Session: Sendable {}

    private let later = ContinuousClock.now + .seconds(60)

    private func opened(_ state: inout PoolState<Session>, _ id: UInt64) throws -> Session {
        let session = Session()
        guard case .grant(.place) = state.acquire(id, until: later) else {
            throw PostgresError.usage("expected a place", operation: "test")
        }
        let isWanted = state.opened(session)
        #expect(isWanted)
        return session
    }

    @Test func waitersAreServedInOrder() throws {
        var state = PoolState<Session>(size: 1)
        let session = try opened(&state, 1)
        for id: UInt64 in 2...4 {
            guard case .wait = state.acquire(id, until: later) else {
                Issue.record("expected to wait")
                return
            }
        }
        let wasWaiting = state.abandon(3)
        #expect(wasWaiting)
        for id: UInt64 in [2, 4] {
            let (keep, next) = state.release(session, reusable: true)
            #expect(keep && next?.0 == id)
        }
        let after = state.release(session, reusable: true)
        #expect(after.keep && after.next == nil)
        #expect(state.idleCount == 1 && state.inUse == 0)
    }

    @Test func aBrokenConnectionsPlaceGoesToTheNextWaiter() throws {
        var state = PoolState<Session>(size: 1)
        let session = try opened(&state, 1)
        _ = state.acquire(2, until: later)
        let (keep, next) = state.release(session, reusable: false)
        #expect(!keep)
        guard case (2, .place)? = next else {
            Issue.record("expected the place")
            return
        }
        // It cannot open one either: the place goes on.
        _ = state.acquire(3, until: later)
        guard case (3, .place)? = state.gaveUpPlace() else {
            Issue.record("expected the place")
            return
        }
        let nobody = state.gaveUpPlace()
        #expect(nobody == nil)
        #expect(state.inUse == 0)
    }

    @Test func nobodyOvertakesAWaiter() throws {
        var state = PoolState<Session>(size: 2)
        let first = try opened(&state, 1)
        _ = try opened(&state, 2)
        _ = state.acquire(3, until: later)
        let next = state.release(first, reusable: true).next
        #expect(next?.0 == 3)
        #expect(state.waitingCount == 0)
    }

    @Test func expiredWaitersAreNotServed() throws {
        var state = PoolState<Session>(size: 1)
        let session = try opened(&state, 1)
        _ = state.acquire(2, until: later)
        let expired = state.expire(at: later)
        #expect(expired == [2])
        let wasWaiting = state.abandon(2)
        #expect(!wasWaiting)
        let after = state.release(session, reusable: true)
        #expect(after.keep && after.next == nil)
    }

    @Test func aClosedPoolKeepsNothing() throws {
        var state = PoolState<Session>(size: 2)
        let session = try opened(&state, 1)
        guard case .grant(.place) = state.acquire(2, until: later) else {
            Issue.record("expected a place")
            return
        }
        let closing = state.close()
        #expect(closing.idle.isEmpty)
        guard case .closed = state.acquire(3, until: later) else {
            Issue.record("expected closed")
            return
        }
        let isWanted = state.opened(Session())
        #expect(!isWanted)
        #expect(!state.isDrained)
        let back = state.release(session, reusable: true)
        #expect(!back.keep)
        #expect(state.isDrained)
    }
}
