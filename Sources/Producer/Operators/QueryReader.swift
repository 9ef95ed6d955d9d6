import Foundation
import Hummingbird
import JobEngine

/// Reads the parameters of a query, and gathers what is wrong with them.
struct QueryReader {
    private var values: [String: String] = [:]
    private(set) var faults: [ArgumentField.Fault] = []

    init(_ request: Request, only names: [String]) {
        for (name, value) in request.uri.queryParameters {
            let name = String(name)
            if !names.contains(name) {
                fault(String(name.prefix(100)), "only \(names.joined(separator: ", "))", "an unknown parameter")
            } else if values.updateValue(String(value), forKey: name) != nil {
                fault(name, "one value", "several")
            }
        }
    }

    func text(_ name: String) -> String? { values[name] }

    /// A value as `parse` reads it; nil and a fault when it cannot.
    mutating func value<T>(_ name: String, _ expected: String, _ parse: (String) -> T?) -> T? {
        guard let text = values[name] else { return nil }
        if let value = parse(text) { return value }
        fault(name, expected, "another text")
        return nil
    }

    mutating func limit(default number: Int) -> Int {
        value("limit", "1 to 1000") { Int($0).flatMap { (1...1000).contains($0) ? $0 : nil } } ?? number
    }

    mutating func instant(_ name: String) -> Date? {
        value(name, "\(Instant.expectation), with + written as %2B") { Instant.parse($0) }
    }

    /// - Throws: ``Problem`` with all faults.
    func finish() throws {
        guard faults.isEmpty else { throw Problem.invalidQuery(faults) }
    }

    private mutating func fault(_ field: String, _ expected: String, _ got: String) {
        faults.append(ArgumentField.Fault(field: field, expected: expected, got: got))
    }
}
