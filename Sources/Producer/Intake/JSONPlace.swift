/// Finds where a text stops being JSON (RFC 8259). Foundation's decoder says that it does, and not where.
struct JSONPlace {
    private let bytes: [UInt8]
    private var at = 0

    /// Deeper texts are refused before they cost a stack.
    static let maximumDepth = 64

    private struct Stop: Error {}

    /// Line and column, from 1, of the first byte that cannot continue the text; nil when all of it is JSON.
    static func fault(in bytes: [UInt8]) -> (line: Int, column: Int)? {
        var scanner = JSONPlace(bytes)
        do {
            try scanner.value(depth: 0)
            scanner.skipSpace()
            if scanner.at == bytes.count { return nil }
        } catch {}
        let before = bytes[..<min(scanner.at, bytes.count)]
        let line = before.count { $0 == UInt8(ascii: "\n") } + 1
        let start = before.lastIndex(of: UInt8(ascii: "\n")).map { $0 + 1 } ?? 0
        // Characters, not bytes: continuation bytes do not count.
        return (line, before[start...].count { $0 & 0xC0 != 0x80 } + 1)
    }

    private init(_ bytes: [UInt8]) {
        self.bytes = bytes
    }

    private var next: UInt8? { at < bytes.count ? bytes[at] : nil }

    private mutating func skipSpace() {
        while let byte = next, [0x20, 0x09, 0x0A, 0x0D].contains(byte) { at += 1 }
    }

    private mutating func take(_ byte: UInt8) throws(Stop) {
        guard next == byte else { throw Stop() }
        at += 1
    }

    private mutating func value(depth: Int) throws(Stop) {
        skipSpace()
        guard let byte = next, depth < Self.maximumDepth else { throw Stop() }
        switch byte {
        case UInt8(ascii: "{"): try list(closedBy: UInt8(ascii: "}"), depth, isObject: true)
        case UInt8(ascii: "["): try list(closedBy: UInt8(ascii: "]"), depth, isObject: false)
        case UInt8(ascii: "\""): try string()
        case UInt8(ascii: "t"): for byte in Array("true".utf8) { try take(byte) }
        case UInt8(ascii: "f"): for byte in Array("false".utf8) { try take(byte) }
        case UInt8(ascii: "n"): for byte in Array("null".utf8) { try take(byte) }
        default: try number()
        }
    }

    private mutating func list(closedBy end: UInt8, _ depth: Int, isObject: Bool) throws(Stop) {
        at += 1
        skipSpace()
        if next == end {
            at += 1
            return
        }
        while true {
            if isObject {
                skipSpace()
                try string()
                skipSpace()
                try take(UInt8(ascii: ":"))
            }
            try value(depth: depth + 1)
            skipSpace()
            if next == end {
                at += 1
                return
            }
            try take(UInt8(ascii: ","))
        }
    }

    private mutating func string() throws(Stop) {
        try take(UInt8(ascii: "\""))
        while let byte = next {
            switch byte {
            case UInt8(ascii: "\""):
                at += 1
                return
            case UInt8(ascii: "\\"):
                at += 1
                guard let escape = next, Array("\"\\/bfnrtu".utf8).contains(escape) else { throw Stop() }
                at += 1
                if escape == UInt8(ascii: "u") {
                    for _ in 0..<4 {
                        guard let digit = next, Character(UnicodeScalar(digit)).isHexDigit else { throw Stop() }
                        at += 1
                    }
                }
            case 0..<0x20: throw Stop()
            default: at += 1
            }
        }
        throw Stop()
    }

    private mutating func number() throws(Stop) {
        if next == UInt8(ascii: "-") { at += 1 }
        if next == UInt8(ascii: "0") { at += 1 } else { try digits() }
        if next == UInt8(ascii: ".") {
            at += 1
            try digits()
        }
        if next == UInt8(ascii: "e") || next == UInt8(ascii: "E") {
            at += 1
            if next == UInt8(ascii: "+") || next == UInt8(ascii: "-") { at += 1 }
            try digits()
        }
    }

    private mutating func digits() throws(Stop) {
        let start = at
        while let byte = next, (UInt8(ascii: "0")...UInt8(ascii: "9")).contains(byte) { at += 1 }
        if at == start { throw Stop() }
    }
}
