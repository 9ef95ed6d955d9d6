import Foundation

/// `Content-Disposition` of an attachment: its name in full (RFC 2231) and, for old readers, in ASCII.
enum DispositionField {
    /// Bytes of one section of the name, so that a line stays below 76 columns.
    private static let sectionWidth = 48

    static func line(filename: HeaderText) -> String {
        // The full name first: some parsers take the first of the two and forget the other.
        var parts = extended(filename.text).map { $0 + ";" }
        parts.append("filename=\"\(ascii(filename.text))\"")
        return HeaderField.folded("Content-Disposition", ["attachment;"] + parts)
    }

    private static func extended(_ name: String) -> [String] {
        var sections = [""]
        for scalar in name.unicodeScalars {
            // Per character, not per byte: readers may decode the sections one by one.
            let encoded = String(scalar).utf8.map(percentEncoded).joined()
            if (sections.last?.utf8.count ?? 0) + encoded.utf8.count > sectionWidth { sections.append("") }
            sections[sections.count - 1] += encoded
        }
        if sections.count == 1 { return ["filename*=UTF-8''\(sections[0])"] }
        return sections.enumerated().map { index, section in
            "filename*\(index)*=\(index == 0 ? "UTF-8''" : "")\(section)"
        }
    }

    private static func percentEncoded(_ byte: UInt8) -> String {
        switch byte {
        case 0x30...0x39, 0x41...0x5A, 0x61...0x7A, 0x2D, 0x2E, 0x5F: String(UnicodeScalar(byte))
        default: "%" + (byte < 16 ? "0" : "") + String(byte, radix: 16, uppercase: true)
        }
    }

    /// Letters without their accents, and `_` for what has no ASCII form; at most 60 characters, its ending kept.
    private static func ascii(_ name: String) -> String {
        let bytes = name.decomposedStringWithCanonicalMapping.unicodeScalars.compactMap { scalar -> Character? in
            if scalar.properties.generalCategory == .nonspacingMark { return nil }
            let isPlain = scalar.isASCII && scalar != "\"" && scalar != "\\" && scalar != "%"
            return isPlain ? Character(scalar) : "_"
        }
        return String(bytes.count <= 60 ? bytes : Array(bytes.prefix(40) + bytes.suffix(20)))
    }
}
