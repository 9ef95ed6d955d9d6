import Logging

/// Builds one log line, byte by byte: a general JSON encoder would cost a dictionary and several copies per line.
struct LogLine {
    private(set) var bytes: [UInt8] = []

    private static let maximumText = 8 * 1024
    private static let maximumEntries = 64
    private static let maximumDepth = 4

    mutating func appendJSON(
        time: String,
        level: Logger.Level,
        label: String,
        message: String,
        _ metadata: Logger.Metadata
    ) {
        append("{\"time\":\"\(time)\",\"level\":\"\(level.rawValue)\",\"label\":")
        appendQuoted(label)
        append(",\"message\":")
        appendQuoted(message)
        if !metadata.isEmpty {
            append(",\"metadata\":")
            appendJSON(.dictionary(metadata), depth: 0)
        }
        append("}\n")
    }

    mutating func appendText(
        time: String,
        level: Logger.Level,
        label: String,
        message: String,
        _ metadata: Logger.Metadata
    ) {
        append("\(time) \(level.rawValue) \(label): ")
        appendEscaped(message)
        for (key, value) in metadata.sorted(by: { $0.key < $1.key }).prefix(Self.maximumEntries) {
            append(" ")
            appendEscaped(key)
            append("=")
            if case .string(let text) = value, text.allSatisfy({ $0.isLetter || $0.isNumber || "-_.:/".contains($0) }) {
                appendEscaped(text)
            } else {
                appendJSON(value, depth: 1)
            }
        }
        append("\n")
    }

    private mutating func appendJSON(_ value: Logger.MetadataValue, depth: Int) {
        switch value {
        case .string(let text):
            appendQuoted(text)
        case .stringConvertible(let convertible):
            appendQuoted(convertible.description)
        case .dictionary(let entries):
            guard depth < Self.maximumDepth else { return appendQuoted("…") }
            append("{")
            // Sorted, so that equal events give equal lines.
            for (index, (key, value)) in entries.sorted(by: { $0.key < $1.key }).prefix(Self.maximumEntries)
                .enumerated()
            {
                if index > 0 { append(",") }
                appendQuoted(key)
                append(":")
                appendJSON(value, depth: depth + 1)
            }
            append("}")
        case .array(let values):
            guard depth < Self.maximumDepth else { return appendQuoted("…") }
            append("[")
            for (index, value) in values.prefix(Self.maximumEntries).enumerated() {
                if index > 0 { append(",") }
                appendJSON(value, depth: depth + 1)
            }
            append("]")
        }
    }

    mutating func appendQuoted(_ text: String) {
        append("\"")
        appendEscaped(text)
        append("\"")
    }

    /// Escapes what JSON does not allow inside a string, and cuts between characters.
    private mutating func appendEscaped(_ text: String) {
        let end = bytes.count + Self.maximumText
        for scalar in text.unicodeScalars {
            guard bytes.count < end else { return append("…") }
            switch scalar {
            case "\"": append("\\\"")
            case "\\": append("\\\\")
            case "\n": append("\\n")
            case "\r": append("\\r")
            case "\t": append("\\t")
            case "\u{0}"..<"\u{20}", "\u{7F}":
                let hex = String(scalar.value, radix: 16)
                append("\\u" + String(repeating: "0", count: 4 - hex.count) + hex)
            default: bytes.append(contentsOf: UTF8.encode(scalar) ?? UTF8.encodedReplacementCharacter)
            }
        }
    }

    private mutating func append(_ text: String) {
        bytes.append(contentsOf: text.utf8)
    }
}
