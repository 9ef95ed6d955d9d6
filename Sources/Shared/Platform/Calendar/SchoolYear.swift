package import Foundation

/// A school year, named by the year in which it begins: 2021 is `[1 September 2021, 1 September 2022)`. An offer belongs
/// to every school year that its dates overlap.
package struct SchoolYear: Sendable, Hashable, Comparable {
    package let start: Int

    /// The years that a request may name. The platform opened in 2019; the end only keeps typing errors out.
    package static let known: ClosedRange<Int64> = 2019...2099

    /// nil: no year that the platform knows. "Every year" is never a number.
    package init?(startingIn year: Int) {
        guard Self.known.contains(Int64(year)) else { return nil }
        start = year
    }

    private init(known year: Int) {
        start = min(max(year, Int(Self.known.lowerBound)), Int(Self.known.upperBound))
    }

    /// The school year that the platform shows at an instant. It switches on 1 June, in Europe/Paris: from then on
    /// placements are looked for, and offered, for the coming year.
    package static func current(at instant: Date) -> SchoolYear {
        let day = ParisCalendar.iso.dateComponents([.year, .month], from: instant)
        let year = day.year ?? 0
        return SchoolYear(known: (day.month ?? 1) >= 6 ? year : year - 1)
    }

    /// From midnight to midnight in Europe/Paris, for comparing with instants.
    package var interval: Range<Date> {
        ParisCalendar.midnight(start, 9, 1)..<ParisCalendar.midnight(start + 1, 9, 1)
    }

    /// Off-platform placements carry a week and no day. Their year begins with the ISO week that holds 1 September, so
    /// that each week belongs to exactly one year.
    package var offPlatformWeeks: Range<ISOWeek> {
        ISOWeek(containing: interval.lowerBound)..<ISOWeek(containing: interval.upperBound)
    }

    /// As file names and mails write it: `2021-2022`.
    package var label: String { "\(start)-\(start + 1)" }

    package static func < (left: SchoolYear, right: SchoolYear) -> Bool {
        left.start < right.start
    }
}

extension SchoolYear: Codable {
    package init(from decoder: any Decoder) throws {
        let container = try decoder.singleValueContainer()
        guard let year = SchoolYear(startingIn: try container.decode(Int.self)) else {
            throw DecodingError.dataCorruptedError(
                in: container,
                debugDescription: "expected a school year from \(Self.known.lowerBound) to \(Self.known.upperBound)"
            )
        }
        self = year
    }

    package func encode(to encoder: any Encoder) throws {
        var container = encoder.singleValueContainer()
        try container.encode(start)
    }
}
