import ArgumentParser
import JobEngine
import Platform

/// `--only`: names of queues, checked against those that exist.
struct QueueList {
    let names: Set<String>

    static let known = Set(PlatformCatalogue.jobs.queues.map(\.name))

    /// - Throws: `ValidationError` that names the wrong word.
    init(_ argument: String) throws {
        let words = argument.split(separator: ",", omittingEmptySubsequences: false).map(String.init)
        for word in words { try Self.check(word) }
        names = Set(words)
    }

    fileprivate static func check(_ name: String) throws {
        guard known.contains(name) else {
            throw ValidationError("expected queues of \(known.sorted().joined(separator: ", ")), got '\(name)'")
        }
    }
}

/// `--concurrency`: slots per queue, 1 to 1,000.
struct SlotList {
    let slots: [String: Int]

    /// - Throws: `ValidationError` that names the wrong part.
    init(_ argument: String) throws {
        var slots: [String: Int] = [:]
        for part in argument.split(separator: ",", omittingEmptySubsequences: false) {
            let halves = part.split(separator: "=", omittingEmptySubsequences: false).map(String.init)
            guard halves.count == 2, let number = Int(halves[1]), (1...1000).contains(number) else {
                throw ValidationError("expected queue=number with a number from 1 to 1000, got '\(part)'")
            }
            try QueueList.check(halves[0])
            guard slots.updateValue(number, forKey: halves[0]) == nil else {
                throw ValidationError("expected each queue once, got \(halves[0]) twice")
            }
        }
        self.slots = slots
    }
}
