/// One argument of a kind: its name, its type and whether it must be there.
package struct ArgumentField: Sendable, Hashable {
    package enum Shape: Sendable, Hashable {
        /// The positive id of a row.
        case id
        /// The id of a job or a file.
        case uuid
        case integer(ClosedRange<Int64>)
        /// Text of 1 to `maxLength` characters without control characters, but for the tabs and line breaks that stand
        /// around what somebody has copied.
        case text(maxLength: Int)
        case boolean
        /// One of the values; `named` is what an error message calls them when the list is too long to print.
        case oneOf([String], named: String)
    }

    package let name: String
    package let shape: Shape
    package let isRequired: Bool

    package init(_ name: String, _ shape: Shape, required: Bool = false) {
        self.name = name
        self.shape = shape
        self.isRequired = required
    }

    /// What was expected of a field and what came instead, in words; values are named by type only, because an
    /// argument may be an address.
    package struct Fault: Sendable, Hashable {
        package let field: String
        package let expected: String
        package let got: String

        package init(field: String, expected: String, got: String) {
            self.field = field
            self.expected = expected
            self.got = got
        }

        /// The fault as a job may keep it: without the name of an unknown argument, which may be anything.
        var words: String {
            let words = "expected \(expected), got \(got)"
            return got == Self.unknown ? words : "\(field): \(words)"
        }

        fileprivate static let unknown = "an unknown argument"
    }

    /// All that is wrong with `arguments`; empty when they may be enqueued.
    package static func faults(in arguments: [String: JSONValue], fields: [ArgumentField]) -> [Fault] {
        var faults: [Fault] = []
        for field in fields {
            guard let value = arguments[field.name], value != .null else {
                if field.isRequired {
                    faults.append(Fault(field: field.name, expected: field.expectation, got: "nothing"))
                }
                continue
            }
            if let got = field.mismatch(value) {
                faults.append(Fault(field: field.name, expected: field.expectation, got: got))
            }
        }
        let known = Set(fields.map(\.name))
        for name in arguments.keys.sorted() where !known.contains(name) {
            let expected = expectation(ofNames: fields)
            faults.append(Fault(field: String(name.prefix(100)), expected: expected, got: Fault.unknown))
        }
        return faults
    }

    /// What arguments there may be, in words.
    static func expectation(ofNames fields: [ArgumentField]) -> String {
        let list = fields.map(\.name).joined(separator: ", ")
        return list.isEmpty ? "no argument" : "only \(list)"
    }

    /// The expectation in words, as problem documents print it.
    package var expectation: String {
        switch shape {
        case .id: "a positive integer"
        case .uuid: "a UUID such as 0190b6a2-1c5e-7d3a-9f60-2b1c4d5e6f70"
        case .integer(let range): "an integer from \(range.lowerBound) to \(range.upperBound)"
        case .text(let length): "a string of 1 to \(length) characters without control characters"
        case .boolean: "true or false"
        case .oneOf(let values, let named):
            values.count <= 12 ? "one of " + values.joined(separator: ", ") : named
        }
    }

    private func mismatch(_ value: JSONValue) -> String? {
        switch (shape, value) {
        case (.id, .integer(let number)):
            number > 0 ? nil : "an integer below 1"
        case (.uuid, .string(let text)):
            JobID(text) == nil ? "another string" : nil
        case (.integer(let range), .integer(let number)):
            range.contains(number) ? nil : "an integer out of range"
        case (.text(let length), .string(let text)):
            Self.textMismatch(text, length)
        case (.boolean, .boolean):
            nil
        case (.oneOf(let values, _), .string(let text)):
            values.contains(text) ? nil : "another string"
        default:
            value.typeName
        }
    }

    private static func textMismatch(_ text: String, _ length: Int) -> String? {
        if text.isEmpty { return "an empty string" }
        // Characters can be arbitrarily long clusters: scalars bound the bytes as well.
        if text.unicodeScalars.count > length { return "a string of \(text.unicodeScalars.count) characters" }
        if trimmed(text).contains(where: { $0.properties.generalCategory == .control }) {
            return "a string with control characters"
        }
        return nil
    }
}
