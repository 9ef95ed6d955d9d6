import Foundation
import Platform

/// Numbers, dates and spans of time as French sentences write them, with no-break spaces inside.
enum French {
    private static let months = [
        "janvier", "février", "mars", "avril", "mai", "juin", "juillet", "août", "septembre", "octobre", "novembre",
        "décembre",
    ]

    /// `30 121`
    static func number(_ value: Int) -> String {
        let digits = Array(String(value.magnitude))
        var text = value < 0 ? "-" : ""
        for (index, digit) in digits.enumerated() {
            if index > 0, (digits.count - index).isMultiple(of: 3) { text.append(Typography.noBreakSpace) }
            text.append(digit)
        }
        return text
    }

    /// `1er juin 2021`, in Europe/Paris.
    static func day(_ instant: Date) -> String {
        let parts = ParisCalendar.iso.dateComponents([.year, .month, .day], from: instant)
        let day = parts.day ?? 1
        let name = months[min(max((parts.month ?? 1) - 1, 0), months.count - 1)]
        return "\(day == 1 ? "1er" : String(day))\u{A0}\(name) \(parts.year ?? 0)"
    }

    /// `1er juin 2021 à 14 h 05`, in Europe/Paris.
    static func moment(_ instant: Date) -> String {
        let parts = ParisCalendar.iso.dateComponents([.hour, .minute], from: instant)
        let minute = parts.minute ?? 0
        return day(instant) + " à \(parts.hour ?? 0)\u{A0}h\u{A0}\(minute < 10 ? "0" : "")\(minute)"
    }

    /// `7 jours` or `6 heures`: whole days where it is days, else hours.
    static func span(_ duration: Duration) -> String {
        let hours = Int(duration.components.seconds / 3600)
        if hours >= 48, hours.isMultiple(of: 24) { return "\(hours / 24)\u{A0}jours" }
        return hours == 1 ? "1\u{A0}heure" : "\(hours)\u{A0}heures"
    }
}
