/// What arguments must fulfil together, once each by itself is right. Data and no closure, because the doors in SQL
/// hold their callers to the same (`relais.check_arguments`).
package enum ArgumentRule: Sendable, Hashable {
    /// One of the arguments, and not both: one of them would be ignored, and perhaps the one that was meant.
    case exactlyOne(String, String)
    /// Beside the flag `flag`, when it is true, the argument `absent` means nothing.
    case nothingBeside(flag: String, absent: String)

    /// What is wrong; nil when nothing is.
    func fault(in arguments: [String: JSONValue]) -> ArgumentField.Fault? {
        let isGiven = { (name: String) in arguments[name, default: .null] != .null }
        switch self {
        case .exactlyOne(let one, let other):
            guard isGiven(one) == isGiven(other) else { return nil }
            return ArgumentField.Fault(field: one, expected: expectation, got: isGiven(one) ? "both" : "neither")
        case .nothingBeside(let flag, let absent):
            guard arguments[flag] == .boolean(true), isGiven(absent) else { return nil }
            return ArgumentField.Fault(field: absent, expected: expectation, got: "a value")
        }
    }

    /// The expectation in words, as problem documents print it.
    var expectation: String {
        switch self {
        case .exactlyOne(let one, let other): "exactly one of \(one) and \(other)"
        case .nothingBeside(let flag, _): "nothing beside \(flag)"
        }
    }
}
