import Foundation
import Platform
import Testing

/// The date that mails announce is the one on which the sweep expires.
@Suite struct ExpiryCalendarTests {
    /// Among them both clock changes, an application whose fifteenth day ends on the very second of a sweep, and one that
    /// a sweep has missed.
    @Test(arguments: [
        ("2021-10-01T21:30:00Z", "2021-10-01T22:00:00Z", "2021-10-17T05:00:00Z"),
        ("2022-01-10T05:59:59Z", "2022-01-10T06:00:00Z", "2022-01-25T06:00:00Z"),
        ("2022-01-10T06:00:00Z", "2022-01-10T06:00:00Z", "2022-01-26T06:00:00Z"),
        ("2022-03-20T05:30:00Z", "2022-03-20T06:00:00Z", "2022-04-05T05:00:00Z"),
        ("2022-10-25T05:30:00Z", "2022-10-25T06:00:00Z", "2022-11-09T06:00:00Z"),
        ("2021-01-01T12:00:00Z", "2022-01-10T06:00:00Z", "2022-01-11T06:00:00Z"),
    ])
    func anApplicationExpiresWithTheFirstSweepAfterItsLife(
        _ submitted: String,
        _ now: String,
        _ expires: String
    ) throws {
        let calendar = try ExpiryCalendar(life: .seconds(15 * 86_400))
        let expiry = calendar.expiry(
            ofSubmission: try Date(submitted, strategy: .iso8601),
            now: try Date(now, strategy: .iso8601)
        )
        #expect(expiry == (try Date(expires, strategy: .iso8601)))
    }
}
