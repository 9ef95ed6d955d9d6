extension JSONPlace {
    /// One string, its quotes included.
    mutating func string() throws(Reason) {
        try take(UInt8(ascii: "\""))
        while let byte = next {
            switch byte {
            case UInt8(ascii: "\""):
                at += 1
                return
            case UInt8(ascii: "\\"): try escape()
            case 0..<0x20: throw .syntax
            case 0x20..<0x80: at += 1
            default: try character()
            }
        }
        throw .syntax
    }

    private mutating func escape() throws(Reason) {
        let start = at
        at += 1
        guard let letter = next, Array("\"\\/bfnrtu".utf8).contains(letter) else { throw .syntax }
        at += 1
        guard letter == UInt8(ascii: "u") else { return }
        let unit = try codeUnit()
        guard UTF16.isLeadSurrogate(unit) || UTF16.isTrailSurrogate(unit) else { return }
        if UTF16.isLeadSurrogate(unit), next == UInt8(ascii: "\\") {
            at += 1
            try take(UInt8(ascii: "u"))
            if UTF16.isTrailSurrogate(try codeUnit()) { return }
        }
        at = start
        throw .surrogate
    }

    private mutating func codeUnit() throws(Reason) -> UInt16 {
        var unit: UInt16 = 0
        for _ in 0..<4 {
            guard let digit = next, let value = Character(UnicodeScalar(digit)).hexDigitValue else { throw .syntax }
            unit = unit << 4 | UInt16(value)
            at += 1
        }
        return unit
    }

    /// One character beyond ASCII.
    private mutating func character() throws(Reason) {
        var iterator = bytes[at..<min(at + 4, bytes.count)].makeIterator()
        var parser = UTF8.ForwardParser()
        guard case .valid(let encoded) = parser.parseScalar(from: &iterator) else { throw .encoding }
        at += encoded.count
    }
}
