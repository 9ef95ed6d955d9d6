package import Foundation
import JobEngine

/// The dates on which applications expire, by the sweep's own schedule: what a mail announces is what the clock does.
package struct ExpiryCalendar: Sendable {
    private let sweeps: Ticks
    private let life: Duration

    /// - Parameter life: How long an application waits for an answer.
    package init(life: Duration) throws {
        sweeps = try Ticks(PlatformSchedules.sweepExpression, zone: PlatformSchedules.zone)
        self.life = life
    }

    /// When an application that nobody answers expires: with the first sweep after its life. One that should have expired
    /// already, as after a sweep that its guard stopped, expires with the next one after `now`.
    package func expiry(ofSubmission submittedAt: Date, now: Date) -> Date {
        sweeps.first(after: max(submittedAt.addingTimeInterval(life.inSeconds), now))
    }
}
