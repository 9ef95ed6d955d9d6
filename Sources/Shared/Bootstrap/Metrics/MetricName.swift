/// Names and labels as Prometheus' text format 0.0.4 wants them.
enum MetricName {
    /// `[a-zA-Z_:][a-zA-Z0-9_:]*`; other characters become `_`.
    static func metric(_ name: String) -> String { sanitized(name, allowColon: true) }

    /// `[a-zA-Z_][a-zA-Z0-9_]*`; other characters become `_`.
    static func label(_ name: String) -> String { sanitized(name, allowColon: false) }

    /// `{a="1",b="2"}`, sorted; empty without labels.
    static func labels(_ dimensions: [(String, String)]) -> String {
        guard !dimensions.isEmpty else { return "" }
        let parts = dimensions.map { "\(label($0.0))=\"\(escaped($0.1))\"" }.sorted()
        return "{" + parts.joined(separator: ",") + "}"
    }

    /// One more label in front of those of `labels`.
    static func labels(_ labels: String, adding name: String, _ value: String) -> String {
        let rest = labels.isEmpty ? "}" : "," + labels.dropFirst()
        return "{\(name)=\"\(value)\"" + rest
    }

    /// The shortest text that reads back as the same number.
    static func number(_ value: Double) -> String {
        if value.isNaN { return "NaN" }
        if value.isInfinite { return value < 0 ? "-Inf" : "+Inf" }
        return Int64(exactly: value).map(String.init) ?? String(value)
    }

    private static func sanitized(_ name: String, allowColon: Bool) -> String {
        var result = String(
            name.unicodeScalars.map { scalar -> Character in
                let isAllowed = scalar.isASCII && (scalar.properties.isAlphabetic || ("0"..."9").contains(scalar))
                return isAllowed || (allowColon && scalar == ":") ? Character(scalar) : "_"
            }
        )
        if result.first?.isNumber ?? true { result = "_" + result }
        return result
    }

    /// Label values are cut at 128 characters: a longer one is a text that slipped in.
    private static func escaped(_ value: String) -> String {
        value.prefix(128).reduce(into: "") { result, character in
            switch character {
            case "\\": result += "\\\\"
            case "\"": result += "\\\""
            case "\n", "\r\n", "\r": result += "\\n"
            default: result.append(character)
            }
        }
    }
}
