/// Everything that is wrong with a program's settings, found in one go: an operator corrects them once, not one by one.
package struct ConfigurationError: Error, Equatable, CustomStringConvertible {
    /// One line each, such as `RELAIS_SLOTS: expected a whole number from 1 to 500, got 'abc'`. Never shows a secret.
    package let faults: [String]

    /// All faults, one a line.
    package var description: String {
        let heading =
            faults.count == 1 ? "The configuration has a fault:" : "The configuration has \(faults.count) faults:"
        return ([heading] + faults.map { "  " + $0 }).joined(separator: "\n")
    }
}
