import Foundation
import Testing

@testable import producer

@Suite struct InstantTests {
    @Test(arguments: [
        ("2000-01-01T00:00:00Z", 946_684_800.0), ("2026-09-01T07:00:00+02:00", 1_788_238_800),
        ("2024-02-29T23:59:59.5z", 1_709_251_199.5), ("2000-03-01t00:00:00-00:30", 951_870_600),
    ])
    func anInstantIsReadWithItsOffset(_ text: String, _ seconds: Double) {
        #expect(Instant.parse(text) == Date(timeIntervalSince1970: seconds))
    }

    @Test(arguments: [
        "2026-02-29T00:00:00Z", "2026-13-01T00:00:00Z", "2026-01-01T24:00:00Z", "2026-01-01T00:00:00",
        "2026-01-01", "2026-01-01T00:00:00Zjunk", "٢٠٢٦-01-01T00:00:00Z", "2026-01-01 00:00:00Z", "",
        "1999-12-31T23:59:59Z", "0001-01-01T00:00:00Z",
    ])
    func whatIsNoInstantIsRefused(_ text: String) {
        #expect(Instant.parse(text) == nil)
    }

    @Test func anInstantIsWrittenWithMicroseconds() {
        #expect(Instant.text(Date(timeIntervalSince1970: 951_870_600.25)) == "2000-03-01T00:30:00.250000Z")
    }
}
