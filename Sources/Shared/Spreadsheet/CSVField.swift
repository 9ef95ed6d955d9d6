import Foundation

/// One field of a `.csv` line.
enum CSVField {
    static func append(_ cell: Cell, to line: inout [UInt8]) {
        switch cell {
        case .empty:
            return
        case .text(let text):
            append(text: text, to: &line)
        case .integer(let number):
            line.append(contentsOf: String(number).utf8)
        case .decimal(let number):
            guard number.isFinite else { return }
            // `description` has a point in every locale; French spreadsheets take a comma for a number.
            line.append(contentsOf: number.description.utf8.map { $0 == UInt8(ascii: ".") ? UInt8(ascii: ",") : $0 })
        case .date(let year, let month, let day):
            line.append(contentsOf: CalendarDay.text(year: year, month: month, day: day).utf8)
        case .dateTime(let year, let month, let day, let hour, let minute, second: _):
            line.append(contentsOf: CalendarDay.text(year: year, month: month, day: day).utf8)
            line.append(UInt8(ascii: " "))
            line.append(contentsOf: CalendarDay.text(hour: hour, minute: minute).utf8)
        }
    }

    private static func append(text: String, to line: inout [UInt8]) {
        // Both formats drop what XML forbids, so that they say the same. NUL would also end the text for many readers,
        // and the rest of the file would move into one cell.
        let bytes = text.utf8.filter { $0 >= 0x20 || $0 == 0x09 || $0 == 0x0A || $0 == 0x0D }
        guard let first = bytes.first else { return }
        let isFormula = formulaStarts.contains(first)
        let needsQuotes = bytes.contains { special.contains($0) }
        if needsQuotes { line.append(quote) }
        // A spreadsheet would run `=cmd|…` when the file is opened; the apostrophe makes it text.
        if isFormula { line.append(UInt8(ascii: "'")) }
        for byte in bytes {
            if byte == quote { line.append(quote) }
            line.append(byte)
        }
        if needsQuotes { line.append(quote) }
    }

    private static let quote = UInt8(ascii: "\"")
    private static let special: [UInt8] = [quote, UInt8(ascii: ";"), 0x0A, 0x0D]
    /// What OWASP lists as the start of a formula ("CSV injection").
    private static let formulaStarts: [UInt8] = [
        UInt8(ascii: "="), UInt8(ascii: "+"), UInt8(ascii: "-"), UInt8(ascii: "@"), 0x09, 0x0D,
    ]
}

extension Decimal {
    fileprivate var isFinite: Bool { !isNaN && !isInfinite }
}
