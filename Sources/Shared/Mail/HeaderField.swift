import Foundation

/// Header lines as RFC 5322 and RFC 2047 want them: folded at 76 columns, ASCII only.
enum HeaderField {
    private static let width = 76
    /// RFC 2047: an encoded word, delimiters included, has at most 75 characters.
    private static let longestEncodedWord = 75
    private static let encodedWordFrame = "=?UTF-8?B??=".utf8.count

    /// A header of free text.
    static func unstructured(_ name: String, _ value: HeaderText) -> String {
        let words = plainWords(value.text) ?? encodedWords(value.text, column: name.utf8.count + 2)
        return folded(name, words)
    }

    /// A header with one mailbox.
    static func mailbox(_ name: String, _ value: MailAddress) -> String {
        guard let shown = value.name?.text else { return folded(name, [value.address]) }
        return folded(name, phrase(shown, column: name.utf8.count + 2) + ["<\(value.address)>"])
    }

    /// A header whose parts are ASCII already and may be separated by line breaks.
    static func folded(_ name: String, _ words: [String]) -> String {
        var result = name + ":"
        var column = result.utf8.count
        for word in words {
            if column + 1 + word.utf8.count > width, column > 1 {
                result += "\r\n"
                column = 0
            }
            result += " " + word
            column += 1 + word.utf8.count
        }
        return result + "\r\n"
    }

    /// The date as RFC 5322 writes it, in UTC, whatever the locale of the machine.
    static func date(_ date: Date) -> String {
        var calendar = Calendar(identifier: .gregorian)
        calendar.timeZone = .gmt
        let parts = calendar.dateComponents([.weekday, .day, .month, .year, .hour, .minute, .second], from: date)
        let weekdays = ["Sun", "Mon", "Tue", "Wed", "Thu", "Fri", "Sat"]
        let months = ["Jan", "Feb", "Mar", "Apr", "May", "Jun", "Jul", "Aug", "Sep", "Oct", "Nov", "Dec"]
        let clock = [parts.hour, parts.minute, parts.second].map { twoDigits($0 ?? 0) }.joined(separator: ":")
        let weekday = weekdays[((parts.weekday ?? 1) - 1) % weekdays.count]
        let month = months[((parts.month ?? 1) - 1) % months.count]
        return "\(weekday), \(parts.day ?? 1) \(month) \(parts.year ?? 1970) \(clock) +0000"
    }

    private static func twoDigits(_ number: Int) -> String { number < 10 ? "0\(number)" : "\(number)" }

    /// The words of a text that needs no encoding, or nil. Spaces at the ends or in a row would not survive folding, an
    /// overlong word could not be folded, and `=?` would be taken for an encoded word.
    private static func plainWords(_ text: String) -> [String]? {
        guard text.utf8.allSatisfy({ (0x20...0x7E).contains($0) }), !text.contains("=?") else { return nil }
        let words = text.split(separator: " ", omittingEmptySubsequences: false).map(String.init)
        return words.allSatisfy { !$0.isEmpty && $0.utf8.count < 60 } ? words : nil
    }

    /// A name as a quoted string, or encoded when it is not ASCII or too long for a line.
    private static func phrase(_ text: String, column: Int) -> [String] {
        guard text.utf8.count < 60, text.utf8.allSatisfy({ (0x20...0x7E).contains($0) }), !text.contains("=?") else {
            return encodedWords(text, column: column)
        }
        let escaped = text.replacing("\\", with: "\\\\").replacing("\"", with: "\\\"")
        return ["\"\(escaped)\""]
    }

    /// The text in base64 words. A word never splits a character: each must be decodable alone.
    private static func encodedWords(_ text: String, column: Int) -> [String] {
        var words: [String] = []
        var bytes: [UInt8] = []
        // The first word shares its line with the header's name.
        var room = capacity(min(longestEncodedWord, width - column))
        for scalar in text.unicodeScalars {
            let next = Array(String(scalar).utf8)
            if bytes.count + next.count > room {
                words.append(encodedWord(bytes))
                bytes = []
                room = capacity(longestEncodedWord)
            }
            bytes += next
        }
        return words + [encodedWord(bytes)]
    }

    private static func capacity(_ columns: Int) -> Int { (columns - encodedWordFrame) / 4 * 3 }

    private static func encodedWord(_ bytes: [UInt8]) -> String {
        "=?UTF-8?B?\(Data(bytes).base64EncodedString())?="
    }
}
