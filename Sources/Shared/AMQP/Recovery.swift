/// When to connect, as a pure state machine: events in, what to do out. Knows neither sockets nor clocks.
struct Recovery {
    enum State: Equatable {
        /// Not started. Exit: `start` → connecting; `stop` → closed.
        case idle
        /// The first attempt is under way. Exit: `established` → open; `failed` → reconnecting(1); `stop` → closed.
        case connecting
        /// Usable. Exit: `lost` → reconnecting; `stop` → closed.
        case open
        /// Waiting for attempt n or making it. Exit: `established` → open; `failed` → reconnecting(n + 1);
        /// `stop` → closed.
        case reconnecting(attempt: Int)
        /// For good. No exit.
        case closed
    }

    enum Event {
        case start
        /// Logged in and topology declared: a broker that refuses the topology is no better than none.
        case established
        case failed
        /// An open connection ended after having been open for so long.
        case lost(openFor: Duration)
        /// The wait asked for by `connectAfter` is over.
        case waited
        case stop
    }

    enum Action: Equatable {
        case nothing
        case connect
        case connectAfter(Duration)
        case disconnect
    }

    private(set) var state = State.idle
    /// Survives a connection too short to prove anything, so that a broker which drops everybody at once is not
    /// hammered ten times a second.
    private var attempt = 0

    mutating func handle(_ event: Event, jitter: Double = .random(in: 0..<1)) -> Action {
        switch (state, event) {
        case (.closed, _):
            return .nothing
        case (.idle, .start):
            state = .connecting
            return .connect
        case (.connecting, .established), (.reconnecting, .established):
            state = .open
            return .nothing
        case (.connecting, .failed), (.reconnecting, .failed):
            return retry(jitter)
        case (.open, .lost(let openFor)):
            if openFor >= .seconds(5) { attempt = 0 }
            return retry(jitter)
        case (.reconnecting, .waited):
            return .connect
        case (_, .stop):
            state = .closed
            return .disconnect
        case (.idle, _), (.connecting, _), (.open, _), (.reconnecting, _):
            // A late answer of an attempt that no longer counts.
            return .nothing
        }
    }

    private mutating func retry(_ jitter: Double) -> Action {
        attempt += 1
        state = .reconnecting(attempt: attempt)
        return .connectAfter(Backoff.delay(attempt: attempt, jitter: jitter))
    }
}
