import Testing

@testable import AMQP

@Suite struct RecoveryTests {
    @Test func firstAttemptNeedsNoWait() {
        var recovery = Recovery()
        #expect(recovery.handle(.start) == .connect)
        #expect(recovery.state == .connecting)
        #expect(recovery.handle(.established) == .nothing)
        #expect(recovery.state == .open)
    }

    @Test func failedAttemptsWaitLongerEachTimeUpToFiveSeconds() {
        var recovery = Recovery()
        _ = recovery.handle(.start)
        var waits: [Duration] = []
        for attempt in 1...20 {
            guard case .connectAfter(let wait) = recovery.handle(.failed, jitter: 1) else {
                Issue.record("expected a wait after attempt \(attempt)")
                return
            }
            #expect(recovery.state == .reconnecting(attempt: attempt))
            #expect(recovery.handle(.waited) == .connect)
            waits.append(wait)
        }
        #expect(waits.first == .milliseconds(100))
        #expect(waits == waits.sorted())
        #expect(waits.last == .seconds(5))
    }

    @Test func halfOfTheWaitIsRandom() {
        #expect(Backoff.delay(attempt: 3, jitter: 0) == .milliseconds(200))
        #expect(Backoff.delay(attempt: 3, jitter: 1) == .milliseconds(400))
    }

    @Test func aConnectionThatLastedIsReplacedQuickly() {
        var recovery = Recovery()
        _ = recovery.handle(.start)
        for _ in 1...10 { _ = recovery.handle(.failed) }
        _ = recovery.handle(.waited)
        _ = recovery.handle(.established)
        #expect(recovery.handle(.lost(openFor: .seconds(60)), jitter: 1) == .connectAfter(.milliseconds(100)))
        #expect(recovery.state == .reconnecting(attempt: 1))
    }

    @Test func aConnectionLostAtOnceDoesNotResetTheWait() {
        var recovery = Recovery()
        _ = recovery.handle(.start)
        for _ in 1...3 { _ = recovery.handle(.failed) }
        _ = recovery.handle(.waited)
        _ = recovery.handle(.established)
        #expect(recovery.handle(.lost(openFor: .milliseconds(3)), jitter: 1) == .connectAfter(.milliseconds(800)))
    }

    @Test func nothingFollowsAStop() {
        var recovery = Recovery()
        _ = recovery.handle(.start)
        #expect(recovery.handle(.stop) == .disconnect)
        for event in [Recovery.Event.established, .failed, .lost(openFor: .seconds(9)), .waited, .start, .stop] {
            #expect(recovery.handle(event) == .nothing)
            #expect(recovery.state == .closed)
        }
    }

    @Test func lateAnswersOfAnAttemptThatNoLongerCountsChangeNothing() {
        var recovery = Recovery()
        _ = recovery.handle(.start)
        _ = recovery.handle(.established)
        #expect(recovery.handle(.failed) == .nothing)
        #expect(recovery.handle(.waited) == .nothing)
        #expect(recovery.state == .open)
    }

    @Test func oneLogLinePerPeerInTenSeconds() {
        var limiter = LogLimiter()
        let start = ContinuousClock.now
        let admitted = [("a", 0), ("a", 9), ("b", 9), ("a", 10)].map { limiter.admits($0, at: start + .seconds($1)) }
        #expect(admitted == [true, false, true, true])
    }
}
