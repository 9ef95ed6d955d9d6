/// Reads the rows of a `.csv` file as its bytes come, piece by piece: `;` between fields, UTF-8 with or without a byte
/// order mark, CRLF or LF at line ends, quoting as in RFC 4180. Lines without anything in them are passed over.
///
/// What is wrong with a field is told of that field, and reading goes on behind it: whoever mends a file wants to know
/// all that is wrong with it. Memory is bounded, whatever the bytes are.
package struct CSVReader {
    /// One row.
    package struct Row: Sendable, Hashable {
        /// The line in which it begins, from 1; a quoted field may go over several.
        package let line: Int
        /// The first ``CSVReader/maximumFields`` fields.
        package let fields: [Field]
        /// How many fields there are in all.
        package let width: Int
    }

    package enum Field: Sendable, Hashable {
        case text(String)
        case broken(Damage)
    }

    package enum Damage: String, Sendable, Hashable {
        case encoding = "bytes that are not UTF-8"
        case quotes = "quotes that do not stand around the whole"
        case unclosed = "quotes that are never closed"
        case length = "too many bytes"
    }

    private enum State {
        /// Nothing of the field has come yet.
        case start
        case plain
        case quoted
        /// After quotes within quotes: the end of the field, or the first of two that stand for one.
        case closing
    }

    /// Bytes of a field that are kept; more of them are damage.
    package static let maximumField = 4096
    /// Fields of a row that are kept.
    package static let maximumFields = 100

    private static let mark: [UInt8] = [0xEF, 0xBB, 0xBF]
    private static let quote = UInt8(ascii: "\"")
    private static let separator = UInt8(ascii: ";")
    private static let carriageReturn: UInt8 = 0x0D
    private static let lineFeed: UInt8 = 0x0A

    private var state = State.start
    private var damage: Damage?
    private var field: [UInt8] = []
    private var fields: [Field] = []
    private var width = 0
    private var line = 1
    private var firstLine = 1
    /// A carriage return whose line feed may follow.
    private var hasReturn = false
    /// The beginning of the file, while it may be the byte order mark.
    private var head: [UInt8]? = []
    private var rows: [Row] = []

    package init() {}

    /// Reads on, and answers the rows that end in these bytes.
    package mutating func read(_ bytes: some Sequence<UInt8>) -> [Row] {
        for byte in bytes {
            if head == nil { take(byte) } else { takeFirst(byte) }
        }
        return ended()
    }

    /// Ends the file, and answers the row that no line end follows, if there is one.
    package mutating func finish() -> [Row] {
        endHead()
        hasReturn = false
        if state == .quoted { damage = .unclosed }
        if width > 0 || state != .start { endRow() }
        return ended()
    }

    private mutating func ended() -> [Row] {
        defer { rows = [] }
        return rows
    }

    private mutating func takeFirst(_ byte: UInt8) {
        head?.append(byte)
        guard let read = head, Self.mark.starts(with: read) else { return endHead() }
        if read == Self.mark { head = nil }
    }

    private mutating func endHead() {
        let read = head ?? []
        head = nil
        for byte in read { take(byte) }
    }

    private mutating func take(_ byte: UInt8) {
        if state == .quoted { return takeQuoted(byte) }
        if hasReturn {
            hasReturn = false
            if byte != Self.lineFeed { takePlain(Self.carriageReturn) }
        }
        switch byte {
        case Self.lineFeed:
            endRow()
            line += 1
            firstLine = line
        case Self.carriageReturn:
            hasReturn = true
        case Self.separator:
            endField()
        case Self.quote where state == .start:
            state = .quoted
        case Self.quote where state == .closing:
            keep(byte)
            state = .quoted
        case Self.quote:
            damage = damage ?? .quotes
        default:
            takePlain(byte)
        }
    }

    private mutating func takeQuoted(_ byte: UInt8) {
        if byte == Self.quote {
            state = .closing
            return
        }
        if byte == Self.lineFeed { line += 1 }
        keep(byte)
    }

    private mutating func takePlain(_ byte: UInt8) {
        if state == .closing { damage = damage ?? .quotes }
        state = .plain
        keep(byte)
    }

    private mutating func keep(_ byte: UInt8) {
        if field.count < Self.maximumField { field.append(byte) } else { damage = damage ?? .length }
    }

    private mutating func endField() {
        width += 1
        if width <= Self.maximumFields {
            if let damage {
                fields.append(.broken(damage))
            } else if let text = String(validating: field, as: UTF8.self) {
                fields.append(.text(text))
            } else {
                fields.append(.broken(.encoding))
            }
        }
        field.removeAll(keepingCapacity: true)
        damage = nil
        state = .start
    }

    private mutating func endRow() {
        let isBlank = width == 0 && state == .start
        endField()
        if !isBlank { rows.append(Row(line: firstLine, fields: fields, width: width)) }
        fields.removeAll(keepingCapacity: true)
        width = 0
    }
}
