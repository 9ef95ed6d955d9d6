import Foundation

/// One field of a `.csv` line.
enum CSVField {
    /// Returns how the field differs from what was to be written; nil: not at all.
    static func append(_ cell: Cell, to line: inout [UInt8]) -> CellChange? {
        switch cell {
        case .empty:
            break
        case .text(let text):
            return append(text: text, to: &line)
        case .unknownDate(let words):
            _ = append(text: words, to: &line)
            return .date
        case .integer(let number):
            line.append(contentsOf: String(number).utf8)
        case .decimal(let number):
            guard number.isFinite else { return nil }
            // `description` has a point in every locale; French spreadsheets take a comma for a number.
            line.append(contentsOf: number.description.utf8.map { $0 == UInt8(ascii: ".") ? UInt8(ascii: ",") : $0 })
        case .date(let year, let month, let day):
            line.append(contentsOf: CalendarDay.text(year: year, month: month, day: day).utf8)
        case .dateTime(let year, let month, let day, let hour, let minute, second: _):
            line.append(contentsOf: CalendarDay.text(year: year, month: month, day: day).utf8)
            line.append(UInt8(ascii: " "))
            line.append(contentsOf: CalendarDay.text(hour: hour, minute: minute).utf8)
        }
        return nil
    }

    private static func append(text: String, to line: inout [UInt8]) -> CellChange? {
        let clean = CellText.withoutForbidden(text)
        let text = clean ?? text
        let mark = CSVGuard(for: text)
        // Quotes keep a tab from parting the field, too: some programs offer to part at tabs and semicolons alike.
        let needsQuotes = mark == .tab || text.utf8.contains { special.contains($0) }
        if needsQuotes { line.append(quote) }
        switch mark {
        case .none: break
        case .tab: line.append(0x09)
        case .apostrophe: line.append(UInt8(ascii: "'"))
        }
        for byte in text.utf8 {
            if byte == quote { line.append(quote) }
            line.append(byte)
        }
        if needsQuotes { line.append(quote) }
        return mark == .apostrophe ? .formula : clean == nil ? nil : .characters
    }

    private static let quote = UInt8(ascii: "\"")
    private static let special: [UInt8] = [quote, UInt8(ascii: ";"), 0x09, 0x0A, 0x0D]
}

extension Decimal {
    fileprivate var isFinite: Bool { !isNaN && !isInfinite }
}
