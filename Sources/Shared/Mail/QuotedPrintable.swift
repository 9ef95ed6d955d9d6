/// Quoted-printable of RFC 2045: text as lines of at most 76 ASCII characters that survive every mail server.
enum QuotedPrintable {
    private static let width = 76

    /// Any of LF, CR LF and CR in the text ends a line; the result has CR LF.
    static func encode(_ text: String) -> [UInt8] {
        var output: [UInt8] = []
        output.reserveCapacity(text.utf8.count * 5 / 4)
        var column = 0
        let bytes = Array(text.utf8)
        var index = 0
        while index < bytes.count {
            let byte = bytes[index]
            index += 1
            if byte == carriageReturn || byte == lineFeed {
                if byte == carriageReturn, index < bytes.count, bytes[index] == lineFeed { index += 1 }
                output += [carriageReturn, lineFeed]
                column = 0
                continue
            }
            let endsLine = index == bytes.count || bytes[index] == carriageReturn || bytes[index] == lineFeed
            let isLiteral = isLiteral(byte, endsLine: endsLine)
            let columns = isLiteral ? 1 : 3
            // One column stays free for the soft break.
            if column + columns > width - 1 {
                output += [equals, carriageReturn, lineFeed]
                column = 0
            }
            if isLiteral {
                output.append(byte)
            } else {
                output.append(equals)
                output.append(digit(byte >> 4))
                output.append(digit(byte & 15))
            }
            column += columns
        }
        return output
    }

    private static let carriageReturn: UInt8 = 0x0D
    private static let lineFeed: UInt8 = 0x0A
    private static let equals: UInt8 = 0x3D

    /// Blanks at the end of a line are escaped: servers strip them.
    private static func isLiteral(_ byte: UInt8, endsLine: Bool) -> Bool {
        switch byte {
        case equals: false
        case 0x21...0x7E: true
        case 0x20, 0x09: !endsLine
        default: false
        }
    }

    /// RFC 2045: capital letters.
    private static func digit(_ value: UInt8) -> UInt8 { value < 10 ? 0x30 + value : 0x41 + value - 10 }
}
