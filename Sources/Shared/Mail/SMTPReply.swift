/// A server's reply, without its text: the text quotes addresses.
package struct SMTPReply: Sendable, Hashable {
    package let code: Int
    /// Status of RFC 3463, such as `4.2.2`.
    package let enhanced: String?

    package init(code: Int, enhanced: String?) {
        self.code = code
        self.enhanced = enhanced
    }

    /// Reads the last line of a reply; nil for the lines before it and for what is no reply.
    init?(line: some Collection<UInt8>) {
        let digits = line.prefix(3)
        guard digits.count == 3, digits.allSatisfy({ (0x30...0x39).contains($0) }) else { return nil }
        let rest = line.dropFirst(3)
        if let separator = rest.first, ![0x20, 0x0D, 0x0A].contains(separator) { return nil }
        code = digits.reduce(0) { $0 * 10 + Int($1) - 0x30 }
        let word = rest.dropFirst().prefix { $0 > 0x20 }
        enhanced = Self.isEnhanced(word) ? String(decoding: word, as: UTF8.self) : nil
    }

    /// Reads `SIZE n` out of a line of the reply to EHLO; nil for other lines, and where no limit is announced: without
    /// a number, with 0, or with one that no message reaches.
    static func sizeLimit(line: some Collection<UInt8>) -> Int? {
        let words = line.dropFirst(4).split { $0 <= 0x20 }.prefix(2).map { String(decoding: $0, as: UTF8.self) }
        guard words.count == 2, words[0].uppercased() == "SIZE", let limit = Int(words[1]) else { return nil }
        return limit > 0 ? limit : nil
    }

    /// `class.subject.detail`: 2, 4 or 5, then twice one to three digits.
    private static func isEnhanced(_ word: some Collection<UInt8>) -> Bool {
        let parts = word.split(separator: 0x2E, omittingEmptySubsequences: false)
        guard parts.count == 3, let kind = parts.first, kind.count == 1, let first = kind.first else { return false }
        return [0x32, 0x34, 0x35].contains(first)
            && parts.dropFirst().allSatisfy { part in
                (1...3).contains(part.count) && part.allSatisfy { (0x30...0x39).contains($0) }
            }
    }
}
