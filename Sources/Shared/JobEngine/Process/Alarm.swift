import Dispatch
import Postgres

/// Calls back after a time, unless it is cancelled before.
///
/// Not a task that sleeps: on Linux a sleep that was cancelled stays with Dispatch until its time all the same, 0.7 kB
/// each. For every 100,000 attempts with a run limit of 15 minutes that would be 70 MB.
package struct Alarm {
    /// Its own, so that alarms ring although every other thread is busy.
    private static let queue = DispatchQueue(label: "relais.alarms")

    private let timer: any DispatchSourceTimer

    /// Rings until it is cancelled or let go of; `ring` holds up all other alarms, and must not wait for anything.
    package init(after time: Duration, _ ring: @escaping @Sendable () -> Void) {
        timer = DispatchSource.makeTimerSource(queue: Self.queue)
        timer.setEventHandler(handler: ring)
        timer.schedule(deadline: .after(time))
        timer.activate()
    }

    /// Of no effect when it has rung.
    package func cancel() {
        timer.cancel()
    }
}
