extension Setting where Value == String {
    /// A text of at least one character. Required when it has no default.
    package static func string(
        _ key: String,
        default standard: String? = nil,
        secret: Bool = false,
        expected: String = "a text",
        doc: String
    ) -> Setting {
        Setting(
            key: key,
            doc: doc,
            isSecret: secret,
            expected: expected,
            standard: standard,
            placeholder: "",
            parse: { $0 },
            show: { $0 }
        )
    }

    /// A URL with one of `schemes`, kept as the text it was given: libpq and the broker's client accept several
    /// hosts in one URL, which Foundation's `URL` does not.
    package static func url(
        _ key: String,
        schemes: [String],
        default standard: String? = nil,
        secret: Bool = false,
        doc: String
    ) -> Setting {
        Setting(
            key: key,
            doc: doc,
            isSecret: secret,
            expected: "a URL that starts with " + schemes.map { "\($0)://" }.joined(separator: " or ")
                + " and has no blank in it",
            standard: standard,
            placeholder: "",
            parse: { text in
                guard let end = text.firstRange(of: "://"), end.upperBound < text.endIndex else { return nil }
                guard schemes.contains(text[..<end.lowerBound].lowercased()) else { return nil }
                return text.unicodeScalars.contains { $0.value <= 0x20 || $0.value == 0x7F } ? nil : text
            },
            show: { $0 }
        )
    }
}

extension Setting where Value == String? {
    /// A text that may be missing.
    package static func optionalString(
        _ key: String,
        secret: Bool = false,
        expected: String = "a text",
        doc: String
    ) -> Setting {
        Setting(
            key: key,
            doc: doc,
            isSecret: secret,
            expected: expected,
            standard: .some(nil),
            placeholder: nil,
            parse: { $0 },
            show: { $0 ?? "" }
        )
    }
}

extension Setting where Value == Int {
    /// A whole number within limits.
    package static func int(
        _ key: String,
        in limits: ClosedRange<Int>,
        default standard: Int? = nil,
        doc: String
    ) -> Setting {
        Setting(
            key: key,
            doc: doc,
            isSecret: false,
            expected: "a whole number from \(limits.lowerBound) to \(limits.upperBound)",
            standard: standard,
            placeholder: limits.lowerBound,
            parse: { Int($0).flatMap { limits.contains($0) ? $0 : nil } },
            show: { String($0) }
        )
    }
}

extension Setting where Value == Duration {
    /// A span of time with its unit, such as `25s`, `500ms` or `10m`, within limits.
    package static func duration(
        _ key: String,
        in limits: ClosedRange<Duration>,
        default standard: Duration? = nil,
        doc: String
    ) -> Setting {
        let from = DurationText.show(limits.lowerBound)
        let to = DurationText.show(limits.upperBound)
        return Setting(
            key: key,
            doc: doc,
            isSecret: false,
            expected: "a duration from \(from) to \(to), such as 500ms, 25s, 10m, 2h or 7d",
            standard: standard,
            placeholder: limits.lowerBound,
            parse: { DurationText.parse($0).flatMap { limits.contains($0) ? $0 : nil } },
            show: { DurationText.show($0) }
        )
    }
}

extension Setting where Value == Bool {
    /// Yes or no.
    package static func bool(_ key: String, default standard: Bool, doc: String) -> Setting {
        Setting(
            key: key,
            doc: doc,
            isSecret: false,
            expected: "true or false",
            standard: standard,
            placeholder: standard,
            parse: { text in
                switch text.lowercased() {
                case "true", "yes", "on", "1": true
                case "false", "no", "off", "0": false
                default: nil
                }
            },
            show: { String($0) }
        )
    }
}

extension Setting where Value: CaseIterable & RawRepresentable<String> {
    /// One of the words of an enumeration.
    package static func choice(_ key: String, default standard: Value, doc: String) -> Setting {
        Setting(
            key: key,
            doc: doc,
            isSecret: false,
            expected: "one of " + Value.allCases.map(\.rawValue).joined(separator: ", "),
            standard: standard,
            placeholder: standard,
            parse: { Value(rawValue: $0.lowercased()) },
            show: { $0.rawValue }
        )
    }
}
