package import Foundation

/// The instants at which a cron expression fires in a time zone.
///
/// A tick of fixed hours is a time on the wall: one that a clock change skips fires at the end of the gap, one that comes
/// twice fires the first time, so that each fires once a day. An expression that allows every hour (`*/10 * * * *`) goes
/// by elapsed time instead: it fires whenever the clock shows one of its minutes, and in the doubled hour both times.
package struct Ticks: Sendable {
    private let expression: CronExpression
    private let zone: TimeZone

    /// Two leap days may be 8 years apart (1896 and 1904, 2096 and 2104): an expression without a tick in so many days has
    /// none at all.
    private static let searchedDays = 8 * 366 + 2

    /// - Throws: ``CronExpression/Fault`` when the expression or the name of the zone is wrong, or when it has no tick at
    ///   all, as on 30 February.
    package init(_ expression: String, zone name: String) throws {
        self.expression = try CronExpression(expression)
        // TimeZone(identifier:) also takes "GMT+25" and the like.
        guard TimeZone.knownTimeZoneIdentifiers.contains(name) || name == "UTC",
            let zone = TimeZone(identifier: name)
        else {
            throw CronExpression.Fault(
                expected: "a time zone of the IANA database, such as Europe/Paris or UTC",
                got: String(name.prefix(100))
            )
        }
        self.zone = zone
        guard next(after: Date(timeIntervalSince1970: 0)) != nil else {
            throw CronExpression.Fault(expected: "a day that some month has", got: String(expression.prefix(100)))
        }
    }

    /// The first tick after an instant. There is one within eight years: `init` refuses what never fires.
    package func first(after instant: Date) -> Date { next(after: instant) ?? .distantFuture }

    private func next(after instant: Date) -> Date? {
        let today = localDay(of: instant)
        // A gap may carry a tick of yesterday over midnight.
        for number in (today - 1)...(today + Self.searchedDays) {
            if let tick = ticks(of: CivilDay(number: number)).first(where: { $0 > instant }) { return tick }
        }
        return nil
    }

    /// The last tick that is later than `start` or equal to it, and not later than `end`; nil when there is none.
    package func latest(from start: Date, through end: Date) -> Date? {
        guard start <= end else { return nil }
        let last = localDay(of: end)
        // A start in the infinite past has no day.
        let earliest = max(start, end.addingTimeInterval(-86_400 * Double(Self.searchedDays)))
        let first = localDay(of: earliest) - 1
        for number in stride(from: last, through: first, by: -1) {
            if let tick = ticks(of: CivilDay(number: number)).last(where: { $0 <= end }) {
                return tick >= start ? tick : nil
            }
        }
        return nil
    }

    /// The ticks of one day on the wall, in ascending order.
    private func ticks(of day: CivilDay) -> [Date] {
        guard expression.allows(day) else { return [] }
        let midnight = Double(day.number * 86_400)
        let walls = expression.hours.values.flatMap { hour in
            expression.minutes.values.map { midnight + Double(hour * 3600 + $0 * 60) }
        }
        // Offsets are at most 14 hours: a day and a half away lie both sides of a change that concerns this day.
        let offsets = Set([midnight - 129_600, midnight + 216_000].map(offset(at:)))
        if offsets.count == 1, let offset = offsets.first {
            return walls.map { Date(timeIntervalSince1970: $0 - offset) }
        }
        // Two ticks of a gap are one at its end; the second run of a doubled hour comes before the hour after it.
        return Set(walls.flatMap { instants(wall: $0, offsets) }).sorted()
    }

    /// When the clock on the wall shows `wall` (seconds since 1970 as if it showed UTC), near a change of `offsets`.
    private func instants(wall: Double, _ offsets: Set<Double>) -> [Date] {
        let shown = offsets.map { wall - $0 }.filter { offset(at: $0) == wall - $0 }.sorted()
        if expression.isHourly { return shown.map(Date.init(timeIntervalSince1970:)) }
        if let first = shown.first { return [Date(timeIntervalSince1970: first)] }
        return [gapEnd(between: wall - (offsets.max() ?? 0), and: wall - (offsets.min() ?? 0))]
    }

    /// The instant at which the clock jumps, by bisection: the offset at `early` is still the old one.
    private func gapEnd(between early: Double, and late: Double) -> Date {
        var (early, late) = (early, late)
        let old = offset(at: early)
        while late - early > 1 {
            let middle = ((early + late) / 2).rounded(.down)
            if offset(at: middle) == old { early = middle } else { late = middle }
        }
        return Date(timeIntervalSince1970: late)
    }

    private func offset(at instant: Double) -> Double {
        Double(zone.secondsFromGMT(for: Date(timeIntervalSince1970: instant)))
    }

    private func localDay(of instant: Date) -> Int {
        let seconds = instant.timeIntervalSince1970
        return Int(((seconds + offset(at: seconds)) / 86_400).rounded(.down))
    }
}
