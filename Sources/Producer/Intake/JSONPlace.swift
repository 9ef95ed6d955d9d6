import Foundation

/// Finds where a text stops being JSON (RFC 8259) that can be kept, and why. Foundation's decoder says that it does, and
/// not where; and of two members with one name it takes the first, where PostgreSQL takes the last.
struct JSONPlace {
    /// What is wrong with the text at a place, counted from 1 in lines and characters.
    struct Fault: Hashable {
        let line: Int
        let column: Int
        let reason: Reason
    }

    enum Reason: String, Error {
        case syntax = "it stops being JSON"
        case depth = "it is nested deeper than 64 levels"
        case encoding = "it stops being UTF-8"
        case surrogate = "half of a surrogate pair stands alone"
        case number = "a number is too large for any computer's arithmetic"
        case duplicate = "a member's name comes a second time"
    }

    let bytes: [UInt8]
    var at = 0

    /// Deeper texts are refused before they cost a stack.
    private static let maximumDepth = 64

    /// The first fault; nil when all of the text can be kept.
    static func fault(in bytes: [UInt8]) -> Fault? {
        var scanner = JSONPlace(bytes: bytes)
        var reason = Reason.syntax
        do throws(Reason) {
            try scanner.value(depth: 0)
            scanner.skipSpace()
            if scanner.at == bytes.count { return nil }
        } catch {
            reason = error
        }
        let before = bytes[..<min(scanner.at, bytes.count)]
        let line = before.count { $0 == UInt8(ascii: "\n") } + 1
        let start = before.lastIndex(of: UInt8(ascii: "\n")).map { $0 + 1 } ?? 0
        // Characters, not bytes: continuation bytes do not count.
        return Fault(line: line, column: before[start...].count { $0 & 0xC0 != 0x80 } + 1, reason: reason)
    }

    private init(bytes: [UInt8]) {
        self.bytes = bytes
    }

    var next: UInt8? { at < bytes.count ? bytes[at] : nil }

    private mutating func skipSpace() {
        while let byte = next, [0x20, 0x09, 0x0A, 0x0D].contains(byte) { at += 1 }
    }

    mutating func take(_ byte: UInt8) throws(Reason) {
        guard next == byte else { throw .syntax }
        at += 1
    }

    private mutating func value(depth: Int) throws(Reason) {
        skipSpace()
        guard let byte = next else { throw .syntax }
        guard depth < Self.maximumDepth else { throw .depth }
        switch byte {
        case UInt8(ascii: "{"): try object(depth)
        case UInt8(ascii: "["):
            try list(closedBy: UInt8(ascii: "]")) { (scanner) throws(Reason) in
                try scanner.value(depth: depth + 1)
            }
        case UInt8(ascii: "\""): try string()
        case UInt8(ascii: "t"): for byte in Array("true".utf8) { try take(byte) }
        case UInt8(ascii: "f"): for byte in Array("false".utf8) { try take(byte) }
        case UInt8(ascii: "n"): for byte in Array("null".utf8) { try take(byte) }
        default: try number()
        }
    }

    private mutating func object(_ depth: Int) throws(Reason) {
        var names: Set<String> = []
        try list(closedBy: UInt8(ascii: "}")) { (scanner) throws(Reason) in
            scanner.skipSpace()
            let start = scanner.at
            try scanner.string()
            guard names.insert(Self.text(scanner.bytes[start..<scanner.at])).inserted else {
                scanner.at = start
                throw .duplicate
            }
            scanner.skipSpace()
            try scanner.take(UInt8(ascii: ":"))
            try scanner.value(depth: depth + 1)
        }
    }

    private mutating func list(
        closedBy end: UInt8,
        of item: (inout JSONPlace) throws(Reason) -> Void
    ) throws(Reason) {
        at += 1
        skipSpace()
        if next == end {
            at += 1
            return
        }
        while true {
            try item(&self)
            skipSpace()
            if next == end {
                at += 1
                return
            }
            try take(UInt8(ascii: ","))
        }
    }

    /// What a scanned string says; only one with an escape needs the decoder.
    private static func text(_ quoted: ArraySlice<UInt8>) -> String {
        if quoted.contains(UInt8(ascii: "\\")),
            let text = try? JSONDecoder().decode(String.self, from: Data(quoted))
        {
            return text
        }
        return String(decoding: quoted.dropFirst().dropLast(), as: UTF8.self)
    }

    private mutating func number() throws(Reason) {
        let start = at
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
        guard let value = Double(String(decoding: bytes[start..<at], as: UTF8.self)), value.isFinite else {
            at = start
            throw .number
        }
    }

    private mutating func digits() throws(Reason) {
        let start = at
        while let byte = next, (UInt8(ascii: "0")...UInt8(ascii: "9")).contains(byte) { at += 1 }
        if at == start { throw .syntax }
    }
}
